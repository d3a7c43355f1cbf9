"""The screen as actions see it: what they may ask of it, and nothing of how it is put together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, Protocol

from textual.app import App
from textual.widget import Widget

from hookscope.config.settings import Settings
from hookscope.model.events import HandshakeSeen
from hookscope.model.session_requests import Request
from hookscope.store.captures import CaptureStore
from hookscope.tui.actions.keymap import Keymap
from hookscope.tui.actions.table import ActionSituation
from hookscope.tui.engine.job import Job
from hookscope.tui.engine.ports import Engine, Reader
from hookscope.tui.engine.state import Session
from hookscope.tui.presentation.notices import Level
from hookscope.tui.widgets.delivery_list import DeliveryList
from hookscope.tui.widgets.detail_pane import DetailPane
from hookscope.tui.widgets.document_view import DocumentView
from hookscope.tui.widgets.filter_line import FilterLine

P = ParamSpec("P")


class ActionScreen(Protocol):
    """What an action works on."""

    engine: Engine
    store: Reader
    settings: Settings
    session: Session
    keymap: Keymap
    job: Job | None
    handshake: HandshakeSeen | None
    filter_text: str
    last_handler: str
    last_directory: str

    @property
    def app(self) -> App[Any]:  # Any: whatever an application returns
        """The application, for its other screens and its clipboard."""
        ...

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
    def situation(self) -> ActionSituation: ...

    @property
    def chosen(self) -> str: ...

    @property
    def focused(self) -> Widget | None: ...

    @property
    def writable_store(self) -> CaptureStore: ...

    def providers(self) -> tuple[str, ...]: ...

    def ask(self, request: Request) -> None: ...

    def say(self, text: str, level: Level = "information", seconds: float = 0.0) -> None: ...

    def work_on(self, job: Job, work: Callable[[], None], quiet: bool = False) -> None: ...

    def later(self, call: Callable[P, object], *args: P.args, **named: P.kwargs) -> None: ...

    def reread(self) -> None: ...

    def turn_to_detail(self, focus: bool = False) -> None: ...

    def turn_to_list(self) -> None: ...

    def offer_values(self) -> object: ...
