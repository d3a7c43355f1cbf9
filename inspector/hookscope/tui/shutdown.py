"""Leaving without a key: at SIGTERM and SIGHUP, and when the terminal is gone without a word.

Textual goes on drawing for a terminal that was closed, and its loop then waits for ever for a writer that has ended. So
somebody else has to look.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType

EVERY_S = 1.0
AGAIN_S = 0.05
SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextlib.contextmanager
def leaving(leave: Callable[[], object], abandon: Callable[[], object], every_s: float = EVERY_S) -> Iterator[None]:
    """Call `leave`, from a thread of its own, when a signal asks to end; where the terminal is gone, `abandon`,
    and end the process.

    A `leave` that raises RuntimeError, since it is too early for it, is called again.

    Must be entered in the main thread; the handlers before are back at the end.
    """
    asked, over = threading.Event(), threading.Event()

    def ask(number: int, frame: FrameType | None) -> None:
        asked.set()

    def watch() -> None:
        while not over.is_set():
            was_asked = asked.wait(every_s)
            asked.clear()
            if over.is_set():
                return
            if not is_there():
                abandon()
                os._exit(0)
            if was_asked:
                try:
                    leave()
                except RuntimeError:  # there is nothing to leave yet, or no more
                    over.wait(AGAIN_S)
                    asked.set()

    before = {number: signal.signal(number, ask) for number in SIGNALS}
    watcher = threading.Thread(target=watch, name="hookscope-leaving", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        asked.set()
        for number, handler in before.items():
            signal.signal(number, handler)


def is_there() -> bool:
    """Whether the terminal that keys come from still is one; a terminal that was closed says that it is none."""
    try:
        return sys.__stdin__ is not None and os.isatty(sys.__stdin__.fileno())
    except (OSError, ValueError):
        return False
