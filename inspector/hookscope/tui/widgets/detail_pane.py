"""The detail of the selected delivery: a title, the tabs, and the chosen tab's document; in a wide pane the request and
the answer stand side by side."""

from __future__ import annotations

from dataclasses import replace

from textual import events, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.timer import Timer
from textual.worker import get_current_worker

from hookscope.diagnosis.better_path import registered_url
from hookscope.diagnosis.case import Earlier
from hookscope.model.summary import Summary
from hookscope.model.verdict import Recognition
from hookscope.tui.canvas.document import Document, prose
from hookscope.tui.canvas.line import Line, line, said
from hookscope.tui.engine.ports import Reader
from hookscope.tui.engine.proof import Proof, find_proof
from hookscope.tui.presentation.call import render_call_title
from hookscope.tui.presentation.calls import OpenCall
from hookscope.tui.presentation.notices import describe_error
from hookscope.tui.presentation.tabs import (
    TABS,
    Detail,
    Tab,
    build_tab,
    default_tab,
    marks_of,
    render_tabs,
    render_title,
    tab_at,
    tabs_shown,
)
from hookscope.tui.widgets.document_view import DocumentView
from hookscope.tui.widgets.lines import Lines
from hookscope.tui.widgets.side_by_side import SideBySide

# A held key passes many rows; what they hold is read once the selection has rested this long.
REST_S = 0.03
RELATED = 30


