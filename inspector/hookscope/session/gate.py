"""Turns at one handler: so many at a time, so many a second, and none while it asks to wait."""

from __future__ import annotations

import asyncio

from hookscope.model.pace import Pace

# What waited is handed over so many at a time where the user set no bound, so that it does not bury the handler.
AT_ONCE = 8


class Gate:
    """Turns by a pace. Used from one event loop; `rest` closes it for a while, and behind that only one passes at a
    time until `recovered`."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self._loop = asyncio.get_running_loop()
        self._running = 0
        self._next = 0.0
        self.is_troubled = False
        """Whether the handler was down or asked to wait when it was last tried."""
        self._freed = asyncio.Event()

    def try_take(self) -> bool:
        """Take a turn where there is one now."""
        return self._take(self.pace.concurrency)

    async def take(self) -> None:
        """Wait for a turn, and take it."""
        while not self._take(self.pace.concurrency or AT_ONCE):
            self._freed.clear()
            left = self.wait_s()
            try:
                async with asyncio.timeout(left or None):
                    await self._freed.wait()
            except TimeoutError:
                pass

    def give_back(self) -> None:
        """A turn has ended."""
        self._running -= 1
        self._freed.set()

    def wait_s(self) -> float:
        """How long from now at least until a turn is free by the clock; 0 where that does not matter."""
        return max(0.0, self._next - self._loop.time())

    def rest(self, seconds: float) -> None:
        """Let nothing through for so long: the handler is down, or asks for it."""
        self._next = max(self._next, self._loop.time() + seconds)
        self.is_troubled = True

    def recovered(self) -> None:
        """The handler takes deliveries again."""
        self.is_troubled = False
        self._freed.set()

    def _take(self, most: int | None) -> bool:
        most = 1 if self.is_troubled else most
        now = self._loop.time()
        if now < self._next or (most is not None and self._running >= most):
            return False
        self._running += 1
        if self.pace.rate is not None:
            self._next = now + 1 / self.pace.rate
        return True
