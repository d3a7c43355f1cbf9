"""Where a connection stands before its TLS handshake is over: it has a place as every other, and makes room as every
other that has sent no request.

The event loop's own TLS tells a protocol of a connection only behind the handshake, so that those which never begin
one, or never end it, would be counted by nobody.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import cast

from hookscope_relay.connections import Connections
from hookscope_relay.metrics import Metrics
from hookscope_relay.request_head import address_of


class TlsDoor(asyncio.Protocol):
    """Takes one connection, shakes hands within `within_s`, and then gives it to a protocol of `make`."""

    def __init__(
        self,
        place: Connections,
        metrics: Metrics,
        tls: ssl.SSLContext,
        within_s: float,
        make: Callable[[], asyncio.Protocol],
    ) -> None:
        self._place = place
        self._metrics = metrics
        self._tls = tls
        self._within_s = within_s
        self._make = make
        self._transport: asyncio.Transport | None = None
        self._handshake: asyncio.Task[None] | None = None
        self._inner: asyncio.Protocol | None = None
        self._is_lost = False
        self._is_shaking = False
        self._unread: list[bytes] = []
        self._early: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's is another class of the same form.
        self._transport = transport = cast(asyncio.Transport, transport)
        if lacking := self._place.enter(self, address_of(transport.get_extra_info("peername"))):
            self._metrics.refuse("relay-busy", lacking)
            transport.abort()
            return
        # uvloop begins to read all the same.
        transport.pause_reading()
        self._handshake = asyncio.get_running_loop().create_task(self._shake_hands(transport))

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_lost = True
        if self._inner is not None:
            self._inner.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        # What came before the handshake began is its own; asyncio's loop hands over what came behind it before it says
        # that this is over.
        (self._early if self._is_shaking else self._unread).append(data)

    def evict(self, problem: str, limit: str) -> None:
        """Give the connection up for others: nothing can be told before the handshake."""
        self._metrics.limited[limit] += 1
        if self._transport is not None:
            self._transport.abort()

    async def _shake_hands(self, transport: asyncio.Transport) -> None:
        loop = asyncio.get_running_loop()
        shaking = loop.create_task(
            loop.start_tls(transport, self, self._tls, server_side=True, ssl_handshake_timeout=self._within_s)
        )
        # It takes its first step, and is told that it is connected before it is given what came.
        await asyncio.sleep(0)
        self._is_shaking = True
        if self._unread:
            loop.call_soon(_feed, transport, b"".join(self._unread))
        try:
            secure = await shaking
        except OSError:  # no handshake, none in time, or its other end hung up
            secure = None
        finally:
            self._place.leave(self)
        if secure is None or self._is_lost or transport.is_closing():
            transport.abort()
            return
        self._inner = self._make()
        secure.set_protocol(self._inner)
        self._inner.connection_made(secure)
        for data in self._early:
            self._inner.data_received(data)


def _feed(transport: asyncio.Transport, data: bytes) -> None:
    """Hand data to the protocol of a connection, as its transport does."""
    protocol = cast(asyncio.BufferedProtocol, transport.get_protocol())
    # Where the connection was lost meanwhile there may be no handshake.
    if transport.is_closing() or isinstance(protocol, TlsDoor):
        return
    at = 0
    while at < len(data):
        buffer = memoryview(protocol.get_buffer(len(data) - at))
        size = min(len(buffer), len(data) - at)
        buffer[:size] = data[at : at + size]
        protocol.buffer_updated(size)
        at += size
