"""Which deliveries the list shows: those that meet a filter, read anew when that may be others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from hookscope.model.summary import Summary
from hookscope.tools.filters.language import parse
from hookscope.tui.engine.background import Looker
from hookscope.tui.engine.ports import Reader
from hookscope.tui.engine.window import Window


class ListFilter:
    """`text` is the filter as it was typed, empty for none; `show` is given what meets it."""

    def __init__(self, store: Reader, looker: Looker, show: Callable[[Window], object]) -> None:
        self.text = ""
        self.is_stale = False
        self._store = store
        self._looker = looker
        self._show = show
        self._newest: Sequence[Summary] = ()

    def enter(self, text: str) -> None:
        """Show what meets this filter from now on."""
        self.text = text
        self.read()

    def read(self) -> None:
        """Read what meets it. A filter that the database cannot run is told, and ends nothing."""
        text = self.text
        found = partial(self._found, text)
        self._looker.look("filter", lambda: Window(self._store, parse(text) if text else None), found)

    def read_if_stale(self) -> None:
        """Read where something came or changed since."""
        if self.is_stale:
            self.is_stale = False
            self.read()

    def compare(self, newest: Sequence[Summary]) -> None:
        """Take the newest rows of all; where they are others than before, others may meet the filter."""
        self.is_stale |= newest != self._newest
        self._newest = newest

    def _found(self, text: str, window: Window) -> None:
        if text == self.text:
            self._show(window)
