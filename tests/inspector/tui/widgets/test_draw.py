from __future__ import annotations

from rich.style import Style

from hookscope.tui.canvas.line import ROLES, line
from hookscope.tui.widgets.draw import draw

STYLES = {role: Style(bold=role == "strong") for role in ROLES}


def test_a_drawn_line_has_exactly_the_width() -> None:
    for width in (3, 10):
        assert draw(line("abc", ("defg", "strong")), width, STYLES, Style()).cell_length == width


def test_what_lies_over_a_line_is_over_every_part() -> None:
    strip = draw(line("abc", ("d", "strong")), 6, STYLES, Style(), Style(reverse=True))
    assert all(segment.style is not None and segment.style.reverse for segment in strip)
