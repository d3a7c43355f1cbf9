"""A question with fields to type in, and at most one thing to turn on or off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.suggester import SuggestFromList
from textual.widgets import Input

from hookscope.tui.canvas.line import Line, Span, line, said, wrap
from hookscope.tui.dialogs.box import Box
from hookscope.tui.widgets.lines import Lines

# An empty line, two for what is wrong, one for the keys.
BELOW = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field: its label, what stands in it, and what is offered while one types. A secret one is masked."""

    label: str
    value: str = ""
    hint: str = ""
    secret: bool = False
    offers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answers:
    """What was typed into each field, and whether the switch is on."""

    values: tuple[str, ...]
    on: bool = False


Check: TypeAlias = Callable[[Answers], str]


class QuestionScreen(Box[Answers | None]):
    """Asks.

    `check` says what is wrong with the answers, and the question then stays; None means that the user gave up.
    """

    DEFAULT_CSS = """
    QuestionScreen { align: center middle; background: $background 60%; }
    QuestionScreen > Vertical { width: 90%; max-width: 88; height: auto; padding: 1 2; }
    QuestionScreen > Vertical { border: heavy $primary; background: $surface; }
    QuestionScreen Horizontal { height: 1; }
    QuestionScreen Input { height: 1; border: none; padding: 0; width: 1fr; background: $panel; }
    QuestionScreen Input:focus { border: none; background: $panel; }
    QuestionScreen Lines { background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", show=False, priority=True),
        Binding("ctrl+r", "turn", show=False, priority=True),
    ]

    def __init__(
        self, title: str, fields: Sequence[Field], check: Check, *, note: str = "", switch: str = "", on: bool = False
    ) -> None:
        super().__init__()
        self._heading = title
        self._note = note
        self._fields = tuple(fields)
        self._check = check
        self._switch = switch
        self._on = on
        self._problem = ""

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Lines(self._above, height=2, id="question-above")
            width = max(len(field.label) for field in self._fields) + 2
            for index, field in enumerate(self._fields):
                with Horizontal():
                    label = Lines(lambda _, name=field.label: [line((name, "key"))])  # type: ignore[misc]  # a default binds the name
                    label.styles.width = width
                    yield label
                    yield Input(
                        field.value,
                        placeholder=field.hint,
                        password=field.secret,
                        suggester=SuggestFromList(field.offers, case_sensitive=False) if field.offers else None,
                        compact=True,
                        id=f"field-{index}",
                    )
            yield Lines(self._below, height=BELOW, id="question-below")

    def on_resize(self) -> None:
        above = self.query_one("#question-above", Lines)
        above.styles.height = len(self._above(max(above.size.width, 2)))

    def on_mount(self) -> None:
        fields = list(self.query(Input))
        next((field for field in fields if not field.value), fields[0]).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go to the next empty field, or answer."""
        event.stop()
        fields = list(self.query(Input))
        later = fields[fields.index(event.input) + 1 :]
        if later and not later[0].value and not self._fields[len(fields) - len(later)].hint:
            later[0].focus()
            return
        answers = Answers(tuple(field.value.strip() for field in fields), self._on)
        self._problem = self._check(answers)
        if self._problem:
            self._refresh()
        else:
            self.dismiss(answers)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self._problem:
            self._problem = ""
            self._refresh()

    def on_key(self, event: events.Key) -> None:
        """Up and down go from field to field, as Tab does."""
        if event.key in ("up", "down"):
            event.stop()
            (self.focus_previous if event.key == "up" else self.focus_next)()

    def action_give_up(self) -> None:
        self.dismiss(None)

    def action_turn(self) -> None:
        self._on = not self._on and bool(self._switch)
        self._refresh()

    def _refresh(self) -> None:
        self.query_one("#question-below", Lines).refresh()

    def _above(self, width: int) -> list[Line]:
        lines = [line((said(self._heading, 300), "title"))]
        note = wrap(line((said(self._note, 500), "dim")), width) if self._note else []
        return [*lines, *note, Line()]

    def _below(self, width: int) -> list[Line]:
        problem = line(("✗ ", "bad"), said(self._problem, 500), indent=2) if self._problem else Line()
        rows = [Line(), *wrap(problem, width)][: BELOW - 1]
        rows += [Line()] * (BELOW - 1 - len(rows))
        return [*rows, line(("Enter", "mark"), " go    ", ("Esc", "mark"), " give up", *self._switch_spans())]

    def _switch_spans(self) -> tuple[Span, ...]:
        if not self._switch:
            return ()
        return ("    ^r", "mark"), (f" {self._switch}: ", ""), ("on", "ok") if self._on else ("off", "dim")
