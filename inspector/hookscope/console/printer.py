"""Printing beside the event loop: an output that is slow, stopped (a pager, Ctrl-S),
full or gone never makes a sender wait.

Events go to the face on a thread of its own, in order, and as many at a time as there are: under a flood one hand-over
between threads, and one write, serve hundreds. When its output breaks, it falls silent and the session is ended in
order; what broke it is raised at the end.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import IO

from hookscope.model.events import Event, Listener, weight
from hookscope_relay.errors import CannotWrite, HookscopeError

PRINTED_WITHIN_S = 0.5
# Events of so many bytes may wait to be printed; beyond that the session waits for whoever reads them.
WAITING_BYTES = 48 * 1024 * 1024
# After a print the next one comes no sooner.
PAUSE_S = 0.02


class Printer:
    """A listener that has a face print, and `flush` what it printed.

    `error` is what broke the output, if something did; `broke` is then called once, on the printer's thread.
    """

    def __init__(self, face: Listener, flush: Callable[[], object] | None = None) -> None:
        self.broke: Callable[[], None] = _nothing
        self.error: Exception | None = None
        self._face = face
        self._flush = flush or _nothing
        self._events: SimpleQueue[Event | None] = SimpleQueue()
        # What came and what was printed: each is written by one thread only.
        self._came_bytes = 0
        self._printed_bytes = 0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._print, name="hookscope-printer", daemon=True)
        self._thread.start()

    def __call__(self, event: Event) -> None:
        while self._came_bytes - self._printed_bytes >= WAITING_BYTES and self.error is None:
            time.sleep(PAUSE_S)
        if self.error is None:
            self._came_bytes += weight(event)
            self._events.put(event)

    def close(self, within_s: float = PRINTED_WITHIN_S) -> bool:
        """Print what is left; False where that is not over in time, since nobody reads it."""
        self._events.put(None)
        self._closing.set()
        self._thread.join(within_s)
        return not self._thread.is_alive()

    def _print(self) -> None:
        is_over = False
        while not is_over:
            batch = [self._events.get(), *(self._events.get() for _ in range(self._events.qsize()))]
            is_over = batch[-1] is None
            if self.error is None:
                self._print_batch([event for event in batch if event is not None])
            self._closing.wait(PAUSE_S)

    def _print_batch(self, batch: list[Event]) -> None:
        try:
            for event in batch:
                self._face(event)
                self._printed_bytes += weight(event)
            self._flush()
        except Exception as error:
            self.error = error
            self.broke()


@contextlib.contextmanager
def printing(face: Listener, flush: Callable[[], object] | None = None) -> Iterator[Printer]:
    """A printer for the time of a session.

    At its end it raises what broke the output: `BrokenPipeError` where its reader went away, `CannotWrite` where it
    cannot be written. Ends the process itself where the output is stopped: nothing could be flushed at exit.
    """
    printer = Printer(face, flush)
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
