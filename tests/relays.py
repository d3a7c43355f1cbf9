"""A real relay on a free port, with real inspectors and raw senders, for every test that needs one."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

from factories import make_key
from hookscope.tunnel.client import ConnectionChange, Dialling, Tunnel
from hookscope.tunnel.frames import Arrival
from hookscope_relay.app import Relay
from hookscope_relay.delivery import Answer
from hookscope_relay.settings import RelaySettings
from hookscope_relay.wire import Refused
from raw_http import RawMessage, exchange

KEY = make_key()
ID = KEY.id.encode()
FINE = Answer(status=200, reason="OK", headers=(), body=b"fine")
WITHIN_S = 10.0


@contextlib.asynccontextmanager
async def relaying(**changes: Any) -> AsyncIterator[Relay]:
    """A relay in memory with these settings changed."""
    relay = Relay(RelaySettings(**{"port": 0, "database": None} | changes))
    await relay.start()
    try:
        yield relay
    finally:
        await relay.stop()


class Inspecting:
    """A real inspector at work: what arrived, what ingress turned away, how its connection changed;
    `reply` answers by hand."""

    def __init__(self, relay: Relay, answer: Answer | None, **wish: Any) -> None:
        self.arrivals: list[Arrival] = []
        self.refused: list[Refused] = []
        self.changes: list[ConnectionChange] = []
        self.incoming: list[Any] = []
        self._answer = answer
        self._bell = asyncio.Event()
        dialling = Dialling(**{"relay": relay.origin, "key": KEY, **wish})
        self.tunnel = Tunnel(dialling, cursor=lambda: None, receive=self._receive, changed=self._changed)

    async def until(self, condition: Any) -> None:
        """Wait until the condition holds; it is asked whenever something came."""
        async with asyncio.timeout(WITHIN_S):
            while not condition():
                self._bell.clear()
                await self._bell.wait()

    def is_connected(self) -> bool:
        return bool(self.changes) and self.changes[-1].state == "connected"

    async def _receive(self, incoming: Any, _: Any) -> None:
        self.incoming.append(incoming)
        if isinstance(incoming, Refused):
            self.refused.append(incoming)
        if isinstance(incoming, Arrival):
            self.arrivals.append(incoming)
            if incoming.answer and self._answer is not None:
                self.tunnel.replies.send(incoming.seq, self._answer, "")
        self._bell.set()

    def _changed(self, change: ConnectionChange) -> None:
        self.changes.append(change)
        self._bell.set()


@contextlib.asynccontextmanager
async def inspecting(relay: Relay, answer: Answer | None = None, **wish: Any) -> AsyncIterator[Inspecting]:
    """An attached inspector that gives every delivery the answer, or none; it is connected when this begins."""
    inspector = Inspecting(relay, answer, **wish)
    running = asyncio.create_task(inspector.tunnel.run())
    try:
        connected = asyncio.ensure_future(inspector.until(inspector.is_connected))
        await asyncio.wait([running, connected], return_when=asyncio.FIRST_COMPLETED)
        connected.cancel()
        if running.done():
            await running
        yield inspector
    finally:
        await inspector.tunnel.stop()
        await asyncio.gather(running, return_exceptions=True)


async def opened(relay: Relay, **wish: Any) -> None:
    """The endpoint exists afterwards, and nobody is attached."""
    async with inspecting(relay, **wish):
        pass
    assert relay._hub is not None
    await until(lambda: not relay._hub.sessions(wish.get("key", KEY).id))


async def until(condition: Any) -> None:
    """Wait for what nobody tells of."""
    async with asyncio.timeout(WITHIN_S):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def make_request(
    target: bytes = b"/" + ID + b"/x", headers: bytes = b"", body: bytes = b"", method: bytes = b"POST"
) -> bytes:
    return method + b" " + target + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n" + headers + b"\r\n" + body


def with_body(body: bytes, headers: bytes = b"") -> bytes:
    """A request with this body, its length stated."""
    return make_request(headers=b"Content-Length: %d\r\n" % len(body) + headers, body=body)


async def ask(relay: Relay, request: bytes) -> RawMessage:
    """The answer to the exact bytes of a request, on a connection of its own."""
    return RawMessage(await exchange(relay.settings.port, request))


def problem_of(answer: RawMessage) -> str:
    """The slug of the problem that an answer reports."""
    kind: str = json.loads(answer.body)["type"]
    return kind.removeprefix("urn:hookscope:problem:")
