"""The filter line: what is typed in the filter language, what could come next, and what is wrong with it, in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input

from hookscope.tools.filters.completion import complete, term_at
from hookscope.tools.filters.language import FilterError, parse
from hookscope.tui.canvas.line import Line, line, wrap
from hookscope.tui.presentation.filter_hints import SIGN, Turn, begin_turn, explain
from hookscope.tui.widgets.lines import Lines

# The marks, and a sentence that may take two lines.
TOLD = 3


class FilterLine(Vertical):
    """Hidden until it is opened. Tab takes what is offered, Enter a filter that makes sense, Esc gives up."""

    DEFAULT_CSS = """
    FilterLine { height: 4; display: none; background: $panel; }
    FilterLine.-open { display: block; }
    FilterLine Horizontal { height: 1; }
    FilterLine Lines { background: $panel; }
    FilterLine #filter-sign { width: 2; }
    FilterLine Input { height: 1; border: none; padding: 0; background: $panel; width: 1fr; }
    FilterLine Input:focus { border: none; }
    """

    class Entered(Message):
        """A filter was entered; empty text is none."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Closed(Message):
        """The line was left without a new filter."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._told: tuple[Line, ...] = ()
        self._known: Mapping[str, Sequence[str]] = {}
        self._turn: Turn | None = None

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Lines(lambda width: [line((SIGN, "mark"))], id="filter-sign")
            yield Input(id="filter-input", suggester=Completion(lambda: self._known), compact=True)
        yield Lines(self._told_rows, height=TOLD, id="filter-told")

    def _told_rows(self, width: int) -> list[Line]:
        return [row for told in self._told for row in wrap(told, width)][:TOLD]

    @property
    def is_open(self) -> bool:
        """Whether one types in it."""
        return self.has_class("-open")

    def open(self, text: str) -> None:
        """Let the user type, beginning with `text`."""
        self.add_class("-open")
        self._turn = None
        field = self.query_one(Input)
        field.value = text
        field.cursor_position = len(text)
        # At once, and not with the next message: keys may have been typed ahead.
        self.screen.set_focus(field)
        self._judge(text)

    def know(self, values: Mapping[str, Sequence[str]]) -> None:
        """Offer these values too, by key."""
        self._known = values
        self._judge(self.query_one(Input).value)

    def close(self) -> None:
        """Hide it."""
        self.remove_class("-open")
        self.screen.set_focus(None)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._judge(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._judge(event.value, entered=True):
            self.close()
            self.post_message(self.Entered(event.value.strip()))

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            self.close()
            self.post_message(self.Closed())
        elif event.key in ("tab", "shift+tab"):
            event.stop()
            event.prevent_default()
            self._complete(1 if event.key == "tab" else -1)

    def _complete(self, step: int) -> None:
        """Put what is offered in the place of the term at the cursor; again, the next offer."""
        field = self.query_one(Input)
        turn = self._turn
        if turn is None or turn.text != field.value or len(turn.offers) == 1:
            turn = begin_turn(field.value, field.cursor_position, self._known)
            step = min(step, 0)
        if turn is None:
            return
        self._turn = turn = turn.moved(step)
        field.value, field.cursor_position = turn.text, turn.cursor

    def _judge(self, text: str, entered: bool = False) -> bool:
        """Say what is wrong with the filter, marked where it is; True where nothing is.

        What is `entered` goes on no further.
        """
        turn = self._turn if self._turn is not None and self._turn.text == text else None
        self._told = (
            (turn.line(),) if turn is not None and len(turn.offers) > 1 else explain(text, self._known, entered)
        )
        self.query_one("#filter-told", Lines).refresh()
        try:
            parse(text)
        except FilterError:
            return False
        return True


class Completion(Suggester):
    """Offers the first key or value that could end what is being typed."""

    def __init__(self, known: Callable[[], Mapping[str, Sequence[str]]] = dict) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._known = known

    async def get_suggestion(self, value: str) -> str | None:
        start, _ = term_at(value, len(value))
        term = value[start:]
        offers = complete(value, len(value), self._known()) if term else []
        return next((value[:start] + offer for offer in offers if offer.startswith(term)), None)
