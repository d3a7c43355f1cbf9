"""What a scenario measured and what it demands: a line of names and numbers, and the demands that were not met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Figures:
    """One scenario's figures, in the order in which they were noted;
    `failures` says in words what it demanded in vain."""

    scenario: str
    noted: dict[str, object] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def note(self, **figures: object) -> None:
        """Note figures under their names; numbers with a fraction are shown to two digits of it."""
        self.noted.update(figures)

    def demand(self, fact: str, holds: bool) -> None:
        """Note what must be so; where it is not, the scenario has failed."""
        if not holds:
            self.failures.append(fact)

    def aim(self, name: str, reached: float, wanted: float) -> None:
        """Note what is aimed at, and whether it was reached here: it is no promise, and no failure where it was not."""
        self.noted[name] = f"{reached:.2f},{'reached' if reached >= wanted else 'short'}:{wanted:.2f}"

    def line(self) -> str:
        """The scenario's name, its figures, and what failed."""
        parts = [f"{self.scenario:<18}", *(f"{name}={_shown(value)}" for name, value in self.noted.items())]
        return " ".join(parts + [f"FAILED[{failure}]" for failure in self.failures])

    def check(self) -> None:
        """Print the line; AssertionError where a demand was not met."""
        print(self.line())
        assert not self.failures, self.line()


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value).replace(" ", "")


def percentile(values: Sequence[float], part: float) -> float:
    """The value that this part (0 to 1) of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]
