"""A guest's side of a session's door: an engine that is another process's."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from concurrent.futures import Future
from multiprocessing.connection import Client, Connection
from typing import Any, TypeVar

from hookscope.config.settings import Settings
from hookscope.model.events import Listener, Stopped
from hookscope.model.session_requests import SessionRequest
from hookscope.session.door import END, KNOCK
from hookscope_relay.errors import InputError

A = TypeVar("A")


class Attachment:
    """The session behind the address that `Door.open` gave; `settings` are what it was begun with.

    It is an engine for a screen: `stop` lets go of the session and does not end it. `OSError` and its like where there
    is no such session any more.
    """

    def __init__(self, address: str) -> None:
        key, _, place = address.partition(" ")
        self._connection: Connection = Client(place, authkey=bytes.fromhex(key))
        self.settings: Settings
        _, self.settings = self._connection.recv()
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._asked: dict[int, Future[Any]] = {}
        self._over = False

    def start(self, listener: Listener) -> None:
        """Hear what stands and what happens; `listener` is called on a thread of its own."""
        threading.Thread(target=self._read, args=(listener,), name="hookscope-attached", daemon=True).start()

    def submit(self, request: SessionRequest[A]) -> Future[A]:
        """Ask the session for something; the future holds its answer or a `HookscopeError`."""
        return self._ask(request)

    def knock(self) -> Future[None]:
        """Ask whether the session's process runs: one that is stopped (Ctrl-Z) answers when it goes on."""
        return self._ask(KNOCK)

    def _ask(self, request: SessionRequest[A] | str) -> Future[A]:
        future: Future[A] = Future()
        with self._lock:
            if not self._over:
                number = next(self._numbers)
                self._asked[number] = future
                with contextlib.suppress(OSError):  # its end is told by the reader
                    self._connection.send((number, request))
                return future
        future.set_exception(_ended())
        return future

    def stop(self) -> None:
        """Let go of the session."""
        with contextlib.suppress(OSError):
            self._connection.send(None)

    def _read(self, listener: Listener) -> None:
        try:
            while (message := self._connection.recv()) != END:
                match message:
                    case ("event", event):
                        listener(event)
                    case ("answer", number, value):
                        self._take(number).set_result(value)
                    case ("error", number, error):
                        self._take(number).set_exception(error)
        except (EOFError, OSError):
            pass  # its process is gone
        finally:
            self._connection.close()
            with self._lock:
                self._over = True
                left, self._asked = self._asked, {}
            for future in left.values():
                future.set_exception(_ended())
            listener(Stopped(at=time.time(), captured=0, exit_code=0))

    def _take(self, number: int) -> Future[Any]:
        with self._lock:
            return self._asked.pop(number)


def _ended() -> InputError:
    return InputError("the session has ended", "start it again")
