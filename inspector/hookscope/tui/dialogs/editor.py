"""The editor: method and target, headers, and body of a delivery, checked while one types, then sent."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, TextArea

from hookscope.payload.json_text import pretty_json
from hookscope.payload.json_tokens import json_flaw
from hookscope.tools.replay.outside_editor import edit_outside
from hookscope.tui.canvas.line import Line, Span, line, said, wrap
from hookscope.tui.dialogs.box import Box
from hookscope.tui.dialogs.draft import Draft, draft_of, editable, is_unchanged, problem_of, read_draft, warning_of
from hookscope.tui.presentation.units import render_size
from hookscope.tui.widgets.lines import Lines
from hookscope_relay.delivery import Delivery
from hookscope_relay.errors import HookscopeError

KEYS = (
    ("^s", "send"),
    ("Esc", "give up"),
    ("^r", "sign anew: "),
    ("^f", "JSON"),
    ("^o", "$EDITOR"),
    ("Tab", "next"),
)
TOLD = 2


@dataclass(frozen=True, slots=True)
class Edited:
    """What is to be sent: the draft as text, and whether to sign it anew."""

    draft: bytes
    resign: bool


class EditorScreen(Box[Edited | None]):
    """Edits a delivery. None means that the user gave up; changes are dropped only on a second Esc."""

    DEFAULT_CSS = """
    EditorScreen { background: $background; }
    EditorScreen > Vertical { border: heavy $primary; padding: 0 1; }
    EditorScreen Horizontal { height: 1; }
    EditorScreen Horizontal Lines { width: 9; }
    EditorScreen Input { height: 1; border: none; padding: 0; width: 1fr; background: $panel; }
    EditorScreen Input:focus { border: none; background: $panel; }
    EditorScreen TextArea { border: none; padding: 0; background: $surface; }
    EditorScreen TextArea:focus { border: none; background: $panel; }
    EditorScreen #edited-headers { height: 2fr; }
    EditorScreen #edited-body { height: 3fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "send", show=False, priority=True),
        Binding("ctrl+r", "turn", show=False, priority=True),
        Binding("ctrl+f", "lay_out", show=False, priority=True),
        Binding("ctrl+o", "outside", show=False, priority=True),
        Binding("escape", "give_up", show=False, priority=True),
    ]

    def __init__(self, delivery: Delivery, number: int, *, resign: bool = False, outside: bool = False) -> None:
        super().__init__()
        self._delivery = delivery
        self._number = number
        self._resign = resign
        self._outside = outside
        self._draft = draft_of(delivery)
        self._loaded = ("", "")
        self._told: Line = Line()
        self._asked_to_leave = False

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Lines(lambda width: [line((f"Edit #{self._number} and send it", "title"))], id="edited-title")
            with Horizontal():
                yield Lines(lambda width: [line(("Request", "key"))])
                yield Input(compact=True, id="edited-line")
            yield Lines(lambda width: [line(("Headers", "key"))])
            yield TextArea(soft_wrap=True, compact=True, id="edited-headers")
            yield Lines(lambda width: [self._body_line()], id="edited-about-body")
            yield TextArea(soft_wrap=True, compact=True, id="edited-body")
            yield Lines(lambda width: [*wrap(self._told, width), Line()][:TOLD], height=TOLD, id="edited-told")
            yield Lines(lambda width: [line(*self._keys(width))], id="edited-keys")

    def on_mount(self) -> None:
        self._fill()
        self.query_one(Input).focus()
        if self._outside:
            self.call_after_refresh(self.action_outside)

    # What is edited

    @property
    def draft(self) -> Draft:
        """The draft as the fields have it now; what nobody touched keeps its bytes."""
        headers, body = self._headers.text, self._body.text
        shown_headers = self._draft.headers if headers == self._loaded[0] else headers
        return Draft(
            f"{self.query_one(Input).value}\n{shown_headers}",
            self._draft.body if body == self._loaded[1] else body.encode("utf-8", "surrogateescape"),
        )

    @property
    def _headers(self) -> TextArea:
        return self.query_one("#edited-headers", TextArea)

    @property
    def _body(self) -> TextArea:
        return self.query_one("#edited-body", TextArea)

    def _fill(self) -> None:
        self.query_one(Input).value = self._draft.request_line
        self._headers.text = self._draft.headers
        text = editable(self._draft.body)
        self._body.text = text or ""
        self._body.disabled = text is None
        # What the fields make of the texts: a field that says so still was not touched.
        self._loaded = self._headers.text, self._body.text
        self._judge()

    @on(Input.Changed)
    @on(TextArea.Changed)
    def _changed(self) -> None:
        self._asked_to_leave = False
        self._judge()

    def _judge(self) -> bool:
        """Say what is wrong, or what one might not have meant; True where it can be sent."""
        draft = self.draft
        problem = problem_of(draft, self._delivery)
        warning = "" if problem else warning_of(draft, self._delivery, self._resign)
        self._tell(problem or warning, bool(problem))
        return not problem

    def _tell(self, text: str, is_bad: bool = False) -> None:
        sign: Span = ("✗ ", "bad") if is_bad else ("! ", "warn")
        self._told = line(sign, said(text, 400), indent=2) if text else Line()
        for lines in self.query(Lines):
            lines.refresh()

    def _body_line(self) -> Line:
        size = render_size(len(self.draft.body))
        kept = editable(self._draft.body) is None
        why = ", kept as it is: it is no text that fits in here; ^o opens it in $EDITOR" if kept else ""
        return line(("Body ", "key"), (f"{size}{why}", "dim"))

    def _keys(self, width: int) -> list[Span]:
        """The keys that have room, the ones that one cannot do without first."""
        spans: list[Span] = []
        for key, label in KEYS:
            more: list[Span] = [(key, "mark"), (f" {label}", "dim")]
            if key == "^r":
                more.append(("on", "ok") if self._resign else ("off", "dim"))
            if sum(len(text) for text, _ in (*spans, *more)) > width:
                break
            spans += [*more, ("   ", "")]
        return spans

    # Keys

    def action_send(self) -> None:
        """Send it, where it is a request."""
        if self._judge():
            self.dismiss(Edited(self.draft.render(), self._resign))

    def action_turn(self) -> None:
        """Sign it anew, or do not."""
        self._resign = not self._resign
        self._judge()

    def action_lay_out(self) -> None:
        """Lay the JSON of the body out over lines; what that does to a signature is told as of any change."""
        body = self.draft.body
        if self._body.disabled or json_flaw(body) is not None:
            self._tell("the body is no JSON that could be laid out", True)
            return
        self._body.text = pretty_json(body)

    def action_outside(self) -> None:
        """Hand the draft to the user's editor, and take over what it leaves."""
        try:
            text = edit_outside(self.draft.render(), os.environ, self.app.suspend)
        except SuspendNotSupported:
            self._tell("this terminal cannot be handed to another editor", True)
        except HookscopeError as error:
            self._tell(str(error), True)
        else:
            self._draft = _without_final_newline(read_draft(text), self._delivery)
            self._fill()

    def action_give_up(self) -> None:
        """Leave; where something was changed, only when asked twice."""
        unchanged = not problem_of(self.draft, self._delivery) and is_unchanged(self.draft, self._delivery)
        if unchanged or self._asked_to_leave:
            self.dismiss(None)
            return
        self._asked_to_leave = True
        self._tell("your changes would be lost; Esc again drops them")


def _without_final_newline(draft: Draft, delivery: Delivery) -> Draft:
    """The draft less the line end that editors put behind a last line that had none."""
    added = draft.body.endswith(b"\n") and not delivery.body.endswith(b"\n")
    return Draft(draft.head, draft.body.removesuffix(b"\r\n").removesuffix(b"\n")) if added else draft
