"""One session's connection at the relay: closed within a bounded time, and given up when its other end goes silent."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from aiohttp import web

from hookscope_relay.wire import PING_INTERVAL_S, PONG_WITHIN_S

# A close that the other end does not take is not waited for.
CLOSE_WITHIN_S = 3.0
# Messages are put together for one write where that copies less than this of each.
JOINED_BYTES = 64 * 1024
# A final frame of binary data.
BINARY = 0x82


@dataclass(slots=True)
class Link:
    """A connection: when its other end was last heard (monotonic), and the code that we closed it with,
    0 if we did not."""

    socket: web.WebSocketResponse
    heard: float = field(default_factory=time.monotonic)
    closed_with: int = 0

    async def send(self, messages: Sequence[bytes]) -> None:
        """Send binary messages, as many as there are with one write, and wait while the other end does not read."""
        writer = self.socket._writer
        if writer is None or self.socket.closed or writer.transport.is_closing():
            raise ConnectionResetError("the connection is closed")
        parts = [part for message in messages for part in (_frame_head(len(message)), message)]
        if max(map(len, messages)) < JOINED_BYTES:
            writer.transport.write(b"".join(parts))
        else:
            # The system takes them as they lie.
            writer.transport.writelines(parts)
        if writer.protocol.writing_paused:
            await writer.protocol._drain_helper()

    async def close(self, code: int) -> None:
        """Close with the code, within a bounded time; the first code stands."""
        if not self.socket.closed:
            self.closed_with = self.closed_with or code
        with contextlib.suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(CLOSE_WITHIN_S):
                await self.socket.close(code=code)


def _frame_head(length: int) -> bytes:
    """What stands before a whole binary message from a server (RFC 6455, 5.2)."""
    if length < 126:
        return bytes((BINARY, length))
    if length < 1 << 16:
        return bytes((BINARY, 126)) + length.to_bytes(2, "big")
    return bytes((BINARY, 127)) + length.to_bytes(8, "big")


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
