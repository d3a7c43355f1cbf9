"""Themes, and the style that each role has in the theme at hand."""

from __future__ import annotations

from collections.abc import Mapping

from rich.color import Color as RichColor
from rich.style import Style
from textual.color import Color
from textual.theme import Theme

from hookscope.tui.canvas.line import Role

DARK = Theme(
    name="hookscope-dark",
    primary="#7aa2f7",
    secondary="#7dcfff",
    accent="#7dcfff",
    success="#9ece6a",
    warning="#e0af68",
    error="#ff7a93",
    foreground="#d5d9e6",
    background="#14161d",
    surface="#1a1d27",
    panel="#242836",
    dark=True,
    variables={"scrollbar": "#3a4058", "scrollbar-background": "#1a1d27", "scrollbar-hover": "#565f80"},
)
LIGHT = Theme(
    name="hookscope-light",
    primary="#2a5db0",
    secondary="#0b7285",
    accent="#0b6e8f",
    success="#226b2d",
    warning="#8a5300",
    error="#b3202c",
    foreground="#22252e",
    background="#fbfbf8",
    surface="#f2f2ec",
    panel="#e4e5de",
    dark=False,
    variables={"scrollbar": "#b9bbb0", "scrollbar-background": "#f2f2ec", "scrollbar-hover": "#8f9188"},
)
THEMES = (DARK, LIGHT)

# A role's colour as a variable of the theme, and its attributes.
ROLE_STYLES: Mapping[Role, tuple[str, str]] = {
    "": ("foreground", ""),
    "dim": ("dim", ""),
    "strong": ("foreground", "bold"),
    "title": ("primary", "bold"),
    "ok": ("success", "bold"),
    "warn": ("warning", "bold"),
    "bad": ("error", "bold"),
    "accent": ("accent", ""),
    "key": ("primary", ""),
    "string": ("success", ""),
    "number": ("warning", ""),
    "literal": ("secondary", "bold"),
    "mark": ("warning", "bold"),
    "chosen": ("foreground", "reverse"),
}
DIM_SHARE = 0.38
# The variables that the roles take their colours from.
VARIABLES = ("foreground", "primary", "secondary", "accent", "success", "warning", "error", "background")


def role_styles(variables: Mapping[str, str]) -> dict[Role, Style]:
    """The style of each role in a theme of the given variables (colours as text, by name)."""
    foreground = Color.parse(variables["foreground"])
    dim = foreground.blend(Color.parse(variables["background"]), DIM_SHARE).rgb
    colours = {name: Color.parse(variables[name]).rgb for name in VARIABLES}
    colours["dim"] = dim
    return {
        role: Style.parse(attributes) + Style(color=RichColor.from_rgb(*colours[name]))
        for role, (name, attributes) in ROLE_STYLES.items()
    }
