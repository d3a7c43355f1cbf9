"""One document in a scrolling view, or two of them next to each other."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal

from hookscope.tui.canvas.document import Document
from hookscope.tui.widgets.document_view import DocumentView


class SideBySide(Horizontal):
    """The views of one document or two; each has its own place and cursor."""

    DEFAULT_CSS = """
    SideBySide { height: 1fr; }
    SideBySide #beside { display: none; border-left: vkey $panel; }
    SideBySide #beside:focus { border-left: vkey $primary; }
    SideBySide.-two #beside { display: block; }
    """

    def compose(self) -> ComposeResult:
        yield DocumentView(id="document")
        yield DocumentView(id="beside")

    @property
    def views(self) -> tuple[DocumentView, DocumentView]:
        """The left view, and the right one, which is seen only while there are two documents."""
        return self.query_one("#document", DocumentView), self.query_one("#beside", DocumentView)

    def show(self, documents: Sequence[Document], keep_place: bool = False) -> None:
        """Show one document or two, from their tops unless the places are to be kept."""
        self.make_room(len(documents))
        for view, document in zip(self.views, documents, strict=False):
            view.show(document, keep_place)

    def make_room(self, count: int) -> None:
        """Have room for so many documents, one or two."""
        self.set_class(count > 1, "-two")
