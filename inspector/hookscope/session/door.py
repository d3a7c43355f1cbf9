"""Lets other processes of the same user in: they hear every event of a session, and ask what a screen asks.

They come in by a local socket, which lies in a folder that is nobody else's, and whoever connects proves that it knows
the key before anything is read from it. What is said is pickled, since both ends run the same code.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from hookscope.config.settings import Settings
from hookscope.model.errors import OurBug
from hookscope.model.events import ConnectionChanged, Event, HandshakeSeen, HeldChanged, Noticed, Ready
from hookscope.session.sweep import DOOR, PREFIX, sweep
from hookscope_relay.errors import HookscopeError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection, Listener

# So many events may wait for a guest that does not read them; then it is let go of.
MOST_WAITING = 50_000
ENDED_WITHIN_S = 1.0
# What a guest is told last.
END = "end"
# What a guest asks to know whether anybody is there.
KNOCK = "knock"


class Door:
    """Takes guests in from `open` to `close`. It is a listener of the session's events, too; `submit` asks the session.

    The first thing that a guest hears are the settings that the session was begun with.
    """

    def __init__(self, submit: Callable[[Any], Future[Any]], settings: Settings) -> None:
        self._submit = submit
        # The process's own environment cannot be handed over.
        self._settings = Settings(
            values=settings.values,
            environ=dict(settings.environ),
            project=settings.project,
            user=settings.user,
            sources=settings.sources,
            notes=settings.notes,
        )
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._guests: set[_Guest] = set()
        self._standing: dict[str, Event] = {}
        self._turn = threading.Lock()  # of those who open and close
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._listener: Listener | None = None
        self._is_closed = False

    def open(self) -> str:
        """Take guests in from now on; the address that they must be given, empty where `close` came first."""
        # It takes longer to load than all the rest of a session, and can wait until that is open.
        from multiprocessing.connection import Listener

        with self._turn:
            if self._is_closed:
                return ""
            if os.name == "nt":
                listener = Listener(None, "AF_PIPE", authkey=self._key)
            else:
                self._folder = tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True)
                address = os.path.join(self._folder.name, DOOR)  # noqa: PTH118 - wants text
                listener = Listener(address, "AF_UNIX", authkey=self._key)
            self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), name="hookscope-door", daemon=True).start()
        if os.name != "nt":
            threading.Thread(target=sweep, name="hookscope-sweep", daemon=True).start()
        return f"{self._key.hex()} {listener.address}"

    def close(self) -> None:
        """Let go of every guest, and take in none any more."""
        with self._turn:
            self._is_closed = True
            self._close()

    def __call__(self, event: Event) -> None:
        with self._lock:
            if what := _stands_for(event):
                self._standing.pop(what, None)  # the latest is told last, as it was
                self._standing[what] = event
            for guest in self._guests:
                guest.tell(("event", event))

    def _close(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()
        with self._lock:
            guests = tuple(self._guests)
        for guest in guests:
            guest.end()
        for guest in guests:
            guest.over.wait(ENDED_WITHIN_S)
        if self._folder is not None:
            self._folder.cleanup()

    def _accept(self, listener: Listener) -> None:
        from multiprocessing import AuthenticationError

        while self._listener is not None:
            try:
                connection = listener.accept()
            except (AuthenticationError, EOFError, OSError):
                continue  # a stranger, or one that left at once; after `close` the loop ends
            guest = _Guest(connection)
            guest.tell(("settings", self._settings))
            with self._lock:
                # What stood when it came, and from then on everything: nothing in between is missed or told twice.
                for event in self._standing.values():
                    guest.tell(("event", event))
                self._guests.add(guest)
            threading.Thread(target=self._serve, args=(guest,), name="hookscope-guest", daemon=True).start()

    def _serve(self, guest: _Guest) -> None:
        try:
            while (asked := guest.connection.recv()) is not None:
                number, request = asked
                if request == KNOCK:
                    guest.tell(("answer", number, None))
                    continue
                self._submit(request).add_done_callback(partial(_tell_answer, guest, number))
        except (EOFError, OSError):
            pass  # it was closed
        finally:
            with self._lock:
                self._guests.discard(guest)
            guest.leave()


def _stands_for(event: Event) -> str:
    """What holds until the next event says otherwise; empty for what happened and is over."""
    match event:
        case Ready() | ConnectionChanged() | HeldChanged():
            return event.type
        case HandshakeSeen():
            return f"handshake {event.provider}"
        case Noticed():
            return event.about
    return ""


def _tell_answer(guest: _Guest, number: int, future: Future[Any]) -> None:
    guest.tell(_answer(number, future))


def _answer(number: int, future: Future[Any]) -> tuple[str, int, Any]:
    error = future.exception()
    if error is None:
        return "answer", number, future.result()
    if not isinstance(error, HookscopeError):
        error = OurBug(f"a bug of ours: {type(error).__name__}: {error}", "report it")
    return "error", number, error


class _Guest:
    """A connection with a writer of its own: a guest that is slow to read keeps nobody waiting.

    Whoever waits for a message at an end cannot be woken by closing that end. So each end is asked to go: the guest by
    END, and this one by None; then it closes.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.over = threading.Event()
        self._messages: SimpleQueue[Any] = SimpleQueue()
        self._ends = False
        threading.Thread(target=self._write, name="hookscope-guest-writer", daemon=True).start()

    def tell(self, message: Any) -> None:
        if self._messages.qsize() < MOST_WAITING:
            self._messages.put(message)
        else:
            self.end()

    def end(self) -> None:
        """Have the guest go, whatever it was not told yet."""
        self._ends = True
        self._messages.put(END)

    def leave(self) -> None:
        """The guest is gone."""
        with contextlib.suppress(OSError):
            self.connection.close()
        self._messages.put(END)
        self.over.set()

    def _write(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while (message := self._messages.get()) is not END and not self._ends:
                self.connection.send(message)
            self.connection.send(END)
