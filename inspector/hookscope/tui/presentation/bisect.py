"""What a bisection found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookscope.tui.canvas.document import Document, prose
from hookscope.tui.canvas.line import Line, line, said

if TYPE_CHECKING:
    from hookscope.tools.bisect.run import Bisected


def bisected_document(good: int, bad: int, bisected: Bisected) -> Document:
    """The smallest difference that turns the answer, or why none was found."""
    from hookscope.tools.bisect.lines import render

    return prose(
        line((f"What makes #{bad} fail, and #{good} not", "title")),
        Line(),
        *(line(said(text, 1000), indent=4) for text in render(bisected)),
        Line(),
        line(("Enter", "mark"), (" closes; each send is an attempt of the delivery, [ and ] turn to them", "dim")),
    )
