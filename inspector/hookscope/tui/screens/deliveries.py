"""The main screen: header, list, detail, filter line and footer; below 100 columns the detail lies over the list."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import cast

from textual import events, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input

from hookscope.config.settings import Settings
from hookscope.model.events import HandshakeSeen
from hookscope.model.session_requests import Backlog, Held, KeepSecret, Request, Resume, SetSecret, SwitchHandler
from hookscope.tools.filters.language import parse
from hookscope.tui.actions.does import DEEDS
from hookscope.tui.actions.keymap import Keymap, key_table
from hookscope.tui.actions.session import hand_over, keep_secret, offer_backlog, offer_held
from hookscope.tui.actions.table import BY_NAME, ActionSituation, why_not
from hookscope.tui.canvas.document import Document
from hookscope.tui.canvas.line import Line
from hookscope.tui.engine.ask import Answered, ask
from hookscope.tui.engine.inbox import Inbox, News
from hookscope.tui.engine.ports import Engine, Reader
from hookscope.tui.engine.state import answered
from hookscope.tui.engine.window import Window
from hookscope.tui.presentation.empty import empty_document
from hookscope.tui.presentation.footer import ListPlace, action_at, render_keys, render_status
from hookscope.tui.presentation.handshake import provider_name
from hookscope.tui.presentation.header import render_header
from hookscope.tui.presentation.notices import announce, describe_error, tell
from hookscope.tui.presentation.progress import render_progress
from hookscope.tui.screens.arrangement import ARRANGEMENT
from hookscope.tui.screens.surroundings import Surroundings
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


class DeliveriesScreen(Surroundings):
    """Listens to the session's news and calls the front door; all that it shows of captures comes from the store."""

    DEFAULT_CSS = ARRANGEMENT

    def __init__(
        self,
        engine: Engine,
        store: Reader,
        inbox: Inbox,
        keymap: Keymap,
        settings: Settings,
        follow: bool = False,
    ) -> None:
        super().__init__(store, inbox, settings)
        self.engine = engine
        self.keymap = keymap
        self.last_directory = ""
        self.last_handler = ""
        self.handshake: HandshakeSeen | None = None
        self.filter_text = ""
        self._keys = key_table(keymap)
        self._follow = follow
        self._stale = False
        self._next_look = 0.0
        self._shown_handshakes: set[str] = set()

    def compose(self) -> ComposeResult:
        yield Lines(lambda width: render_header(self.session, time.time(), width), height=2, id="header")
        with Horizontal(id="body"):
            yield DeliveryList(Window(self.store), id="list")
            yield DetailPane(self.store, id="detail")
        yield DocumentView(id="empty")
        yield FilterLine(id="filter")
        yield Lines(lambda width: [self._status(width)], id="status")
        yield Lines(lambda width: [render_keys(self.situation, self.keymap, width, self.detail_open)], id="keys")

    def on_mount(self) -> None:
        self.list.follow = self._follow
        self._fit(self.app.size.width)
        self.list.to_end()
        self.list.focus()
        self._show_empty()
        self.read_secrets()
        self.set_interval(1 / LOOKS_A_SECOND, self._look)
        self.set_interval(1.0, self._tick)
        self.set_interval(REFILTER_S, self._refilter_if_stale)
        self.set_interval(PROBE_EVERY_S, self._look_if_unsure)

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

    def turn_to_detail(self, focus: bool = False) -> None:
        """Bring the detail to the front of a narrow screen; with `focus` the keys of movement go there."""
        self.add_class("-detail")
        if focus:
            self.set_focus(self.detail.view)

    def turn_to_list(self) -> None:
        """Go back to the list, from the detail or the filter line."""
        self.remove_class("-detail")
        self.set_focus(self.list)

    @property
    def active(self) -> DeliveryList | DocumentView:
        """The view that the keys of movement go to."""
        return self.detail.view if self.focused is self.detail.view else self.list

    @property
    def detail_open(self) -> bool:
        """Whether one is in the detail."""
        return self.has_class("-detail")

    @property
    def situation(self) -> ActionSituation:
        """What decides which actions can run."""
        return ActionSituation(
            session=self.session,
            selected=self.list.selected,
            handshake=self.handshake is not None,
            rows=len(self.list.window),
            busy=self.job is not None,
            proof=self.detail.proof is not None,
            url_to_register=bool(self.detail.url_to_register),
        )

    @property
    def chosen(self) -> str:
        """The selected capture, as the front door names it."""
        selected = self.list.selected
        return str(selected.number) if selected is not None else ""

    def _status(self, width: int) -> Line:
        if self.job is not None:
            return render_progress(self.job, time.monotonic(), width)
        return render_status(self._place(), self.situation, width)

    def _place(self) -> ListPlace:
        cursor = self.list.cursor
        return ListPlace(
            row=0 if cursor is None else cursor + 1,
            rows=len(self.list.window),
            unseen=self.list.unseen,
            follow=self.list.follow,
            filter_text=self.filter_text,
        )

    # Acting

    def take_key(self, event: events.Key) -> bool:
        """Run the action of a key, unless one types a filter; False where the key means nothing here."""
        name = self._keys.get(event.key) or self._keys.get(event.character or "")
        if not name or isinstance(self.focused, Input) or not self.is_whole:
            return False
        self.run_action_named(name)
        return True

    def run_action_named(self, name: str) -> None:
        """Run an action, or say why it cannot run."""
        if reason := why_not(BY_NAME[name], self.situation):
            self.say(reason, "warning")
            return
        DEEDS[name](self)
        self.refresh_lines()

    def ask(self, request: Request) -> None:
        """Ask the engine; its answer comes as a message."""
        ask(self.engine, request, self.post_message)

    def on_answered(self, message: Answered) -> None:
        """Say what came of a request, and show what it changed."""
        if not self.is_whole:
            return
        told, level = tell(message.request, message.value, message.error)
        if told:
            self.say(told, level)
        if message.error is None:
            self._done(message.request, message.value)
        self.refresh_lines()

    def _done(self, request: Request, value: object) -> None:
        self.session = self.inbox.amend(lambda session: answered(session, request, value))
        match request:
            case Resume() if isinstance(value, int):
                offer_held(self, value)
            case Backlog():
                offer_backlog(self, cast(Sequence[str], value))
            case Held():
                hand_over(self, cast(Sequence[str], value))
            case SetSecret() | KeepSecret():
                self.read_secrets()
            case SwitchHandler():
                self.look_for_handler()
        self._show_empty()
        self.reread()

    # News

    def _look(self) -> None:
        now = time.monotonic()
        news = self.inbox.take() if self.is_whole and now >= self._next_look else None
        if news is not None:
            # A flood is looked at less often: what draws it is taken from those who forward.
            self._next_look = now + (FLOOD_EVERY_S if len(news.arrived) + len(news.changed) > FLOOD else 0.0)
            self._take(news)
        if self.job is not None:
            self.query_one("#status", Lines).refresh()

    def _take(self, news: News) -> None:
        self.session = news.session
        if self.filter_text:
            self._stale = self._stale or bool(news.arrived or news.changed)
        else:
            self.list.arrived(news.arrived)
        if news.changed:
            self.list.changed(news.changed)
        for told in news.told:
            self.say(*announce(told, self.keymap))
        if news.dropped:
            self.say(f"… and {news.dropped} more notices", "warning")
        for seen in news.handshakes:
            self._handshake(seen)
        if news.stopped is not None and not self.session.url:
            self.app.exit()
        self._show_empty()
        self._look_if_unsure()
        self.refresh_lines()

    def _handshake(self, seen: HandshakeSeen) -> None:
        """Show a provider's first token at once; anyone who knows the URL can send more, so those wait until they are asked for."""
        self.handshake = seen
        is_first = seen.provider not in self._shown_handshakes and seen.kept != "candidate"
        if is_first and self.is_current:
            self._shown_handshakes.add(seen.provider)
            keep_secret(self)
        else:
            self.say(
                f"{provider_name(seen.provider)} sent a verification token with #{seen.number}; K shows it", "warning"
            )

    def _tick(self) -> None:
        self.query_one("#header", Lines).refresh()

    # List and detail

    def on_delivery_list_selected(self, message: DeliveryList.Selected) -> None:
        self.detail.show(message.summary)
        self.refresh_lines()

    def on_detail_pane_shown(self, message: DetailPane.Shown) -> None:
        self.refresh_lines()

    def on_delivery_list_opened(self, message: DeliveryList.Opened) -> None:
        self.run_action_named("open")

    def reread(self) -> None:
        """Read what the list shows again, and rows that others added or deleted."""
        self._refilter(self.filter_text)

    def on_filter_line_entered(self, message: FilterLine.Entered) -> None:
        self.filter_text = message.text
        self.set_focus(self.list)
        self._refilter(message.text)

    def on_filter_line_closed(self, message: FilterLine.Closed) -> None:
        self.set_focus(self.list)

    def _refilter_if_stale(self) -> None:
        if self._stale:
            self._stale = False
            self._refilter(self.filter_text)

    @work(thread=True, exclusive=True, group="filter")
    def _refilter(self, text: str) -> None:
        try:
            window = Window(self.store, parse(text) if text else None)
        except Exception as error:
            # A filter that the database cannot run must not end the session.
            self.later(self.say, describe_error(error), "error")
            return
        self.later(self._filtered, text, window)

    def _filtered(self, text: str, window: Window) -> None:
        if text != self.filter_text:
            return
        self.list.show(window)
        self._show_empty()
        self.refresh_lines()

    def found_out(self) -> None:
        self._show_empty()
        self.refresh_lines()

    def _look_if_unsure(self) -> None:
        """Look for the handler while nothing says that it is there: before the first delivery, and once one found it gone."""
        if not (self.session.reachable and len(self.list.window)):
            self.look_for_handler()

    def _show_empty(self) -> None:
        is_empty = not len(self.list.window)
        self.set_class(is_empty, "-empty")
        if is_empty:
            self.query_one("#empty", DocumentView).show(self._empty(), keep_place=True)

    def _empty(self) -> Document:
        return empty_document(self.session, self.filter_text, self.secrets)

    # Width

    def on_resize(self, event: events.Resize) -> None:
        self._fit(event.size.width)

    def _fit(self, width: int) -> None:
        self.set_class(width < NARROW, "-narrow")

    # The mouse

    def on_lines_clicked(self, message: Lines.Clicked) -> None:
        name = ""
        if message.lines.id == "keys":
            name = action_at(self.situation, self.keymap, message.column, self.detail_open)
        elif message.lines.id == "header" and message.row == 0:
            name = "copy_url"
        if name:
            self.run_action_named(name)
