"""A summary as one row of the list, its columns chosen by the width at hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from hookscope.model.summary import Summary
from hookscope.tui.canvas.line import Line, Role, Span, crop_middle, line, pad, said, said_ends
from hookscope.tui.presentation.units import SEVERITY_SIGNS, outcome_of, render_clock, render_elapsed

CURSOR, NO_CURSOR = "›", " "
ORIGIN_MARKS = {
    "live": " ",
    "backlog": "b",
    "replay": "r",
    "fixture": "f",
    "sample": "s",
    "check": "c",
    "probe": "p",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, its least width, its share of what is left over,
    and the list widths from which and below which it is there.

    `text` gives the span for a summary; what is longer than the given cells is cut.
    """

    title: str
    width: int
    text: Callable[[Summary, int], Span]
    share: int = 0
    from_width: int = 0
    below: int = 1_000_000
    right: bool = False


def _outcome(summary: Summary, cells: int) -> Span:
    shown = outcome_of(summary)
    if summary.api:
        return f"{shown.sign} {shown.word}▸{said(summary.api, 20)}", "bad"
    return f"{shown.sign} {shown.word}", shown.role


def _clock(summary: Summary, cells: int) -> Span:
    return render_clock(summary.received_at), "dim"


def _method(summary: Summary, cells: int) -> Span:
    return said(summary.method, 20), "strong"


def _target(summary: Summary, cells: int) -> Span:
    return crop_middle(_routed(summary), cells), ""


def _routed(summary: Summary) -> str:
    """The path, and the route that it took."""
    path = said_ends(summary.target) or "/"
    return f"{path} → {said(summary.route, 40)}" if summary.route else path


def _request(summary: Summary, cells: int) -> Span:
    """The path where there is no room for a column of methods: almost all are POST, so only another one is named."""
    method = "" if summary.method == "POST" else f"{said(summary.method, 20)} "
    return crop_middle(method + _routed(summary), cells), ""


def _event(summary: Summary, cells: int) -> Span:
    provider, event_type = said(summary.provider, 40), said(summary.event_type, 80)
    both = " ".join(filter(None, (provider, event_type)))
    return both if len(both) <= cells else crop_middle(event_type or provider, cells), "accent"


def _elapsed(summary: Summary, cells: int) -> Span:
    return render_elapsed(summary.elapsed_ms), "dim"


def _marks(summary: Summary, cells: int) -> Span:
    attempts = str(min(summary.attempts, 99)) if summary.attempts > 1 else ""
    return (
        f"{'★' if summary.marked else ' '}{ORIGIN_MARKS.get(summary.origin, '?')}{attempts and '×' + attempts}",
        "mark",
    )


def _worst(summary: Summary, cells: int) -> Span:
    if summary.copies_failed and summary.severity != "error":
        return SEVERITY_SIGNS["warning"]
    return SEVERITY_SIGNS.get(summary.severity, ("", "")) if summary.severity != "info" else ("", "")


def _finding(summary: Summary, cells: int) -> Span:
    if summary.api and (summary.severity != "error" or summary.is_passed_on):
        return f"▸ api {said(summary.api, 40)} {said(summary.api_title, 200)}", "bad"
    if summary.copies_failed and summary.severity not in ("error", "warning"):
        return f"! copy: {said(summary.copies_failed, 100)}", "warn"
    sign, role = SEVERITY_SIGNS.get(summary.severity, ("", ""))
    beside = f"{said(summary.beside, 100)} · " if summary.tried is not None else ""
    return f"{sign} {beside}{said(summary.title or summary.cause, 200)}".strip(), role


METHODS_FROM = 96
COLUMNS = (
    Column("outcome", 9, _outcome),
    Column("time", 8, _clock, from_width=44),
    Column("method", 6, _method, from_width=METHODS_FROM),
    Column("path", 8, _request, share=3, below=METHODS_FROM),
    Column("path", 8, _target, share=3, from_width=METHODS_FROM),
    Column("event", 8, _event, share=4, from_width=50, below=METHODS_FROM),
    Column("event", 8, _event, share=3, from_width=METHODS_FROM),
    Column("took", 6, _elapsed, from_width=66, right=True),
    Column("", 5, _marks, from_width=56),
    Column("", 1, _worst, from_width=44, below=96),
    Column("finding", 12, _finding, share=4, from_width=96),
)


@lru_cache(maxsize=64)
def column_widths(width: int) -> tuple[tuple[Column, int], ...]:
    """The columns of a list of `width` cells and the cells that each gets; one cell stands between two."""
    shown = [column for column in COLUMNS if column.from_width <= width < column.below]
    left = width - 2 - sum(column.width + 1 for column in shown)
    shares = sum(column.share for column in shown)
    return tuple((column, column.width + max(left, 0) * column.share // max(shares, 1)) for column in shown)


def render_heading(width: int) -> Line:
    """The names of the columns."""
    return line(
        "  ", *((pad(column.title, cells, column.right) + " ", "dim") for column, cells in column_widths(width))
    )


# A list that moves by one row draws all of them again.
@lru_cache(maxsize=512)
def render_row(summary: Summary, width: int, chosen: bool = False) -> Line:
    """The row of a summary, `width` cells wide; a chosen row has a sign at its start."""
    parts: list[Span] = [(f"{CURSOR if chosen else NO_CURSOR} ", "mark")]
    for column, cells in column_widths(width):
        text, role = column.text(summary, cells)
        parts.append((pad(text, cells, column.right) + " ", role))
    return line(*parts)


def render_missing(number: int, chosen: bool = False) -> Line:
    """The row of a capture that was deleted meanwhile."""
    role: Role = "dim"
    return line((f"{CURSOR if chosen else NO_CURSOR} ", "mark"), (f"#{number} is gone", role))
