"""The main screen: header, list, detail, filter line and footer; below 100 columns the detail lies over the list."""

from __future__ import annotations

import time
from dataclasses import replace

from textual import events, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import Input

from hookscope.events import HandshakeSeen
from hookscope.filters.language import parse
from hookscope.front_door import Pause, Request, Resume
from hookscope.safe_text import safe_text
from hookscope.tui.actions import BY_NAME, Situation, why_not
from hookscope.tui.asking import Answered, ask
from hookscope.tui.deeds import DEEDS
from hookscope.tui.engine import Engine, Reader
from hookscope.tui.inbox import Inbox, News
from hookscope.tui.keys import Keymap, key_table
from hookscope.tui.presentation.empty import empty_document
from hookscope.tui.presentation.footer import Place, action_at, render_keys, render_status
from hookscope.tui.presentation.handshake import provider_name
from hookscope.tui.presentation.header import render_header
from hookscope.tui.presentation.news import Level, announce, describe_error, tell
from hookscope.tui.reachability import is_reachable
from hookscope.tui.screens.arrangement import ARRANGEMENT
from hookscope.tui.state import Session
from hookscope.tui.widgets.delivery_list import DeliveryList
from hookscope.tui.widgets.detail_pane import DetailPane
from hookscope.tui.widgets.document_view import DocumentView
from hookscope.tui.widgets.filter_line import FilterLine
from hookscope.tui.widgets.lines import Lines
from hookscope.tui.window import Window

NARROW = 100
LOOKS_A_SECOND = 20
PROBE_EVERY_S = 5.0
REFILTER_S = 0.5


