"""The report of a check: as lines, as a table for a terminal, as JSON values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from hookscope.text.safe import safe_text
from hookscope.tools.check.fact import Fact, State

MARKS: dict[State, str] = {"passed": "✓", "failed": "✗", "warning": "!", "skipped": "·"}
COLOURS: dict[State, str] = {"passed": "32", "failed": "31", "warning": "33", "skipped": "2"}
ORDER: tuple[State, ...] = ("failed", "warning", "passed", "skipped")
NAME_WIDTH = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """Every fact about one handler. `notes` say what a reader must know, such as which key signed."""

    url: str
    provider: str
    event: str
    facts: tuple[Fact, ...]
    notes: tuple[str, ...] = ()
    elapsed_s: float = 0.0

    @property
    def failed(self) -> bool:
        """Whether any check failed."""
        return any(fact.state == "failed" for fact in self.facts)

    @property
    def faults(self) -> tuple[Fact, ...]:
        """The failures that no other one explains."""
        return tuple(fact for fact in self.facts if fact.is_fault)

    @property
    def sends(self) -> int:
        """How many deliveries were sent."""
        return sum(fact.sends for fact in self.facts)

    def to_mapping(self) -> dict[str, Any]:
        """The report as plain JSON values."""
        counts = Counter(fact.state for fact in self.facts)
        return {
            "url": self.url,
            "provider": self.provider,
            "event": self.event,
            "result": "failed" if self.failed else "passed",
            "faults": [fact.name for fact in self.faults],
            "counts": {state: counts[state] for state in ORDER},
            "sends": self.sends,
            "elapsed_s": round(self.elapsed_s, 3),
            "notes": list(self.notes),
            "facts": [fact.to_mapping() for fact in self.facts],
        }


def render_lines(report: CheckReport) -> Iterator[str]:
    """One line a fact, for pipes and logs; hints stand below what they belong to."""
    for fact in _shown(report.facts):
        yield f"{fact.state:<8} {fact.name:<{NAME_WIDTH}} {fact.line}{_evidence(fact)}"
        if fact.hint:
            yield f"{'':<8} {'':<{NAME_WIDTH}} → {safe_text(fact.hint)}"
    yield from _summary(report)


def render_table(report: CheckReport, width: int, *, colour: bool) -> Iterator[str]:
    """A table of marks, names, facts and evidence, wrapped to a terminal's width."""
    room = max(width - NAME_WIDTH - 4, 30)
    for fact in _shown(report.facts):
        texts = [fact.line, *(safe_text(text) for text in fact.evidence), *_follows(fact)]
        texts += [f"→ {safe_text(fact.hint)}"] if fact.hint else []
        lines = [line for text in texts for line in wrap(text, room) or [""]]
        yield f"{_paint(fact.state, MARKS[fact.state], colour)} {fact.name:<{NAME_WIDTH}} {lines[0]}"
        for line in lines[1:]:
            yield f"{'':<{NAME_WIDTH + 2}}   {_paint('skipped', line, colour)}"
    yield ""
    yield from _summary(report)


def _shown(facts: Sequence[Fact]) -> list[Fact]:
    """What a person is shown: not the checks that the provider's scheme cannot have."""
    return [fact for fact in facts if fact.applies]


def _evidence(fact: Fact) -> str:
    texts = [*(safe_text(text) for text in fact.evidence), *_follows(fact)]
    return f": {'; '.join(texts)}" if texts else ""


def _follows(fact: Fact) -> list[str]:
    return [f"follows from {fact.because}"] if fact.because else []


def _summary(report: CheckReport) -> Iterator[str]:
    for note in report.notes:
        yield f"note: {safe_text(note)}"
    counts = Counter(fact.state for fact in _shown(report.facts))
    told = ", ".join(f"{counts[state]} {_word(state, counts[state])}" for state in ORDER if counts[state])
    yield f"{safe_text(report.url)}: {told} ({report.sends} deliveries in {report.elapsed_s:.1f} s)"
    if report.faults:
        yield f"what is wrong: {', '.join(fact.name for fact in report.faults)}"


def _word(state: State, count: int) -> str:
    return "warnings" if state == "warning" and count != 1 else state


def _paint(state: State, text: str, colour: bool) -> str:
    return f"\x1b[{COLOURS[state]}m{text}\x1b[0m" if colour else text
