"""The engine's side of the tabs: they come in by a local socket, hear every event, and ask what a screen asks.

Both ends are processes of one user: the socket lies in a folder that is nobody else's, and whoever connects proves that
it knows the key before anything is read from it. What is said is pickled, since both run the same code.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, Listener
from queue import SimpleQueue
from typing import Any

from hookscope.config.settings import Settings
from hookscope.model.errors import OurBug
from hookscope.model.events import ConnectionChanged, Event, HandshakeSeen, Noticed, Ready
from hookscope.tui.engine.ports import Engine
from hookscope_relay.errors import HookscopeError

# So many events may wait for a tab that does not read them; then it is let go of, and the browser offers to start anew.
MOST_WAITING = 50_000
ENDED_WITHIN_S = 1.0
# What a tab is told last.
END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """What a tab needs to be a screen of this session."""

    settings: Settings
    captures: str
    kept_in: str


class EngineFront:
    """Takes in tabs from `open` to `close`. It is a listener of the engine's events, too."""

    def __init__(self, engine: Engine, welcome: Welcome) -> None:
        self._engine = engine
        self._welcome = welcome
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._tabs: set[_Tab] = set()
        self._standing: dict[str, Event] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="hookscope-web-", ignore_cleanup_errors=True)
        self._listener: Listener | None = None

    def open(self) -> str:
        """Take in tabs from now on; what a tab must be given to find in."""
        address = None if os.name == "nt" else os.path.join(self._folder.name, "engine")  # noqa: PTH118 - it wants text
        family = "AF_PIPE" if os.name == "nt" else "AF_UNIX"
        self._listener = Listener(address, family, authkey=self._key)
        threading.Thread(target=self._accept, args=(self._listener,), name="hookscope-tabs", daemon=True).start()
        return f"{self._key.hex()} {self._listener.address}"

    def close(self) -> None:
        """Let go of every tab, and take in none any more."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()
        with self._lock:
            tabs = tuple(self._tabs)
        for tab in tabs:
            tab.end()
        for tab in tabs:
            tab.over.wait(ENDED_WITHIN_S)
        self._folder.cleanup()

    def __call__(self, event: Event) -> None:
        with self._lock:
            if isinstance(event, Ready | ConnectionChanged):
                self._standing[event.type] = event
            elif isinstance(event, Noticed) and event.about:
                self._standing[event.about] = event
            elif isinstance(event, HandshakeSeen):
                self._standing[f"handshake {event.provider}"] = event
            for tab in self._tabs:
                tab.tell(("event", event))

    def _accept(self, listener: Listener) -> None:
        while self._listener is not None:
            try:
                connection = listener.accept()
            except (AuthenticationError, EOFError, OSError):
                continue  # a stranger, or one that left at once; after `close` the loop ends
            tab = _Tab(connection)
            tab.tell(("welcome", self._welcome))
            with self._lock:
                # What stood when it came, and from then on everything: nothing in between is missed or told twice.
                for event in self._standing.values():
                    tab.tell(("event", event))
                self._tabs.add(tab)
            threading.Thread(target=self._serve, args=(tab,), name="hookscope-tab", daemon=True).start()

    def _serve(self, tab: _Tab) -> None:
        try:
            while (asked := tab.connection.recv()) is not None:
                number, request = asked
                answered = self._engine.submit(request)
                answered.add_done_callback(partial(_tell_answer, tab, number))
        except (EOFError, OSError):
            pass  # the tab was closed
        finally:
            with self._lock:
                self._tabs.discard(tab)
            tab.leave()


def _tell_answer(tab: _Tab, number: int, future: Future[Any]) -> None:
    tab.tell(_answer(number, future))


def _answer(number: int, future: Future[Any]) -> tuple[str, int, Any]:
    error = future.exception()
    if error is None:
        return "answer", number, future.result()
    if not isinstance(error, HookscopeError):
        error = OurBug(f"a bug of ours: {type(error).__name__}: {error}", "report it")
    return "error", number, error


class _Tab:
    """A connection with a writer of its own: a tab that is slow to read keeps nobody waiting.

    Whoever waits for a message at an end cannot be woken by closing that end. So each end is asked to go: the tab by
    END, and this one by None; then it closes.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.over = threading.Event()
        self._messages: SimpleQueue[Any] = SimpleQueue()
        self._ends = False
        threading.Thread(target=self._write, name="hookscope-tab-writer", daemon=True).start()

    def tell(self, message: Any) -> None:
        if self._messages.qsize() < MOST_WAITING:
            self._messages.put(message)
        else:
            self.end()

    def end(self) -> None:
        """Have the tab go, whatever it was not told yet."""
        self._ends = True
        self._messages.put(END)

    def leave(self) -> None:
        """The tab is gone."""
        with contextlib.suppress(OSError):
            self.connection.close()
        self._messages.put(END)
        self.over.set()

    def _write(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while (message := self._messages.get()) is not END and not self._ends:
                self.connection.send(message)
            self.connection.send(END)
