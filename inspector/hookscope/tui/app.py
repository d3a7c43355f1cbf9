"""The screen as an application: themes, the terminal guard, the palette, and the engine's life."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from functools import partial
from typing import ClassVar

from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.filter import LineFilter
from textual.screen import Screen

from hookscope.config.settings import Settings
from hookscope.tui.actions.table import ACTIONS
from hookscope.tui.canvas.colours import DARK, THEMES
from hookscope.tui.canvas.terminal_guard import TerminalGuard
from hookscope.tui.dialogs.editor import EditorScreen
from hookscope.tui.engine.inbox import Inbox
from hookscope.tui.engine.ports import Engine, Reader
from hookscope.tui.keys.keyboard import Keyboard, read_keyboard
from hookscope.tui.memory import settle_memory
from hookscope.tui.screens.deliveries import DeliveriesScreen
from hookscope.tui.shutdown import leaving
from hookscope_relay.errors import InputError

# By then the engine has loaded what it needs.
SETTLED_AFTER_S = 3.0

USUAL_KEYS = Keyboard(ACTIONS)
NO_SETTINGS = Settings(values={}, environ=os.environ, project={}, user={})


class HookscopeApp(App[int]):
    """Owns the main thread. The engine runs beside it, and its events come in by one queue."""

    TITLE = "hookscope"
    ENABLE_COMMAND_PALETTE = True
    # What is told for a moment must not lie over the two lines at the bottom.
    CSS = "ToastRack { margin-bottom: 2; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "copy_or_leave", "Quit", show=False, priority=True),
        Binding("ctrl+q", "leave", "Quit", show=False, priority=True),
    ]

    def __init__(
        self,
        engine: Engine,
        store: Reader,
        keyboard: Keyboard = USUAL_KEYS,
        theme: str = DARK.name,
        settings: Settings = NO_SETTINGS,
        kept_in: str = "",
    ) -> None:
        super().__init__()
        self.engine = engine
        self.inbox = Inbox()
        self._guard = TerminalGuard()
        self._store = store
        self._keyboard = keyboard
        self._settings = settings
        self._kept_in = kept_in
        for known in THEMES:
            self.register_theme(known)
        self.theme = theme

    def get_default_screen(self) -> Screen[None]:
        return DeliveriesScreen(self.engine, self._store, self.inbox, self._keyboard, self._settings, self._kept_in)

    @property
    def main(self) -> DeliveriesScreen:
        """The main screen, whatever lies over it."""
        screen = self.screen_stack[0]
        assert isinstance(screen, DeliveriesScreen)
        return screen

    def on_mount(self) -> None:
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self.engine.start(self.inbox.put)
        if not self.is_headless:
            settle_memory()
            self.set_timer(SETTLED_AFTER_S, settle_memory)

    async def on_event(self, event: events.Event) -> None:
        """Act on a key of the main screen before the next is looked at:
        what is typed ahead goes to what the first one opens."""
        if isinstance(event, events.Key) and self.screen is self.screen_stack[0] and self.main.take_key(event):
            return
        await super().on_event(event)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Ctrl+C copies in the editor and ends the screen elsewhere."""
        return not (action == "copy_or_leave" and isinstance(self.screen, EditorScreen))

    def action_copy_or_leave(self) -> None:
        """End the screen."""
        self.action_leave()

    def action_leave(self) -> None:
        """End the screen; the engine is stopped by whoever runs it."""
        self.exit(0)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """The library's filters, and the guard last."""
        return [*super().get_line_filters(), self._guard]

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette's entries: the table of actions."""
        main = self.main
        for action in self._keyboard.actions:
            if action.palette:
                keys = " ".join(self._keyboard.signs_of(action))
                told = f"{action.help} ({keys})" if keys else action.help
                yield SystemCommand(action.label, told, partial(main.run_action_named, action.name))


def chosen_theme(settings: Settings) -> str:
    """`dark` or `light`, as HOOKSCOPE_THEME or `theme` in a configuration file says; InputError for anything else."""
    found = settings.environ.get("HOOKSCOPE_THEME") or settings.project.get("theme") or settings.user.get("theme")
    if found not in (None, "dark", "light"):
        raise InputError(f"there is no theme {found!r}", "choose dark or light")
    return found or "dark"


def open_app(engine: Engine, store: Reader, *, settings: Settings, kept_in: str = "") -> HookscopeApp:
    """The application as the settings want it; see `run_screen`."""
    keyboard = read_keyboard(ACTIONS, {**settings.user.get("keys", {}), **settings.project.get("keys", {})})
    return HookscopeApp(engine, store, keyboard, f"hookscope-{chosen_theme(settings)}", settings, kept_in)


def run_screen(engine: Engine, store: Reader, *, settings: Settings, kept_in: str = "") -> int:
    """Show the session until the user quits; the exit code. The caller stops the engine and reports its error.

    `kept_in` is where captures stay, in words; empty where they do not.
    """
    app = open_app(engine, store, settings=settings, kept_in=kept_in)
    with leaving(partial(app.call_from_thread, app.exit, 0), engine.stop):
        app.run()
    return app.return_code or 0