class DetailPane(Vertical):
    """Shows a capture. It is read and laid out on a thread of its own, so that a large one never holds up a key."""

    DEFAULT_CSS = "DetailPane { width: 1fr; }"

    class Read(Message):
        """A capture was read, or could not be."""

        def __init__(
            self, number: int, detail: Detail | None, documents: tuple[Document, ...], tabs: tuple[Tab, ...]
        ) -> None:
            super().__init__()
            self.number = number
            self.detail = detail
            self.documents = documents
            self.tabs = tabs

    class Shown(Message):
        """Another capture, or more of it, is shown now."""

    def __init__(self, store: Reader, id: str | None = None) -> None:
        super().__init__(id=id)
        self._store = store
        self._summary: Summary | None = None
        self._detail: Detail | None = None
        self._attempt: int | None = None
        self._call: int | None = None
        self._chosen: Tab | None = None
        self._shown: tuple[int, tuple[Tab, ...], int | None, int | None] | None = None
        self._rest: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Lines(lambda width: [self._title(width)], id="detail-title")
        yield Lines(lambda width: [render_tabs(self.tab, marks_of(self._detail), width)], id="detail-tabs")
        yield SideBySide()

    # What it shows

    @property
    def tab(self) -> Tab:
        """The tab that is shown: what the user chose, else what suits the delivery."""
        return self._chosen or (default_tab(self._summary) if self._summary else "findings")

    @property
    def tabs(self) -> tuple[Tab, ...]:
        """The tabs whose documents are shown: the chosen one, and what stands beside it where there is room."""
        return tabs_shown(self.tab, self.size.width)

    @property
    def detail(self) -> Detail | None:
        """The capture that is shown, once it is read."""
        return self._detail

    @property
    def proof(self) -> Proof | None:
        """The re-send that would prove what was found; None where none would, or while the capture is being read."""
        return self._detail.proof if self._detail is not None else None

    @property
    def url_to_register(self) -> str:
        """The public URL with the path that a finding knows to be right; empty where none does."""
        return self._detail.url_to_register if self._detail is not None else ""

    @property
    def view(self) -> DocumentView:
        """The view of the chosen tab's document."""
        return self._pages.views[self.tabs.index(self.tab)]

    @property
    def _pages(self) -> SideBySide:
        return self.query_one(SideBySide)

    def show(self, summary: Summary | None) -> None:
        """Show another delivery, or the same one read again."""
        if summary is None or self._summary is None or summary.number != self._summary.number:
            self._attempt = self._call = None
            self._detail = None
        self._summary = summary
        self._refresh_lines()
        if summary is None:
            self._shown = None
            self._pages.show((Document(),))
        else:
            self._read_soon()

    def open(self) -> None:
        """Show the delivery as one that is just opened: what failed opens on its findings."""
        if self._summary is not None and default_tab(self._summary) == "findings":
            self.choose("findings")

    def choose(self, tab: Tab) -> None:
        """Show another tab; the keys of movement go to its document if they went to the one before."""
        had_focus = self.view.has_focus
        self._chosen = tab
        self._pages.make_room(len(self.tabs))
        if had_focus:
            self.view.focus()
        self._refresh_lines()
        if self._summary is not None:
            self._read_soon()

    def turn(self, direction: int) -> None:
        """Show the next tab, or the one before."""
        self.choose(TABS[(TABS.index(self.tab) + direction) % len(TABS)])

    def turn_attempt(self, direction: int) -> str:
        """Show another attempt; says why there is none."""
        attempts = self._detail.capture.attempts if self._detail else ()
        if self._detail is None or not attempts or attempts == (self._detail.attempt,):
            return "there is no other attempt"
        shown = self._detail.attempt
        index = attempts.index(shown) + direction if shown is not None else 0
        if not 0 <= index < len(attempts):
            return "this is the first attempt" if direction < 0 else "this is the last attempt"
        self._attempt = attempts[index].number
        self._read_soon()
        return ""

    @property
    def shows_call(self) -> bool:
        """Whether one of the handler's calls is open, and not the delivery."""
        return self._call is not None

    def turn_call(self, direction: int) -> str:
        """Open the next of the handler's calls or the one before; before the first is the delivery. Says why there is
        none."""
        calls = self._detail.calls if self._detail else ()
        if not calls:
            return "the handler made no call that passed hookscope; see --api"
        index = next((place for place, call in enumerate(calls) if call.number == self._call), -1) + direction
        if index >= len(calls) or index < -1:
            return "this is the last call" if direction > 0 else "this is the delivery, before its calls"
        self.open_call(calls[index].number if index >= 0 else None)
        return ""

    def open_call(self, number: int | None) -> None:
        """Show a call of the delivery by its number; None goes back to the delivery."""
        self._call = number
        if number is None:
            self._chosen = "timeline"
        elif self._chosen in (None, "timeline"):
            self._chosen = "findings"
        self._refresh_lines()
        self._read_soon()

    def on_document_view_chosen(self, message: DocumentView.Chosen) -> None:
        message.stop()
        if isinstance(message.tag, OpenCall):
            self.open_call(message.tag.number)

    def on_resize(self) -> None:
        """Another width may have room for two documents, or no longer."""
        if self._summary is None:
            return
        # At once, whatever is being read: what was read for the width before is not shown.
        self._pages.make_room(len(self.tabs))
        if self._shown is None or self._shown[1] != self.tabs:
            self._read_soon()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Choose the tab of the document that was clicked."""
        tab = next((tab for tab, view in zip(self.tabs, self._pages.views, strict=False) if view is event.widget), None)
        if tab is not None and tab != self.tab:
            self.choose(tab)

    # Reading

    def _read_soon(self) -> None:
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(REST_S, self._read_if_current)

    def _read_if_current(self) -> None:
        if self._summary is not None:
            self._read(self._summary.number, self.tabs, self._attempt, self._call)

    @work(thread=True, exclusive=True, group="read")
    def _read(self, number: int, tabs: tuple[Tab, ...], attempt: int | None, call: int | None) -> None:
        try:
            detail = read_detail(self._store, number, attempt, call)
            documents = tuple(build_tab(tab, detail) for tab in tabs)
        except Exception as error:
            # Whatever a capture holds, or a bug of ours makes of it, the rest of the screen stays usable.
            detail, documents = None, (prose(line(("✗ ", "bad"), said(describe_error(error)), indent=2)),)
        if not get_current_worker().is_cancelled:
            self.post_message(self.Read(number, detail, documents, tabs))

    def on_detail_pane_read(self, message: DetailPane.Read) -> None:
        message.stop()
        if self._summary is None or message.number != self._summary.number or message.tabs != self.tabs:
            return
        self._detail = message.detail
        shown = (message.number, message.tabs, self._attempt, self._call)
        self._pages.show(message.documents, keep_place=shown == self._shown)
        self._shown = shown
        self._refresh_lines()
        self.post_message(self.Shown())

    def _title(self, width: int) -> Line:
        call = self._detail.call if self._detail else None
        if self._detail is None or call is None:
            return render_title(self._summary, width)
        return render_call_title(call, self._detail.calls.index(call) + 1, len(self._detail.calls), width)

    def _refresh_lines(self) -> None:
        for lines in self.query(Lines):
            lines.refresh()

    def on_lines_clicked(self, message: Lines.Clicked) -> None:
        message.stop()
        if message.lines.id != "detail-tabs":
            return
        tab = tab_at(self.tab, marks_of(self._detail), message.lines.size.width, message.column)
        if tab is not None:
            self.choose(tab)


def read_detail(
    store: Reader, number: int, attempt_number: int | None = None, call_number: int | None = None
) -> Detail:
    """A capture with what was found on one attempt; the one that counts where none is named. `call_number` opens one of
    the handler's calls. Raises `NoSuchCapture`."""
    capture = store.find(str(number))
    attempts = {attempt.number: attempt for attempt in capture.attempts}
    counted = capture.outcome
    attempt = attempts.get(attempt_number, counted) if attempt_number is not None else counted
    recognition = store.recognition(capture.delivery.id)
    summary = store.summary(number)
    verdict = store.verdict(capture.delivery.id)
    verified = verdict is not None and verdict.state == "verified"
    calls = store.calls(capture.delivery.id)
    findings = store.findings(capture.delivery.id, attempt.number if attempt else None)
    return Detail(
        number=number,
        capture=capture,
        attempt=attempt,
        findings=tuple(replace(one, hint=one.hint_for(number)) for one in findings),
        proof=find_proof(findings, capture, attempt, number, recognition.provider, verified),
        url_to_register=next((registered_url(capture.delivery, one.path) for one in findings if one.path), ""),
        verdict=verdict,
        settled=store.settlement(capture.delivery.id),
        related=read_related(store, recognition),
        beside=summary.beside if summary else "",
        calls=calls,
        call=next((call for call in calls if call.number == call_number), None),
        recognition=recognition,
    )


def read_related(store: Reader, recognition: Recognition) -> tuple[Earlier, ...]:
    """Deliveries of the same event or the same object, in the order they came; none where the sender names neither."""
    found = store.related(
        provider=recognition.provider,
        event_id=recognition.event_id,
        object_id=recognition.object_id,
        limit=RELATED,
    )
    return tuple(found)
