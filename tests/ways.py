"""A sender's way to a handler through a real relay and a `listen` session,
and what must be the same at both of its ends.

Sender and handler are raw sockets. Left out of the comparison are Host, what belongs to one connection, and our own
`X-Forwarded-*` and `Hookscope-*`; a chunked body arrives with its length.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hookscope_relay.app import Relay
from hookscope_relay.settings import RelaySettings
from raw_http import OK, Conversation, RawMessage, RawServer, exchange, unchunk
from sessions import Session, make_plan

CONNECTION = {b"connection", b"keep-alive", b"te", b"trailer", b"upgrade", b"proxy-connection"}
WITHIN_S = 20.0


@dataclass(slots=True)
class Way:
    """`through` sends exact bytes, in which ENDPOINT stands for the endpoint's id,
    and says what arrived and what came back."""

    relay: Relay
    endpoint: str
    handler: RawServer
    tls: ssl.SSLContext | None = None
    answer: bytes = OK

    async def through(self, request: bytes, answer: bytes = OK) -> tuple[RawMessage, RawMessage]:
        """The request that the handler received, and the answer that the sender got."""
        self.answer = answer
        before = len(self.handler.requests)
        got = await self.send(request)
        assert len(self.handler.requests) == before + 1, got.raw[:300]
        return self.handler.last, got

    async def send(self, request: bytes) -> RawMessage:
        """The answer to a request, whoever gave it."""
        port = self.relay.settings.port
        exact = request.replace(b"ENDPOINT", self.endpoint.encode(), 1)
        return RawMessage(await exchange(port, exact, timeout=WITHIN_S, tls=self.tls))


@contextlib.asynccontextmanager
async def open_way(
    home: Path, handler: dict[str, Any] | None = None, tls: ssl.SSLContext | None = None, **settings: Any
) -> AsyncIterator[Way]:
    """A way over a relay with these settings; `handler` are arguments of the raw server,
    `tls` is what the relay's certificate needs."""
    relay = Relay(RelaySettings(**{"port": 0} | settings))
    await relay.start()
    found: list[Way] = []

    async def behave(conversation: Conversation) -> None:
        while await conversation.request() is not None:
            await conversation.send(found[0].answer)

    async with RawServer(behaviour=behave, **handler or {}) as server:
        plan = make_plan(home, relay.url, server.url, insecure=True)
        session = Session(replace(plan, dialling=replace(plan.dialling, verify=tls)))
        async with session.running():
            found.append(Way(relay, plan.keys.current.id, server, tls))
            yield found[0]
    await relay.stop()


def compared(message: RawMessage) -> list[tuple[bytes, bytes]]:
    """The headers that must arrive; a chunked body's framing stands for its length."""
    length = str(len(content(message))).encode()
    pairs = [
        (b"Content-Length", length) if name.lower() == b"transfer-encoding" else (name, value)
        for name, value in message.headers
    ]
    left_out = CONNECTION | {b"host", b"expect"}
    return [
        pair
        for pair in pairs
        if pair[0].lower() not in left_out and not pair[0].lower().startswith((b"x-forwarded-", b"hookscope-"))
    ]


def content(message: RawMessage) -> bytes:
    chunked = any(value.lower() == b"chunked" for value in message.values(b"transfer-encoding"))
    return unchunk(message.body) if chunked else message.body


def post(body: bytes = b"", headers: bytes = b"", target: bytes = b"/hook", method: bytes = b"POST") -> bytes:
    length = b"Content-Length: %d\r\n" % len(body) if b"ransfer-" not in headers else b""
    return method + b" /ENDPOINT" + target + b" HTTP/1.1\r\nHost: localhost\r\n" + headers + length + b"\r\n" + body


def assert_answer(got: RawMessage, answer: bytes) -> None:
    wanted = RawMessage(answer)
    assert got.first_line == wanted.first_line
    assert compared(got) == compared(wanted)
    assert got.body == wanted.body
