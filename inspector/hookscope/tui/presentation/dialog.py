"""Questions with a few answers: a title, what is at stake, and the keys."""

from __future__ import annotations

from collections.abc import Sequence

from hookscope.tui.canvas.document import Document, prose
from hookscope.tui.canvas.line import Line, line, said


def yes_or_no(title: str, stake: str, yes: str, no: str = "no") -> Document:
    """A question that `y` and `n` answer."""
    return prose(
        line((said(title, 300), "title")),
        Line(),
        line(said(stake, 1000)),
        Line(),
        line(("y", "mark"), f" {yes}    ", ("n", "mark"), f" {no}"),
    )


def menu(title: str, rows: Sequence[tuple[str, str, str]]) -> Document:
    """Rows of a key, a name and what it is, to choose one of."""
    width = max((len(name) for _, name, _ in rows), default=0)
    return prose(
        line((said(title, 300), "title")),
        Line(),
        *(
            line((key, "mark"), "  ", (name.ljust(width), "strong"), "  ", (told, "dim"), indent=width + 5)
            for key, name, told in rows
        ),
        Line(),
        line(("Esc", "mark"), (" gives up", "dim")),
    )
