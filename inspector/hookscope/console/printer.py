"""Printing beside the event loop: an output that is slow, stopped (a pager, Ctrl-S), full or gone never makes a sender wait.

Events go to the face on a thread of its own, in order. When its output breaks, it falls silent and the session is ended in order; what
broke it is raised at the end.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator
from queue import Queue
from typing import IO

from hookscope.model.events import Event, Listener
from hookscope_relay.errors import CannotWrite, HookscopeError

PRINTED_WITHIN_S = 0.5
# So many events may wait to be printed; beyond that the session waits for whoever reads them.
WAITING = 100_000


class Printer:
    """A listener that has a face print. `error` is what broke the output, if something did; `broke` is then called once, on the printer's thread."""

    def __init__(self, face: Listener) -> None:
        self.broke: Callable[[], None] = _nothing
        self.error: Exception | None = None
        self._face = face
        self._events: Queue[Event | None] = Queue(WAITING)
        self._thread = threading.Thread(target=self._print, name="hookscope-printer", daemon=True)
        self._thread.start()

    def __call__(self, event: Event) -> None:
        if self.error is None:
            self._events.put(event)

    def close(self, within_s: float = PRINTED_WITHIN_S) -> bool:
        """Print what is left; False where that is not over in time, since nobody reads it."""
        with contextlib.suppress(Exception):
            self._events.put(None, timeout=within_s)
        self._thread.join(within_s)
        return not self._thread.is_alive()

    def _print(self) -> None:
        while (event := self._events.get()) is not None:
            if self.error is not None:
                continue
            try:
                self._face(event)
            except Exception as error:
                self.error = error
                self.broke()


@contextlib.contextmanager
def printing(face: Listener) -> Iterator[Printer]:
    """A printer for the time of a session. At its end it raises what broke the output: `BrokenPipeError` where its reader went away,
    `CannotWrite` where it cannot be written. Ends the process itself where the output is stopped: nothing could be flushed at exit."""
    printer = Printer(face)
    exit_code = 0
    try:
        yield printer
    except HookscopeError as error:
        exit_code = error.exit_code
        raise
    finally:
        if not printer.close():
            os._exit(exit_code)
    if printer.error is not None:
        raise _translated(printer.error)


def _translated(error: Exception) -> Exception:
    if not isinstance(error, OSError) or isinstance(error, BrokenPipeError):
        return error
    # What could not be written is still in the buffer, and would be tried again at exit.
    _drop(sys.stdout)
    return CannotWrite(f"the output cannot be written ({error.strerror})", "make room, or send it elsewhere")


def _drop(stream: IO[str]) -> None:
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _nothing() -> None:
    """Nobody wants to know."""
