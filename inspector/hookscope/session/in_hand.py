"""How much a session has in hand: from the relay and on its way to the handler.

A relay that hands over more than its bound waits.
"""

from __future__ import annotations

import asyncio

from hookscope.tunnel.frames import MAX_UNFINISHED_BYTES

BYTES_AT_ONCE = MAX_UNFINISHED_BYTES
AT_ONCE = 1024


class InHand:
    """Counts what was taken and is not done with, in deliveries and bytes. Used from one event loop."""

    def __init__(self) -> None:
        self.count = 0
        self.bytes = 0
        self._less = asyncio.Event()

    def take(self, size: int) -> None:
        """Count one more, of so many bytes."""
        self.count += 1
        self.bytes += size

    def done(self, size: int) -> None:
        """Count one less, of so many bytes."""
        self.count -= 1
        self.bytes -= size
        self._less.set()

    @property
    def has_room(self) -> bool:
        """Whether there is room for more; one of any size finds it where nothing is in hand."""
        return not self.count or (self.count < AT_ONCE and self.bytes <= BYTES_AT_ONCE)

    async def room(self) -> None:
        """Wait until there is room."""
        while not self.has_room:
            self._less.clear()
            await self._less.wait()
