"""How much a session has in hand, from the relay and on its way to the handler, and the end of that with the session.

A relay that hands over more than its bound waits.
"""

from __future__ import annotations

import asyncio

from hookscope.forward.forwarder import Forwarder
from hookscope.session.limit import within
from hookscope.tunnel.frames import MAX_UNFINISHED_BYTES

BYTES_AT_ONCE = MAX_UNFINISHED_BYTES
AT_ONCE = 1024


class InHand:
    """Counts what was taken and is not done with, in deliveries and bytes; what was `forwarded` is waited for at the
    end. Used from one event loop."""

    def __init__(self) -> None:
        self.count = 0
        self.bytes = 0
        self._less = asyncio.Event()
        self._under_way = 0
        self._forwarders: set[Forwarder] = set()
        self._nothing = asyncio.Event()

    def take(self, size: int) -> None:
        """Count one more, of so many bytes."""
        self.count += 1
        self.bytes += size

    def done(self, size: int) -> None:
        """Count one less, of so many bytes."""
        self.count -= 1
        self.bytes -= size
        self._less.set()

    def forward(self, forwarder: Forwarder, size: int) -> None:
        """Count one more, of so many bytes, that this forwarder is about to begin."""
        self._under_way += 1
        self._forwarders.add(forwarder)
        self.take(size)

    def forwarded(self, size: int) -> None:
        """Count one less of those that a forwarder began."""
        self._under_way -= 1
        self.done(size)
        if not self._under_way:
            self._nothing.set()

    @property
    def has_room(self) -> bool:
        """Whether there is room for more; one of any size finds it where nothing is in hand."""
        return not self.count or (self.count < AT_ONCE and self.bytes <= BYTES_AT_ONCE)

    async def room(self) -> None:
        """Wait until there is room."""
        while not self.has_room:
            self._less.clear()
            await self._less.wait()

    async def finish(self) -> None:
        """Wait a moment for what is with forwarders, then break it off."""
        if self._under_way:
            self._nothing.clear()
            await within(self._nothing.wait())
        if self._under_way:
            for forwarder in self._forwarders:
                forwarder.stop()
            await within(self._nothing.wait())
