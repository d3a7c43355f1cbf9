"""From lines to what the terminal library draws."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import cast

from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.strip import Strip
from textual.widget import Widget

from hookscope.tui.canvas.colours import VARIABLES, role_styles
from hookscope.tui.canvas.line import Line, Role, fit


def styles_of(widget: Widget) -> Mapping[Role, Style]:
    """The style of each role in the theme that the widget's app has now."""
    app = cast("App[object]", widget.app)
    variables = app.theme_variables
    return _styles(tuple(variables[name] for name in VARIABLES))


@lru_cache(maxsize=8)
def _styles(colours: tuple[str, ...]) -> dict[Role, Style]:
    return role_styles(dict(zip(VARIABLES, colours, strict=True)))


def draw(line: Line, width: int, styles: Mapping[Role, Style], base: Style, over: Style | None = None) -> Strip:
    """A line in exactly `width` cells on the base style; `over` is laid on top of every part."""
    fitted = fit(line, width)
    segments = [Segment(text, base + styles[role] + over) for text, role in fitted.spans]
    return Strip(segments, width)
