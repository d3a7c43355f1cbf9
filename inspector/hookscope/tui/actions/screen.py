"""The screen as actions see it: what they may ask of it, and nothing of how it is put together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from textual.app import App
from textual.widget import Widget

from hookscope.config.settings import Settings
from hookscope.model.events import HandshakeSeen
from hookscope.model.session_requests import SessionRequest
from hookscope.tui.engine.background import Background
from hookscope.tui.engine.inbox import Inbox
from hookscope.tui.engine.job import Job
from hookscope.tui.engine.list_filter import ListFilter
from hookscope.tui.engine.ports import Engine, Reader
from hookscope.tui.engine.state import Session
from hookscope.tui.engine.surroundings import Surroundings
from hookscope.tui.keys.action import ActionSituation
from hookscope.tui.keys.keyboard import Keyboard
from hookscope.tui.presentation.notices import Level
from hookscope.tui.widgets.delivery_list import DeliveryList
from hookscope.tui.widgets.detail_pane import DetailPane
from hookscope.tui.widgets.document_view import DocumentView
from hookscope.tui.widgets.filter_line import FilterLine


class ActionScreen(Protocol):
    """What an action works on."""

    engine: Engine
    store: Reader
    inbox: Inbox
    settings: Settings
    keyboard: Keyboard
    background: Background
    surroundings: Surroundings
    list_filter: ListFilter
    handshake: HandshakeSeen | None
    shown_handshakes: set[str]
    last_handler: str
    last_directory: str

    @property
    def app(self) -> App[Any]:  # Any: whatever an application returns
        """The application, for its other screens and its clipboard."""
        ...

    @property
    def session(self) -> Session: ...

    @property
    def list(self) -> DeliveryList: ...

    @property
    def detail(self) -> DetailPane: ...

    @property
    def active(self) -> DeliveryList | DocumentView: ...

    @property
    def filter_line(self) -> FilterLine: ...

    @property
    def detail_open(self) -> bool: ...

    @property
    def wide(self) -> bool: ...

    @property
    def situation(self) -> ActionSituation: ...

    @property
    def chosen(self) -> str: ...

    @property
    def focused(self) -> Widget | None: ...

    @property
    def is_current(self) -> bool: ...

    def ask(self, request: SessionRequest[object]) -> None: ...

    def say(self, text: str, level: Level = "information", seconds: float = 0.0) -> None: ...

    def work_on(self, job: Job, work: Callable[[], None], quiet: bool = False) -> None: ...

    def turn_to_detail(self, focus: bool = False) -> None: ...

    def turn_to_list(self) -> None: ...

    def widen(self) -> None: ...
