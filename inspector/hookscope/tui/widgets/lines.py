"""A widget of a few fixed lines, drawn anew from a function of its width."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from hookscope.tui.canvas.line import Line
from hookscope.tui.widgets.draw import draw, styles_of


class Lines(Widget):
    """Draws what `render` returns for its width; call `refresh` when that is something else now."""

    DEFAULT_CSS = "Lines { height: auto; width: 1fr; }"

    class Clicked(Message):
        """The widget was clicked, at a column and a line of it."""

        def __init__(self, lines: Lines, column: int, row: int) -> None:
            super().__init__()
            self.lines = lines
            self.column = column
            self.row = row

    def __init__(self, render: Callable[[int], Sequence[Line]], height: int = 1, id: str | None = None) -> None:
        super().__init__(id=id)
        self._render_lines = render
        self.styles.height = height

    def render_line(self, y: int) -> Strip:
        lines = self._render_lines(self.size.width)
        if y >= len(lines):
            return Strip.blank(self.size.width, self.rich_style)
        return draw(lines[y], self.size.width, styles_of(self), self.rich_style)

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.Clicked(self, event.x, event.y))
