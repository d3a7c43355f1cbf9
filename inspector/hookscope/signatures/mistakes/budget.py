"""The bounds of a search, and the meter that keeps it to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hookscope.signatures.mistakes.of_headers import Faults

PROGRESS_EVERY = 500

# Once something is found, what else gives the same signature is only looked for this long.
ENOUGH_S = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The bounds of a search: seconds of its clock, and candidates tried."""

    seconds: float = 1.5
    candidates: int = 20_000


class Exhausted(Exception):
    """The budget is spent."""


@dataclass(slots=True)
class Meter:
    """Counts candidates against the budget, and holds what was found and ruled out until then."""

    budget: Budget
    clock: Callable[[], float]
    progress: Callable[[int], None] | None
    began: float
    tried: int = 0
    # The signature holds as it is: what is wrong is no mistake of this kind.
    holds: bool = False
    found: list[Faults] = field(default_factory=list)
    ruled_out: list[str] = field(default_factory=list)
    # How many forms of each part were tried with all secrets.
    forms: dict[str, int] = field(default_factory=dict)

    def tick(self) -> None:
        """Count one candidate; `Exhausted` where it is one too many."""
        self.tried += 1
        spent = self.clock() - self.began
        if self.tried > self.budget.candidates or spent > self.budget.seconds or (self.found and spent > ENOUGH_S):
            raise Exhausted
        if self.progress is not None and self.tried % PROGRESS_EVERY == 0:
            self.progress(self.tried)

    def rule_out(self, part: str, forms: int) -> None:
        """Count the forms of a part (`the secret`) that explain nothing."""
        if forms:
            self.forms[part] = self.forms.get(part, 0) + forms

    def find(self, faults: Faults) -> None:
        """Keep an explanation that is not kept yet."""
        if faults not in self.found:
            self.found.append(faults)
