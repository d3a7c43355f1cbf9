"""The list of deliveries: only the rows that are seen are read and drawn, and an arrival never moves the selection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from hookscope.model.summary import Summary
from hookscope.tui.canvas.line import Line
from hookscope.tui.engine.window import Window
from hookscope.tui.presentation.footer import ListPlace
from hookscope.tui.presentation.rows import render_heading, render_missing, render_row
from hookscope.tui.widgets.draw import draw, styles_of


class DeliveryList(ScrollView, can_focus=True, inherit_bindings=False):
    """Rows of a window, oldest first. The selection is a capture, not a place: it stays where rows come and go."""

    DEFAULT_CSS = """
    DeliveryList { background: $background; overflow-x: hidden; scrollbar-size-vertical: 1; }
    """

    follow: reactive[bool] = reactive(False)

    class Selected(Message):
        """Another capture is selected, or none."""

        def __init__(self, summary: Summary | None) -> None:
            super().__init__()
            self.summary = summary

    class Opened(Message):
        """The selected capture is to be opened."""

    def __init__(self, window: Window, id: str | None = None) -> None:
        super().__init__(id=id)
        self._window = window
        self._number: int | None = None
        self._unseen = 0
        self._base = Style()

    # What it shows

    @property
    def window(self) -> Window:
        """The rows."""
        return self._window

    @property
    def selected(self) -> Summary | None:
        """The selected capture; None where none is, or where it was deleted."""
        index = self.cursor
        return None if index is None else self._window.summary(index)

    @property
    def cursor(self) -> int | None:
        """The selected row; None in an empty list."""
        return None if self._number is None else self._window.index(self._number)

    @property
    def unseen(self) -> int:
        """How many deliveries arrived below what is seen."""
        below = len(self._window) - (self.scroll_offset.y + self._room)
        return max(0, min(self._unseen, below))

    def place(self, filter_text: str) -> ListPlace:
        """Where one is in it; `filter_text` is what chose the rows."""
        cursor = self.cursor
        return ListPlace(
            row=0 if cursor is None else cursor + 1,
            rows=len(self._window),
            unseen=self.unseen,
            follow=self.follow,
            filter_text=filter_text,
        )

    def show(self, window: Window) -> None:
        """Take other rows. The selection stays where it can, else it goes to the newest."""
        number = self._number
        self._window = window
        self._unseen = 0
        self._measure()
        self.refresh()
        index = window.index(number) if number is not None else None
        self.select(len(window) - 1 if index is None else index, again=True)

    def arrived(self, numbers: Sequence[int]) -> None:
        """Add captures that just came in."""
        was_empty = not len(self._window)
        at_end = self.scroll_offset.y + self._room >= len(self._window)
        fresh = self._window.append(numbers)
        if not fresh:
            return
        self._measure()
        if was_empty or self.follow:
            self.select(len(self._window) - 1)
        elif at_end and self._stays_visible(fresh):
            self.scroll_end(animate=False, immediate=True, force=True)
        else:
            self._unseen += fresh
        self.refresh()

    def changed(self, numbers: Iterable[int]) -> None:
        """Read these captures again."""
        numbers = set(numbers)
        self._window.forget(numbers)
        if any(number in numbers for number in self._seen_numbers()):
            self.refresh()
        if self._number in numbers:
            self.post_message(self.Selected(self.selected))

    # Moving

    def move(self, rows: int) -> None:
        """Move the selection by so many rows; it then stays there, so following ends."""
        cursor = self.cursor
        if cursor is None:
            cursor = self._window.nearest(self._number or 0) or 0
        if rows < 0 or cursor < len(self._window) - 1:
            self.follow = False
        self.select(cursor + rows)

    def page(self, direction: int) -> None:
        """Move the selection by a page."""
        self.move(direction * max(1, self._room - 1))

    def to_start(self) -> None:
        """Select the oldest."""
        self.follow = False
        self.select(0)

    def to_end(self) -> None:
        """Select the newest."""
        self.select(len(self._window) - 1)

    def select(self, index: int, again: bool = False) -> None:
        """Select the row nearest to `index` and bring it into view; `again` tells of it even where it was selected."""
        count = len(self._window)
        number = self._window.number(min(max(index, 0), count - 1)) if count else None
        moved = number != self._number
        before, top = self.cursor, self.scroll_offset.y
        self._number = number
        if number is not None:
            self._bring_into_view(min(max(index, 0), count - 1))
        if self.scroll_offset.y == top:
            self._refresh_rows(before, self.cursor)
        else:
            self.refresh()
        if moved or again:
            self.post_message(self.Selected(self.selected))

    def watch_follow(self, follow: bool) -> None:
        if follow and self.is_mounted:
            self.to_end()

    # Drawing

    def on_mount(self) -> None:
        self._measure()

    def on_resize(self) -> None:
        self._measure()
        if (cursor := self.cursor) is not None:
            self._bring_into_view(cursor)

    def render_lines(self, crop: Region) -> list[Strip]:
        # The library works the style out anew whenever it is asked; one look a frame is enough.
        self._base = self.rich_style
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        styles, base = styles_of(self), self._base
        if y == 0:
            return draw(render_heading(width), width, styles, base)
        index = y - 1 + self.scroll_offset.y
        if index >= len(self._window):
            return Strip.blank(width, base)
        number = self._window.number(index)
        chosen = number == self._number
        summary = self._window.summary(index)
        row: Line = render_missing(number, chosen) if summary is None else render_row(summary, width, chosen)
        return draw(row, width, styles, base, self._over if chosen else None)

    def _seen_numbers(self) -> Sequence[int]:
        """The captures of the rows in view."""
        top = self.scroll_offset.y
        return self._window.numbers[top : top + self._room]

    def _refresh_rows(self, *indices: int | None) -> None:
        """Draw only these rows anew."""
        rows = (index - self.scroll_offset.y + 1 for index in indices if index is not None)
        self.refresh(*(Region(0, row, self.size.width, 1) for row in rows if 0 < row < self.size.height))

    @property
    def _over(self) -> Style:
        """What marks the selected row: its background, and bold letters while the list has the keys."""
        panel = self.app.theme_variables["primary" if self.has_focus else "panel"]
        if not self.has_focus:
            return Style(bgcolor=panel)
        return Style(bgcolor=panel, color=self.app.theme_variables["background"], bold=True)

    @property
    def _room(self) -> int:
        """The rows that fit below the heading."""
        return max(1, self.size.height - 1)

    def _measure(self) -> None:
        # The heading takes a row of the visible part at any scroll position, so it counts as one more row.
        self.virtual_size = Size(self.size.width, len(self._window) + 1)

    def _stays_visible(self, fresh: int) -> bool:
        """Whether the selected row is still in view once the list has moved up by the new rows."""
        cursor = self.cursor
        return cursor is None or cursor >= len(self._window) - self._room

    def _bring_into_view(self, index: int) -> None:
        top = self.scroll_offset.y
        if index < top:
            self.scroll_to(y=index, animate=False, immediate=True, force=True)
        elif index >= top + self._room:
            self.scroll_to(y=index - self._room + 1, animate=False, immediate=True, force=True)
        if self.unseen == 0:
            self._unseen = 0

    # The mouse

    def on_click(self, event: events.Click) -> None:
        if event.y == 0:
            return
        index = event.y - 1 + self.scroll_offset.y
        if index < len(self._window):
            self.follow = False
            again = self._window.number(index) == self._number
            self.select(index)
            if again or event.chain > 1:
                self.post_message(self.Opened())

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if self.unseen == 0:
            self._unseen = 0
