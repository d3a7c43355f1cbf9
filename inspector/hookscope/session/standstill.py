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


class Standstill:
    """Notices pauses; `clock` gives Unix seconds, which go on while a machine sleeps."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._seen = clock()
        self._ended_at = float("-inf")
        self._on_its_way: float | None = None

    async def watch(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    def look(self) -> float:
        """Note that this process runs, and whether it stood still before; the time."""
        now = self._clock()
        if now - self._seen > STILL_S:
            self._ended_at = now
        self._seen = now
        return now

    def is_too_late(self, received_at: float, left_s: float) -> bool:
        """Whether a delivery lay here, unread, for longer than its sender waited."""
        now = self.look()
        on_its_way = now - received_at
        if now - self._ended_at > AFTERMATH_S:
            self._on_its_way = on_its_way if self._on_its_way is None else min(on_its_way, self._on_its_way)
            return False
        return on_its_way - (self._on_its_way or 0.0) > left_s
