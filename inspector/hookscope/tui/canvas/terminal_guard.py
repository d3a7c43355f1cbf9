"""The second layer between a sender and the terminal: whatever a widget is about to draw,
nothing but plain text leaves.

The first is `hookscope.text.safe`, where the model meets the view. Each is enough alone.
"""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from hookscope.text.safe import safe_text


class TerminalGuard(LineFilter):
    """Makes the text of every segment safe; what the terminal library itself says to the terminal is in its own
    segments."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments with nothing in them that a terminal could take for a command."""
        return [segment if _is_plain(segment) else _guarded(segment) for segment in segments]


def _is_plain(segment: Segment) -> bool:
    text = segment.text
    return bool(segment.control) or (text.isascii() and text.isprintable()) or safe_text(text) == text


def _guarded(segment: Segment) -> Segment:
    return Segment(safe_text(segment.text), segment.style)
