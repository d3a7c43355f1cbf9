"""A dialog: a document in a box over the list, and the keys that end it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from textual import events
from textual.app import App, ComposeResult
from textual.containers import Vertical

from hookscope.tui.canvas.document import Document
from hookscope.tui.dialogs.box import Box
from hookscope.tui.keys.keyboard import key_sign
from hookscope.tui.presentation.dialog import yes_or_no
from hookscope.tui.widgets.document_view import DocumentView

WIDTH = 88
TOLD_S = 2.0
CLOSE: Mapping[str, str] = {"escape": "", "enter": "", "q": ""}
YES_NO: Mapping[str, str] = {"escape": "", "n": "", "y": "yes"}

MOVES: Mapping[str, Callable[[DocumentView], None]] = {
    "down": lambda view: view.move(1),
    "j": lambda view: view.move(1),
    "up": lambda view: view.move(-1),
    "k": lambda view: view.move(-1),
    "pagedown": lambda view: view.page(1),
    "pageup": lambda view: view.page(-1),
    "home": lambda view: view.to_start(),
    "g": lambda view: view.to_start(),
    "end": lambda view: view.to_end(),
    "G": lambda view: view.to_end(),
}


class Dialog(Box[str]):
    """Shows what `build` makes for a width.

    A key of `answers` ends it with that key's answer; `keep` calls do not end it.

    A `wide` one takes the whole width.
    """

    DEFAULT_CSS = """
    Dialog { align: center middle; background: $background 60%; }
    Dialog > Vertical { width: 90%; max-width: 88; height: auto; max-height: 90%; padding: 1 2; }
    Dialog > Vertical { border: heavy $primary; background: $surface; }
    Dialog.-wide > Vertical { width: 100%; max-width: 100%; max-height: 100%; padding: 0 1; }
    Dialog DocumentView { height: auto; max-height: 100%; background: $surface; }
    """

    def __init__(
        self,
        build: Callable[[int], Document],
        answers: Mapping[str, str] = CLOSE,
        keep: Mapping[str, Callable[[], None]] | None = None,
        wide: bool = False,
    ) -> None:
        super().__init__(classes="-wide" if wide else None)
        self._build = build
        self._answers = answers
        self._keep = keep or {}
        self._wide = wide

    def compose(self) -> ComposeResult:
        with Vertical():
            yield DocumentView()

    def on_mount(self) -> None:
        self.show_again()

    def on_resize(self) -> None:
        self.show_again()

    def on_key(self, event: events.Key) -> None:
        """Answer, do, or scroll."""
        key = event.character if event.character and event.character.isprintable() else event.key
        if key in self._answers:
            event.stop()
            self.dismiss(self._answers[key])
        elif key in self._keep:
            event.stop()
            self._keep[key]()
        elif (move := MOVES.get(key)) is not None:
            event.stop()
            move(self.query_one(DocumentView))
        elif event.character or key == "enter":
            self._tell_keys()

    def _tell_keys(self) -> None:
        """A key that means nothing here is not lost without a word."""
        self.app.clear_notifications()
        self.notify(f"this box takes {self._keys}", timeout=TOLD_S)

    @property
    def _keys(self) -> str:
        return ", ".join(key_sign(key) for key in (*self._answers, *self._keep) if key != "q")

    def show_again(self) -> None:
        """Build the document anew."""
        width = self.size.width - 6 if self._wide else min(WIDTH, self.size.width * 9 // 10) - 8
        document = self._build(width)
        view = self.query_one(DocumentView)
        height = len(document.layout(width))
        view.styles.height = height
        room = self.size.height * 9 // 10 - 4
        self.query_one(Vertical).border_subtitle = f"j k scroll, {self._keys} end" if height > room else ""
        view.show(document)


def confirm(
    app: App[Any],  # Any: whatever an application returns
    title: str,
    stake: str,
    yes: str,
    agreed: Callable[[], object],
    no: str = "no",
) -> None:
    """Ask, and go on only when the user agrees."""

    def answered(answer: str | None) -> None:
        if answer:
            agreed()

    app.push_screen(Dialog(lambda width: yes_or_no(title, stake, yes, no), YES_NO), answered)
