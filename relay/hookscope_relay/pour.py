"""Writes an answer to its sender while the handler writes it, and joins an upgraded connection to its stream.

Each part is written when the sender has taken those before it. Who breaks off, on either side, breaks the other off:
what is not whole never ends in order.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from aiohttp.base_protocol import BaseProtocol
from aiohttp.web_protocol import RequestHandler

from hookscope_relay.delivery import Headers
from hookscope_relay.exact_response import WRITE_BYTES, taken_in_time
from hookscope_relay.made_answers import Framing
from hookscope_relay.settings import Limits
from hookscope_relay.stream import Stream, StreamBroken

RESET_AT_ONCE = struct.pack("ii", 1, 0)


async def _at_once() -> None:
    """For an answer whose end waits for nothing."""


class Flowing(NamedTuple):
    """What follows a head: where it comes from, how its end is told, and within which limits.

    `whole` is awaited before the end of it is written, `left` is called where its sender does not get all of it.
    """

    stream: Stream
    framing: Framing
    limits: Limits
    whole: Callable[[], Awaitable[None]] = _at_once
    left: Callable[[], None] = lambda: None


class RawReader:
    """Passes on what the sender of an upgraded connection writes, for aiohttp's own way to have the bytes of such."""

    def __init__(self, protocol: RequestHandler, stream: Stream) -> None:
        self._protocol = protocol
        self._stream = stream
        self._is_paused = False
        stream.roomy = self._resume
        # Of a class with these two methods, which are all that is called.
        protocol.set_parser(self)  # type: ignore[arg-type]

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """From the socket."""
        self._stream.send(data)
        if not self._stream.has_room and not self._is_paused:
            self._is_paused = True
            self._protocol.pause_reading()
        return False, b""

    def feed_eof(self) -> None:
        """From the socket: the connection is lost, which ends its task too."""

    def _resume(self) -> None:
        if self._is_paused:
            self._is_paused = False
            self._protocol.resume_reading(resume_parser=False)


async def pour(protocol: BaseProtocol, head: bytes, flowing: Flowing) -> bool:
    """Write the head, and what follows; whether all of it was written. Where not, the connection is cut off."""
    stream, framing, limits, whole, left = flowing
    try:
        await _write(protocol, head)
        size = 0
        while (part := await _take(stream, limits)) is not None:
            size += len(part)
            if size > (limits.stream_bytes if framing.length is None else framing.length):
                raise StreamBroken("too-long")
            if size == framing.length:
                await whole()
            await _write(protocol, b"%x\r\n%b\r\n" % (len(part), part) if framing.is_chunked else part)
        if framing.length not in (None, size):
            raise StreamBroken("too-short")
        await whole()
        if framing.is_chunked:
            await _write(protocol, _last_chunk(stream.trailers))
    except (StreamBroken, TimeoutError, ConnectionError) as error:
        stream.leave(error.reason if isinstance(error, StreamBroken) else "sender-gone")
        left()
        if protocol.transport is not None:
            _cut(protocol.transport, told=framing.keeps_connection or framing.is_raw)
        return False
    except BaseException:
        stream.leave("sender-gone")
        left()
        raise
    return True


async def pour_whole(protocol: BaseProtocol, head: bytes, body: bytes) -> bool:
    """Write no more of an answer than the sender takes, and give up on one that takes nothing; whether all of it was
    written."""
    try:
        await _write(protocol, head)
        for start in range(0, len(body), WRITE_BYTES):
            await _write(protocol, body[start : start + WRITE_BYTES])
    except TimeoutError:
        if protocol.transport is not None:
            protocol.transport.abort()
        return False
    except ConnectionError:
        return False
    return True


def _cut(transport: asyncio.Transport, told: bool) -> None:
    """Hang up; with a reset where nothing but the end of the connection tells the end of the answer."""
    if not told:
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_ONCE)
    transport.abort()


async def _take(stream: Stream, limits: Limits) -> bytes | None:
    """The next part; `StreamBroken` where nothing moved for too long."""
    while True:
        left = stream.moved_at + limits.stream_idle_s - time.monotonic()
        try:
            async with asyncio.timeout(max(left, 0.0)):
                return await stream.take()
        except TimeoutError:
            if time.monotonic() >= stream.moved_at + limits.stream_idle_s:
                raise StreamBroken("idle") from None


async def _write(protocol: BaseProtocol, data: bytes) -> None:
    if protocol.transport is None or protocol.transport.is_closing():
        raise ConnectionResetError("the sender hung up")
    protocol.transport.write(data)
    if protocol.writing_paused:
        await taken_in_time(protocol._drain_helper())


def _last_chunk(trailers: Headers) -> bytes:
    lines = "".join([f"{name}: {value}\r\n" for name, value in trailers])
    return b"0\r\n%b\r\n" % lines.encode("latin-1")
