"""The filter line: what is typed in the filter language, what could come next, and what is wrong with it, in place."""

from __future__ import annotations

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input

from hookscope.filters.completion import complete, term_at
from hookscope.filters.language import FilterError, parse
from hookscope.tui.line import Line, line, said, wrap
from hookscope.tui.widgets.lines import Lines

HINT = 'status:4xx provider:notion path:/hooks type:page.* is:failed body:"text" since:10m -method:GET'
SIGN = "/ "
MARK = "▔"
MAX_MARKED = 60
# The marks, and a sentence that may take two lines.
TOLD = 3


class FilterLine(Vertical):
    """Hidden until it is opened. A filter that makes sense takes effect with Enter, Esc gives up."""

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

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Lines(lambda width: [line((SIGN, "mark"))], id="filter-sign")
            yield Input(id="filter-input", suggester=Completion(), compact=True)
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
        field = self.query_one(Input)
        field.value = text
        field.cursor_position = len(text)
        field.focus()
        self._judge(text)

    def close(self) -> None:
        """Hide it."""
        self.remove_class("-open")

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._judge(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._judge(event.value):
            self.close()
            self.post_message(self.Entered(event.value.strip()))

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            self.close()
            self.post_message(self.Closed())

    def _judge(self, text: str) -> bool:
        """Say what is wrong with the filter, marked where it is; True where nothing is."""
        self._told = explain(text)
        self.query_one("#filter-told", Lines).refresh()
        try:
            parse(text)
        except FilterError:
            return False
        return True


class Completion(Suggester):
    """Offers the first key or value that could end what is being typed."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        start, _ = term_at(value, len(value))
        term = value[start:]
        return (
            next((value[:start] + offer for offer in complete(value, len(value)) if offer.startswith(term)), None)
            if term
            else None
        )


def explain(text: str) -> tuple[Line, ...]:
    """What is wrong with a filter, its place marked in the line below it; else what could come next, or examples."""
    try:
        parse(text)
    except FilterError as error:
        place = f", at character {error.start + 1} of the filter"
        sentence = line(
            ("✗ ", "bad"), f"{said(error.what.removesuffix(place), 300)}: {said(error.remedy, 300)}", indent=2
        )
        before = len(SIGN) + cell_len(text[: error.start])
        marks = MARK * max(1, min(cell_len(text[error.start : error.end]), MAX_MARKED))
        return line(" " * before, (marks, "bad")), sentence
    offers = complete(text, len(text)) if text.strip() else []
    shown = "  ".join(said(offer, 40) for offer in offers[:8]) or HINT
    return (line(("  " + shown, "dim")),)
