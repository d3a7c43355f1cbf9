"""What a signal, or another thread, asks of a running loop: to end in order."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable

SECOND_INTERRUPT = 130


def stop_on_signals(stop: Callable[[], None]) -> None:
    """Call `stop` at the first SIGINT or SIGTERM; a second one ends the process at once. Needs a running loop."""
    loop = asyncio.get_running_loop()
    asked: list[int] = []

    def on_signal() -> None:
        asked.append(1)
        if len(asked) > 1:
            os._exit(SECOND_INTERRUPT)
        stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, on_signal)
        except NotImplementedError:
            # Windows' loops know no signal handlers; the process-wide ones are called on the main thread.
            signal.signal(number, lambda *_: call_soon(loop, on_signal))


def call_soon(loop: asyncio.AbstractEventLoop, what: Callable[[], None]) -> None:
    """Have a loop call something, from any thread; nothing happens where the loop is closed."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(what)
