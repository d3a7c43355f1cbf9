from __future__ import annotations

import pytest
from rich.segment import ControlType, Segment
from rich.style import Style
from textual.color import Color

from hookscope.tui.canvas.terminal_guard import TerminalGuard

BLACK = Color(0, 0, 0)


@pytest.mark.parametrize("text", ["\x1b[2J", "\x1b]52;c;eA==\x07", "a\x9b31mb", "\u202eabc", "x\r", "\x00"])
def test_no_command_leaves(text: str) -> None:
    style = Style(bold=True)
    (segment,) = TerminalGuard().apply([Segment(text, style)], BLACK)
    assert segment.text.isprintable()
    assert segment.style == style


def test_plain_text_leaves_as_it_is() -> None:
    segments = [Segment("abc"), Segment("日本語 ✓ ▏"), Segment("")]
    assert TerminalGuard().apply(segments, BLACK) == segments


def test_what_the_library_says_itself_is_left_alone() -> None:
    segments = [Segment("\x1b[H", None, [(ControlType.HOME,)])]
    assert TerminalGuard().apply(segments, BLACK) == segments
