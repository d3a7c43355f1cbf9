"""What the filter line says: what is wrong with a filter, marked where it is, and what could come next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len

from hookscope.tools.filters.completion import NOTHING, complete, term_at
from hookscope.tools.filters.language import FilterError, parse
from hookscope.tui.canvas.line import Line, Span, line, said

SIGN = "/ "
HINT = 'status:4xx provider:notion path:/hooks type:page.* is:failed body:"text" since:10m -method:GET'
MARK = "▔"
MAX_MARKED = 60
# So many offers are shown at once.
SHOWN = 8


@dataclass(frozen=True, slots=True)
class Turn:
    """A row of offers for one term, one of them taken; what stands before and behind the term stays."""

    before: str
    behind: str
    offers: tuple[str, ...]
    index: int = 0

    @property
    def text(self) -> str:
        """The whole filter with the offer in it."""
        return f"{self.before}{self.offers[self.index]}{self.behind}"

    @property
    def cursor(self) -> int:
        """Where the cursor goes: behind the offer."""
        return len(self.before) + len(self.offers[self.index])

    def moved(self, step: int) -> Turn:
        """Another offer taken, round and round."""
        return replace(self, index=(self.index + step) % len(self.offers))

    def line(self) -> Line:
        """The offers, the one that is taken in brackets."""
        first = max(0, self.index - SHOWN + 1)
        spans: list[Span] = [("Tab", "mark"), (" ", "")]
        for index, offer in enumerate(self.offers[first : first + SHOWN], first):
            text = said(offer, 40)
            spans.append((f"[{text}]", "title") if index == self.index else (f" {text} ", "dim"))
        return line("  ", *spans)


def begin_turn(text: str, cursor: int, known: Mapping[str, Sequence[str]]) -> Turn | None:
    """The offers for the term at the cursor; None where there are none."""
    offers = complete(text, cursor, known)
    start, end = term_at(text, cursor)
    return Turn(text[:start], text[end:], tuple(offers)) if offers else None


def explain(text: str, known: Mapping[str, Sequence[str]] = NOTHING, entered: bool = False) -> tuple[Line, ...]:
    """What is wrong with a filter, its place marked in the line below it; else what could come next, or examples.

    That a key has no value yet is no mistake before the filter is `entered`.
    """
    offers = complete(text, len(text), known) if text.strip() else []
    if offers and text.endswith(":") and not entered:
        return (_offered(offers),)
    try:
        parse(text)
    except FilterError as error:
        place = f", at character {error.start + 1} of the filter"
        sentence = line(
            ("✗ ", "bad"), f"{said(error.what.removesuffix(place), 300)}: {said(error.remedy, 300)}", indent=2
        )
        before = len(SIGN) + cell_len(text[: error.start])
        marks = MARK * max(1, min(cell_len(text[error.start : error.end]), MAX_MARKED))
        return line(" " * before, (marks, "bad")), sentence
    return (_offered(offers) if offers else line(("  " + HINT, "dim")),)


def _offered(offers: Sequence[str]) -> Line:
    shown = "  ".join(said(offer, 40) for offer in offers[:SHOWN])
    return line("  ", ("Tab", "mark"), (f"  {shown}", "dim"))
