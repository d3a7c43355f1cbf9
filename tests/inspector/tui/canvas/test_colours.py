from __future__ import annotations

import pytest
from rich.color import Color as RichColor
from rich.color import ColorSystem
from textual.color import Color

from hookscope.tui.canvas.colours import THEMES, role_styles
from hookscope.tui.canvas.line import ROLES


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_role_is_readable_on_every_background(theme: object) -> None:
    """WCAG 2 asks for a contrast of 4.5 for text; what is dim may have 3."""
    variables = theme.to_color_system().generate()  # type: ignore[attr-defined]
    styles = role_styles(variables)
    assert set(styles) == set(ROLES)
    for role, style in styles.items():
        assert style.color is not None
        assert style.color.triplet is not None
        shown = Color(*style.color.triplet)
        for name in ("background", "surface", "panel"):
            contrast = _contrast(shown, Color.parse(variables[name]))
            assert contrast >= (3.0 if role == "dim" else 4.5 if name == "background" else 4.0), (role, name, contrast)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_in_sixteen_colours_no_role_vanishes_in_a_background(theme: object) -> None:
    variables = theme.to_color_system().generate()  # type: ignore[attr-defined]
    shown = {role: _sixteen(style.color) for role, style in role_styles(variables).items() if style.color}
    for name in ("background", "surface", "panel"):
        behind = _sixteen(RichColor.parse(variables[name]))
        assert [role for role, number in shown.items() if number == behind] == []


def _sixteen(color: RichColor) -> int | None:
    return color.downgrade(ColorSystem.STANDARD).number


def _contrast(one: Color, other: Color) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(color: Color) -> float:
    parts = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in color.normalized]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
