"""A document in a scrolling view with a cursor line; only the rows that are seen are made."""

from __future__ import annotations

import time
from collections.abc import Hashable

from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from hookscope.tui.canvas.document import Document, Layout
from hookscope.tui.widgets.draw import draw, styles_of

# How long the end is looked for in a document that grows while one looks at it; the key may be pressed again.
END_WITHIN_S = 0.1


class DocumentView(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows a document. Scrolling keeps to whole rows; a row with a tag can be folded by Enter or a click."""

    DEFAULT_CSS = """
    DocumentView { background: $background; overflow-x: hidden; padding: 0 0 0 1; }
    DocumentView { scrollbar-size-vertical: 1; scrollbar-gutter: stable; }
    """

    class Chosen(Message):
        """Enter or a click on a row whose tag folds nothing here: whoever made it knows what it opens."""

        def __init__(self, tag: Hashable) -> None:
            super().__init__()
            self.tag = tag

    def __init__(self, document: Document | None = None, id: str | None = None) -> None:
        super().__init__(id=id)
        self._document = document or Document()
        self._layout: Layout | None = None
        self._cursor = 0
        self._base = Style()

    @property
    def document(self) -> Document:
        """What is shown."""
        return self._document

    def show(self, document: Document, keep_place: bool = False) -> None:
        """Show another document, from its top unless the place is to be kept."""
        self._document = document
        self._lay_out()
        if not keep_place:
            self._cursor = 0
            self._scroll(0)
        self.refresh()

    # Moving

    def move(self, rows: int) -> None:
        """Move the cursor line and the view with it; where nothing folds there is no cursor, and the view moves."""
        if self._document.folds:
            self._to(self._cursor + rows)
        else:
            self._scroll(self.scroll_offset.y + rows)

    def page(self, direction: int) -> None:
        """Move by a page."""
        self.move(direction * max(1, self.size.height - 1))

    def to_start(self) -> None:
        """Go to the first row."""
        self._to(0)
        self._scroll(0)

    def to_end(self) -> None:
        """Go to the last row that can be had in a moment."""
        layout = self._laid_out()
        until = time.monotonic() + END_WITHIN_S
        count = -1
        while count < len(layout) and time.monotonic() < until:
            count = len(layout)
            if count:
                layout.row(count - 1)
        self._measure()
        self._to(len(layout) - 1)

    def toggle(self) -> bool:
        """Fold or unfold at the cursor line; False where nothing folds there."""
        layout = self._laid_out()
        return self._cursor < len(layout) and self._toggle(layout.row(self._cursor).tag)

    # Drawing

    def on_mount(self) -> None:
        self._lay_out()

    def on_resize(self) -> None:
        self._lay_out()

    def render_lines(self, crop: Region) -> list[Strip]:
        # The library works the style out anew whenever it is asked; one look a frame is enough.
        self._base = self.rich_style
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        width = self._room
        layout = self._laid_out()
        index = y + self.scroll_offset.y
        base = self._base
        if index >= len(layout):
            return Strip.blank(width, base)
        at_cursor = index == self._cursor and self.has_focus and self._document.folds
        over = Style(bgcolor=self.app.theme_variables["panel"]) if at_cursor else None
        strip = draw(layout.row(index), width, styles_of(self), base, over)
        if len(layout) != self.virtual_size.height:
            self.call_later(self._measure)
        return strip

    def on_click(self, event: events.Click) -> None:
        layout = self._laid_out()
        index = event.y + self.scroll_offset.y
        if index < len(layout):
            self._cursor = index
            self._toggle(layout.row(index).tag)
            self.refresh()

    def _toggle(self, tag: Hashable) -> bool:
        if tag is None:
            return False
        if not self._document.toggle(tag):
            self.post_message(self.Chosen(tag))
            return False
        self._lay_out()
        self.refresh()
        return True

    @property
    def _room(self) -> int:
        """The cells of a row. The scrollbar's column is never one of them: what is cut there would be lost unseen."""
        return self.scrollable_content_region.width

    def _to(self, row: int) -> None:
        layout = self._laid_out()
        self._cursor = min(max(row, 0), max(len(layout) - 1, 0))
        top, height = self.scroll_offset.y, max(self.size.height, 1)
        if self._cursor < top:
            self._scroll(self._cursor)
        elif self._cursor >= top + height:
            layout.row(self._cursor)
            self._measure()
            self._scroll(self._cursor - height + 1)
        self.refresh()

    def _scroll(self, row: int) -> None:
        self.scroll_to(y=row, animate=False, immediate=True, force=True)

    def _laid_out(self) -> Layout:
        if self._layout is None or self._layout.width != max(self._room, 2):
            self._layout = self._document.layout(self._room)
        return self._layout

    def _lay_out(self) -> None:
        self._layout = self._document.layout(self._room)
        self._cursor = min(self._cursor, max(len(self._layout) - 1, 0))
        self._measure()

    def _measure(self) -> None:
        self.virtual_size = Size(self._room, len(self._laid_out()))
