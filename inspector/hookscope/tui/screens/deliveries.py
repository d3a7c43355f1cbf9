"""The main screen: header, list, detail, filter line and footer; below 100 columns the detail lies over the list."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import Input

from hookscope.config.settings import Settings
from hookscope.model.events import HandshakeSeen
from hookscope.model.session_requests import SessionRequest
from hookscope.model.summary import Summary
from hookscope.text.safe import safe_text
from hookscope.tui.actions.news import take_answer, take_news, take_rows
from hookscope.tui.canvas.line import Line
from hookscope.tui.engine.ask import Answered, ask
from hookscope.tui.engine.background import Background
from hookscope.tui.engine.inbox import Inbox
from hookscope.tui.engine.job import Job
from hookscope.tui.engine.list_filter import ListFilter
from hookscope.tui.engine.ports import Engine, Reader
from hookscope.tui.engine.state import Session
from hookscope.tui.engine.surroundings import Surroundings
from hookscope.tui.engine.window import Window
from hookscope.tui.keys.action import WHY_NOT, ActionSituation, why_not
from hookscope.tui.keys.keyboard import Keyboard
from hookscope.tui.presentation.empty import empty_document
from hookscope.tui.presentation.footer import action_at, render_keys, render_status
from hookscope.tui.presentation.header import render_header
from hookscope.tui.presentation.notices import TOLD_S, WARNED_S, Level, describe_error
from hookscope.tui.presentation.progress import describe_end, render_progress
from hookscope.tui.screens.arrangement import ARRANGEMENT
from hookscope.tui.widgets.delivery_list import DeliveryList
from hookscope.tui.widgets.detail_pane import DetailPane
from hookscope.tui.widgets.document_view import DocumentView
from hookscope.tui.widgets.filter_line import FilterLine
from hookscope.tui.widgets.lines import Lines

NARROW = 100
LOOKS_A_SECOND = 20
# More news than this at one look are a flood.
FLOOD, FLOOD_EVERY_S = 10, 0.2
PROBE_EVERY_S = 5.0
REFILTER_S = 0.5
OTHERS_EVERY_S = 2.0


class DeliveriesScreen(Screen[None]):
    """Listens to the session's news and calls the front door; all that it shows of captures comes from the store."""

    DEFAULT_CSS = ARRANGEMENT

    def __init__(
        self,
        engine: Engine,
        store: Reader,
        inbox: Inbox,
        keyboard: Keyboard,
        settings: Settings,
        kept_in: str = "",
    ) -> None:
        super().__init__()
        self.engine = engine
        self.store = store
        self.inbox = inbox
        self.keyboard = keyboard
        self.settings = settings
        self.last_directory = ""
        self.last_handler = ""
        self.handshake: HandshakeSeen | None = None
        self.shown_handshakes: set[str] = set()
        self.background = Background(self, lambda: self.is_whole, self._went_wrong)
        self.surroundings = Surroundings(settings, store, inbox, self.background, self._show_empty)
        self.list_filter = ListFilter(store, self.background, self._show_rows)
        self._next_look = 0.0
        self._kept_in = kept_in

    def compose(self) -> ComposeResult:
        yield Lines(lambda width: render_header(self.session, time.time(), width), height=2, id="header")
        with Horizontal(id="body"):
            yield DeliveryList(Window(self.store), id="list")
            yield DetailPane(self.store, id="detail")
        yield DocumentView(id="empty")
        yield FilterLine(id="filter")
        yield Lines(lambda width: [self._status(width)], id="status")
        yield Lines(lambda width: [render_keys(self.situation, self.keyboard, width, self.detail_open)], id="keys")

    def on_mount(self) -> None:
        self._fit(self.app.size.width)
        self.list.to_end()
        self.list.focus()
        self._show_empty()
        self.surroundings.read_secrets()
        self.set_interval(1 / LOOKS_A_SECOND, self._look)
        self.set_interval(1.0, self.query_one("#header", Lines).refresh)
        self.set_interval(REFILTER_S, self.list_filter.read_if_stale)
        self.set_interval(PROBE_EVERY_S, self._look_if_unsure)
        self.set_interval(OTHERS_EVERY_S, lambda: self.surroundings.look_for_others(self._take_rows))

    def on_unmount(self) -> None:
        self.background.cancel()

    # What is where

    @property
    def list(self) -> DeliveryList:
        """The list."""
        return self.query_one("#list", DeliveryList)

    @property
    def detail(self) -> DetailPane:
        """The detail."""
        return self.query_one("#detail", DetailPane)

    @property
    def filter_line(self) -> FilterLine:
        """The line in which one types a filter."""
        return self.query_one(FilterLine)

    @property
    def is_whole(self) -> bool:
        """Whether its parts are there; at its end they go before it does."""
        return bool(self.query("#list"))

    def turn_to_detail(self, focus: bool = False) -> None:
        """Bring the detail to the front of a narrow screen; with `focus` the keys of movement go there."""
        self.add_class("-detail")
        if focus:
            self.set_focus(self.detail.view)

    def turn_to_list(self) -> None:
        """Go back to the list, from the detail or the filter line."""
        self.remove_class("-detail", "-wide")
        self.set_focus(self.list)

    @property
    def wide(self) -> bool:
        """Whether the detail has the whole width."""
        return self.has_class("-wide")

    def widen(self) -> None:
        """Give the detail the whole width."""
        self.add_class("-wide")
        self.turn_to_detail(focus=True)

    @property
    def active(self) -> DeliveryList | DocumentView:
        """The view that the keys of movement go to."""
        return self.detail.view if self.focused is self.detail.view else self.list

    @property
    def detail_open(self) -> bool:
        """Whether one is in the detail."""
        return self.has_class("-detail")

    # What actions ask

    @property
    def session(self) -> Session:
        """The session as it now is."""
        return self.inbox.session

    @property
    def situation(self) -> ActionSituation:
        """What decides which actions can run."""
        return ActionSituation(
            session=self.session,
            selected=self.list.selected,
            handshake=self.handshake is not None,
            rows=len(self.list.window),
            busy=self.background.job is not None,
            proof=self.detail.proof is not None,
            url_to_register=bool(self.detail.url_to_register),
        )

    @property
    def chosen(self) -> str:
        """The selected capture, as the front door names it."""
        selected = self.list.selected
        return str(selected.number) if selected is not None else ""

    def ask(self, request: SessionRequest[object]) -> None:
        """Ask the engine; its answer comes as a message."""
        ask(self.engine, request, self.post_message)

    def say(self, text: str, level: Level = "information", seconds: float = 0.0) -> None:
        """Tell the user something for a few seconds."""
        seconds = seconds or (TOLD_S if level == "information" else WARNED_S)
        self.notify(safe_text(text), severity=level, markup=False, timeout=seconds)

    def work_on(self, job: Job, work: Callable[[], None], quiet: bool = False) -> None:
        """Do something that takes long on a thread of its own, its progress at the bottom.

        `quiet` work tells of itself what came of it.
        """
        if self.background.job is not None:
            self.say(WHY_NOT["idle"], "warning")
            return
        self.background.begin(job, work, partial(self._worked, job, quiet))
        self.refresh_lines()

    def _worked(self, job: Job, quiet: bool, error: Exception | None) -> None:
        if error is not None:
            self._went_wrong(error)
        elif not quiet or job.cancelled:
            self.say(describe_end(job), "warning" if job.failed or job.cancelled else "information")
        self.refresh_lines()

    def _went_wrong(self, error: Exception) -> None:
        self.say(describe_error(error), "error")

    # Keys and the mouse

    def take_key(self, event: events.Key) -> bool:
        """Run the action of a key, unless one types a filter; False where the key means nothing here."""
        keys = self.keyboard.by_key
        action = keys.get(event.key) or keys.get(event.character or "")
        if action is None or isinstance(self.focused, Input) or not self.is_whole:
            return False
        self.run_action_named(action.name)
        return True

    def run_action_named(self, name: str) -> None:
        """Run an action, or say why it cannot run."""
        action = self.keyboard.by_name[name]
        if reason := why_not(action, self.situation):
            self.say(reason, "warning")
            return
        action.do(self)
        self.refresh_lines()

    def on_lines_clicked(self, message: Lines.Clicked) -> None:
        name = ""
        if message.lines.id == "keys":
            name = action_at(self.situation, self.keyboard, message.column, self.detail_open)
        elif message.lines.id == "header" and message.row == 0:
            name = "copy_url"
        if name:
            self.run_action_named(name)

    # News

    def _look(self) -> None:
        now = time.monotonic()
        news = self.inbox.take() if self.is_whole and now >= self._next_look else None
        if news is not None:
            # A flood is looked at less often: what draws it is taken from those who forward.
            self._next_look = now + (FLOOD_EVERY_S if len(news.arrived) + len(news.changed) > FLOOD else 0.0)
            take_news(self, news)
            self._show_empty()
            self._look_if_unsure()
        if self.background.job is not None:
            self.query_one("#status", Lines).refresh()

    def on_answered(self, message: Answered) -> None:
        if self.is_whole:
            take_answer(self, message)
            self._show_empty()

    def _take_rows(self, rows: Sequence[Summary]) -> None:
        if take_rows(self, rows):
            self._show_empty()

    def _look_if_unsure(self) -> None:
        """Look for the handler before the first delivery, and once one found it gone."""
        if not (self.session.reachable and len(self.list.window)):
            self.surroundings.look_for_handler()

    # List and detail

    def on_delivery_list_selected(self, message: DeliveryList.Selected) -> None:
        self.detail.show(message.summary)
        self.refresh_lines()

    def on_detail_pane_shown(self, message: DetailPane.Shown) -> None:
        self.refresh_lines()

    def on_delivery_list_opened(self, message: DeliveryList.Opened) -> None:
        self.run_action_named("open")

    def on_filter_line_entered(self, message: FilterLine.Entered) -> None:
        self.set_focus(self.list)
        self.list_filter.enter(message.text)

    def on_filter_line_closed(self, message: FilterLine.Closed) -> None:
        self.set_focus(self.list)

    def _show_rows(self, window: Window) -> None:
        self.list.show(window)
        self._show_empty()

    def _show_empty(self) -> None:
        is_empty = not len(self.list.window)
        self.set_class(is_empty, "-empty")
        if is_empty:
            known = self.surroundings.secrets
            document = empty_document(self.session, self.list_filter.text, known, self._kept_in)
            self.query_one("#empty", DocumentView).show(document, keep_place=True)
        self.refresh_lines()

    # Lines

    def refresh_lines(self) -> None:
        """Draw the lines anew that depend on where one is."""
        for lines in self.query(Lines):
            lines.refresh()

    def _status(self, width: int) -> Line:
        if self.background.job is not None:
            return render_progress(self.background.job, time.monotonic(), width)
        return render_status(self.list.place(self.list_filter.text), self.situation, width)

    # Width

    def on_resize(self, event: events.Resize) -> None:
        self._fit(event.size.width)

    def _fit(self, width: int) -> None:
        self.set_class(width < NARROW, "-narrow")
