"""A forwarder joined to a raw handler, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from hookscope.forward.forwarder import Forwarded, Forwarder
from hookscope.forward.source import SourcedRequest
from hookscope.model.capture import Failure, SentRequest
from hookscope.model.handler import parse_handler
from hookscope_relay.delivery import Delivery, Headers
from raw_http import RawServer

REQUEST = SentRequest(method="POST", target="/", headers=(("Host", "h"), ("Content-Length", "2")), body=b"{}")
MIB = 1024 * 1024


@asynccontextmanager
async def forwarding(server: RawServer, typed: str = "", **options: object) -> AsyncIterator[Forwarder]:
    """A running server and a forwarder to it; `typed` may hold PORT in place of its port."""
    async with server:
        handler = parse_handler((typed or server.url).replace("PORT", str(server.port)))
        forwarder = Forwarder(handler, **options)  # type: ignore[arg-type]
        try:
            yield forwarder
        finally:
            await forwarder.close()


async def forwarded(
    server: RawServer, request: SentRequest = REQUEST, timeout: float = 5.0, **options: object
) -> Forwarded:
    async with forwarding(server, **options) as forwarder:  # type: ignore[arg-type]
        return await forwarder.forward(request, timeout)


def failure(outcome: Forwarded) -> Failure:
    assert outcome.failure is not None
    assert outcome.answer is None
    return outcome.failure


def delivery(**fields: object) -> Delivery:
    made = Delivery(
        id="01jd", received_at=0.0, method="POST", target="/", headers=(("Host", "hooks.example"),), body=b""
    )
    return replace(made, **fields)  # type: ignore[arg-type]


CHUNKED = (("Host", "h"), ("Transfer-Encoding", "chunked"))


class Parts:
    """What is put in; an error ends it, None ends it in order. `left` says why no more was wanted."""

    def __init__(self, *parts: bytes | Exception | None) -> None:
        self.parts: asyncio.Queue[bytes | Exception | None] = asyncio.Queue()
        self.trailers: Headers = ()
        self.left = ""
        for part in parts:
            self.parts.put_nowait(part)

    async def take(self) -> bytes | None:
        part = await self.parts.get()
        if isinstance(part, Exception):
            raise part
        return part

    def leave(self, reason: str) -> None:
        self.left = self.left or reason
        self.parts.put_nowait(ConnectionAbortedError(reason))


def sourced(parts: Parts, headers: Headers = CHUNKED) -> SourcedRequest:
    return SourcedRequest(method="POST", target="/", headers=headers, body=b"", source=parts)