class DeliveriesScreen(Screen[None]):
    """Listens to the session's news and calls the front door; all that it shows of captures comes from the store."""

    DEFAULT_CSS = ARRANGEMENT

    def __init__(self, engine: Engine, store: Reader, inbox: Inbox, keymap: Keymap, follow: bool = False) -> None:
        super().__init__()
        self.engine = engine
        self.store = store
        self.keymap = keymap
        self.session = Session()
        self.handshake: HandshakeSeen | None = None
        self.filter_text = ""
        self._inbox = inbox
        self._keys = key_table(keymap)
        self._follow = follow
        self._stale = False
        self._shown_handshakes: set[str] = set()

    def compose(self) -> ComposeResult:
        yield Lines(lambda width: render_header(self.session, time.time(), width), height=2, id="header")
        with Horizontal(id="body"):
            yield DeliveryList(Window(self.store), id="list")
            yield DetailPane(self.store, id="detail")
        yield DocumentView(id="empty")
        yield FilterLine(id="filter")
        yield Lines(lambda width: [render_status(self._place(), self.situation, width)], id="status")
        yield Lines(lambda width: [render_keys(self.situation, self.keymap, width, self.detail_open)], id="keys")

    def on_mount(self) -> None:
        self.list.follow = self._follow
        self._fit(self.app.size.width)
        self.list.to_end()
        self.list.focus()
        self._show_empty()
        self.set_interval(1 / LOOKS_A_SECOND, self._look)
        self.set_interval(1.0, self._tick)
        self.set_interval(REFILTER_S, self._refilter_if_stale)
        self.set_interval(PROBE_EVERY_S, self._probe_if_unsure)

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
    def active(self) -> DeliveryList | DocumentView:
        """The view that the keys of movement go to."""
        return self.detail.view if self.focused is self.detail.view else self.list

    @property
    def detail_open(self) -> bool:
        """Whether one is in the detail."""
        return self.has_class("-detail")

    @property
    def situation(self) -> Situation:
        """What decides which actions can run."""
        return Situation(self.session, self.list.selected, self.handshake is not None)

    def _place(self) -> Place:
        cursor = self.list.cursor
        return Place(
            row=0 if cursor is None else cursor + 1,
            rows=len(self.list.window),
            unseen=self.list.unseen,
            follow=self.list.follow,
            filter_text=self.filter_text,
        )

    # Acting

    def on_key(self, event: events.Key) -> None:
        """Run the action of a key, unless one types a filter."""
        if isinstance(self.focused, Input):
            return
        name = self._keys.get(event.key) or self._keys.get(event.character or "")
        if name:
            event.stop()
            event.prevent_default()
            self.run_action_named(name)

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
        told, level = tell(message.request, message.value, message.error)
        if message.error is None and isinstance(message.request, Pause | Resume):
            self.session = replace(self.session, paused=isinstance(message.request, Pause))
        if told:
            self.say(told, level)
        if message.error is None:
            self.reread()
        self.refresh_lines()

    def say(self, text: str, level: Level = "information") -> None:
        """Tell the user something for a few seconds."""
        self.notify(safe_text(text), severity=level, markup=False)

    # News

    def _look(self) -> None:
        news = self._inbox.take()
        if news is not None:
            self._take(news)

    def _take(self, news: News) -> None:
        self.session = replace(news.session, reachable=_known(news.session, self.session), paused=self.session.paused)
        if self.filter_text:
            self._stale = self._stale or bool(news.arrived or news.changed)
        else:
            self.list.arrived(news.arrived)
        if news.changed:
            self.list.changed(news.changed)
        for told in news.told:
            self.say(*announce(told))
        if news.dropped:
            self.say(f"… and {news.dropped} more notices", "warning")
        for seen in news.handshakes:
            self._handshake(seen)
        if news.stopped is not None and not self.session.url:
            self.app.exit()
        self._show_empty()
        self._probe_if_unsure()
        self.refresh_lines()

    def _handshake(self, seen: HandshakeSeen) -> None:
        """Show a provider's first token at once; anyone who knows the URL can send more, so those wait until they are asked for."""
        self.handshake = seen
        is_first = seen.provider not in self._shown_handshakes and seen.kept != "candidate"
        if is_first and self.is_current:
            self._shown_handshakes.add(seen.provider)
            DEEDS["keep_secret"](self)
        else:
            self.say(
                f"{provider_name(seen.provider)} sent a verification token with #{seen.number}; K shows it", "warning"
            )

    def _tick(self) -> None:
        self.query_one("#header", Lines).refresh()

    def refresh_lines(self) -> None:
        """Draw the lines anew that depend on where one is."""
        for lines in self.query(Lines):
            lines.refresh()

    # List and detail

    def on_delivery_list_selected(self, message: DeliveryList.Selected) -> None:
        self.detail.show(message.summary)
        self.refresh_lines()

    def on_delivery_list_opened(self, message: DeliveryList.Opened) -> None:
        self.run_action_named("open")

    def reread(self) -> None:
        """Read what the list shows again, and rows that others added or deleted."""
        self._refilter(self.filter_text)

    def on_filter_line_entered(self, message: FilterLine.Entered) -> None:
        self.filter_text = message.text
        self.list.focus()
        self._refilter(message.text)

    def on_filter_line_closed(self, message: FilterLine.Closed) -> None:
        self.list.focus()

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
            self.app.call_from_thread(self.say, describe_error(error), "error")
            return
        self.app.call_from_thread(self._filtered, text, window)

    def _filtered(self, text: str, window: Window) -> None:
        if text != self.filter_text:
            return
        self.list.show(window)
        self._show_empty()
        self.refresh_lines()

    def _show_empty(self) -> None:
        is_empty = not len(self.list.window)
        self.set_class(is_empty, "-empty")
        if is_empty:
            self.query_one("#empty", DocumentView).show(empty_document(self.session, self.filter_text), keep_place=True)

    # Width

    def on_resize(self, event: events.Resize) -> None:
        self._fit(event.size.width)

    def _fit(self, width: int) -> None:
        self.set_class(width < NARROW, "-narrow")

    # The handler

    def _probe_if_unsure(self) -> None:
        """Ask whether the handler listens while nothing says so: before the first delivery, and once one found it gone."""
        if self.session.handler and not (self.session.reachable and len(self.list.window)):
            self._probe(self.session.handler)

    @work(thread=True, exclusive=True, group="probe")
    def _probe(self, handler: str) -> None:
        self.app.call_from_thread(self._probed, is_reachable(handler))

    def _probed(self, reachable: bool | None) -> None:
        if reachable != self.session.reachable:
            self.session = replace(self.session, reachable=reachable)
            self._show_empty()
            self.refresh_lines()

    # The mouse

    def on_lines_clicked(self, message: Lines.Clicked) -> None:
        name = ""
        if message.lines.id == "keys":
            name = action_at(self.situation, self.keymap, message.column, self.detail_open)
        elif message.lines.id == "header" and message.row == 0:
            name = "copy_url"
        if name:
            self.run_action_named(name)


def _known(new: Session, old: Session) -> bool | None:
    return old.reachable if new.reachable is None else new.reachable
