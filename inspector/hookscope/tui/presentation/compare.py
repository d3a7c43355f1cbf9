"""Answers now against answers recorded: what differs first, place by place; then what varies by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from hookscope.model.capture import Attempt
from hookscope.tui.canvas.document import Document, prose
from hookscope.tui.canvas.line import Line, Role, line, said
from hookscope.tui.presentation.diff import difference_rows
from hookscope.tui.presentation.units import outcome, plural, render_elapsed

if TYPE_CHECKING:
    from hookscope.tools.compare.answers import Comparison, State

SIGNS: dict[State, tuple[str, Role]] = {
    "different": ("✗", "bad"),
    "failed": ("✗", "bad"),
    "nothing recorded": ("○", "dim"),
    "same": ("✓", "ok"),
}
# What is more is counted only.
MOST_SHOWN, MOST_DIFFERENCES, MOST_PLACES = 100, 20, 30


def compared_document(
    compared: Sequence[Comparison], requests: Mapping[str, str], ignored: Sequence[str], width: int
) -> Document:
    """All of it, laid out for `width` cells; `requests` are method and target of each delivery, by its label."""
    told = [one for one in compared if one.state != "same"]
    told.sort(key=lambda one: list(SIGNS).index(one.state))
    lines: list[Line] = [*_heading(compared), Line()]
    for one in told[:MOST_SHOWN]:
        lines += _standing(one, requests.get(one.label, ""), width)
    if len(told) > MOST_SHOWN:
        lines += [line((f"and {len(told) - MOST_SHOWN:,} more", "dim")), Line()]
    lines += _left_out(compared, ignored)
    return prose(
        *lines,
        line(
            ("Esc", "mark"),
            (" closes    ", "dim"),
            ("j k", "mark"),
            (
                " scroll    `hookscope replay --where FILTER --compare` does the same, with --json and --junit for CI",
                "dim",
            ),
        ),
    )


def _heading(compared: Sequence[Comparison]) -> Iterator[Line]:
    counts = Counter(one.state for one in compared)
    yield line((f"The answers to {plural(len(compared), 'delivery', 'deliveries')}, now against recorded", "title"))
    if not counts.keys() - {"same"}:
        yield line(("✓ None differs", "ok"))
        return
    parts = [(f"{SIGNS[state][0]} {counts[state]:,} {state}", SIGNS[state][1]) for state in SIGNS if counts[state]]
    yield line(*(span for part in parts for span in (part, ("   ", ""))), ("- recorded ", "bad"), ("+ now", "ok"))


def _standing(one: Comparison, request: str, width: int) -> Iterator[Line]:
    """A delivery whose answer is not the recorded one: what came, then what differs."""
    sign, role = SIGNS[one.state]
    what = f"  {said(request, 200)}" if request else ""
    yield line(
        (f"{sign} ", role), (said(one.label, 100), "strong"), what, (f"  {one.state}", role), (_came(one.now), "dim")
    )
    if one.error is not None:
        yield line("    ", said(str(one.error), 400), indent=4)
    for difference in one.differences[:MOST_DIFFERENCES]:
        yield from difference_rows(difference, width)
    if len(one.differences) > MOST_DIFFERENCES:
        yield line((f"  and {len(one.differences) - MOST_DIFFERENCES:,} more differences", "dim"))
    yield Line()


def _came(now: Attempt | None) -> str:
    if now is None:
        return ""
    shown = outcome(now.answer.status if now.answer else None, now.failure.kind if now.failure else "")
    return f"  {shown.word} in {render_elapsed(now.elapsed_ms)}"


def _left_out(compared: Sequence[Comparison], ignored: Sequence[str]) -> Iterator[Line]:
    """What was no difference: what varies by itself, and what the user said may."""
    varying = sorted({place for one in compared for place in one.varying})
    for title, places in (("Varies by itself", varying), ("Ignored", ignored)):
        if places:
            more = f" and {len(places) - MOST_PLACES:,} more" if len(places) > MOST_PLACES else ""
            shown = ", ".join(said(place, 200) for place in places[:MOST_PLACES])
            yield line((f"{title}  ", "key"), (f"{shown}{more}", "dim"), indent=4)
    if varying or ignored:
        yield Line()
