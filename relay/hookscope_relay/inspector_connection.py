"""One session's connection at the relay: closed within a bounded time, and given up when its other end goes silent."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, field

from aiohttp import web

from hookscope_relay.wire import PING_INTERVAL_S, PONG_WITHIN_S

# A close that the other end does not take is not waited for.
CLOSE_WITHIN_S = 3.0


@dataclass(slots=True)
class Link:
    """A connection: when its other end was last heard (monotonic), and the code that we closed it with, 0 if we did not."""

    socket: web.WebSocketResponse
    heard: float = field(default_factory=time.monotonic)
    closed_with: int = 0

    async def close(self, code: int) -> None:
        """Close with the code, within a bounded time; the first code stands."""
        if not self.socket.closed:
            self.closed_with = self.closed_with or code
        with contextlib.suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(CLOSE_WITHIN_S):
                await self.socket.close(code=code)


async def watch(link: Link) -> None:
    """Ping the inspector, and return when it has been silent for too long, or does not even take a ping."""
    try:
        while (left := link.heard + PING_INTERVAL_S + PONG_WITHIN_S - time.monotonic()) >= 0:
            async with asyncio.timeout(PONG_WITHIN_S):
                await link.socket.ping()
            # Never asleep past the moment at which the silence has lasted too long.
            await asyncio.sleep(min(PING_INTERVAL_S, left + 0.01))
    except TimeoutError:
        return


async def hang_up(link: Link, request: web.BaseRequest, code: int) -> None:
    """Close if that has not happened yet, and drop a connection whose other end does not read any more."""
    if not link.socket.closed:
        await link.close(code)
    if request.transport is not None and request.transport.get_write_buffer_size():
        request.transport.abort()
