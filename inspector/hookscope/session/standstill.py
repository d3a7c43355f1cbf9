"""Whether this process stood still (Ctrl-Z, a debugger, a machine that slept), and which deliveries came meanwhile.

What lay in the socket looks as if it had come just now: the relay says how long a sender waits as of when it sent the
frame. So after a pause the time that a delivery was on its way, by the relay's clock and ours, is held against what
that is otherwise, in which both clocks' difference is contained.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

LOOK_EVERY_S = 0.25
# A loop that turns is later than this for no other reason.
STILL_S = 1.5
# So long after a pause there may be something to read from before its end.
AFTERMATH_S = 3.0


def running_clock() -> float:
    """Seconds that go on while a process is stopped or its machine sleeps, and that nobody sets."""
    boot_time = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot_time is None else time.clock_gettime(boot_time)


class Standstill:
    """Notices pauses by `running`; `clock` gives Unix seconds, as the relay's times are."""

    def __init__(self, running: Callable[[], float] = running_clock, clock: Callable[[], float] = time.time) -> None:
        self._running = running
        self._clock = clock
        self._seen = running()
        self._ended_at = float("-inf")
        self._on_its_way = 0.0

    async def watch(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    def look(self) -> float:
        """Note that this process runs, and whether it stood still before; how long ago a pause ended."""
        now = self._running()
        if now - self._seen > STILL_S:
            self._ended_at = now
        self._seen = now
        return now - self._ended_at

    def is_too_late(self, received_at: float, left_s: float) -> bool:
        """Whether a delivery lay here, unread, for longer than its sender waited."""
        on_its_way = self._clock() - received_at
        if self.look() > AFTERMATH_S:
            self._on_its_way = on_its_way
            return False
        return on_its_way - self._on_its_way > left_s
