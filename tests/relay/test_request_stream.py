"""Requests that are read, kept and passed on at once, over a real relay; what a handler sees of them is in
`tests/e2e/test_request_streams.py`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from factories import make_ring
from hookscope.tunnel.frames import Arrival
from hookscope.tunnel.inflow import Inflow
from hookscope_relay.app import Relay
from hookscope_relay.delivery import Answer, Delivery
from hookscope_relay.keys.seal import Opener
from hookscope_relay.settings import Limits
from hookscope_relay.wire import Settled
from raw_http import RawClient, RawMessage
from relays import FINE, ID, KEY, WITHIN_S, Inspecting, inspecting, relaying

HEAD = b"POST /" + ID + b"/x HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
LIMITS = Limits(stream_idle_s=0.3, body_bytes=10)


class Streamed:
    """A relay, an inspector that takes requests as they come, and a sender that wrote a head and three bytes."""

    def __init__(self, relay: Relay, inspector: Inspecting, sender: RawClient) -> None:
        self.relay = relay
        self.sender = sender
        self._inspector = inspector
        self._opener = Opener(make_ring().sealing)
        self.inflow: Inflow

    async def begin(self) -> None:
        await self.sender.send(HEAD + b"3\r\none\r\n")
        self.inflow = await self._first(Inflow)
        delivery, opening = self._opener.begin(self.inflow.first, self.inflow.id, KEY.id)
        assert (delivery.method, delivery.target, delivery.body) == ("POST", "/x", b"")
        self.inflow.open(opening)
        assert await asyncio.wait_for(self.inflow.take(), WITHIN_S) == b"one"

    async def kept(self) -> Delivery:
        """What the log holds of it."""
        arrival = await self._first(Arrival)
        assert arrival.id == self.inflow.id
        return self._opener.open(arrival.pieces, arrival.id, KEY.id)

    async def settled(self) -> tuple[str, int, str]:
        settled = await self._first(Settled)
        return settled.how, settled.status, settled.by

    async def _first(self, kind: type) -> Any:  # Any: of that kind
        found: list[Any] = []

        def has_come() -> bool:
            found.extend(one for one in self._inspector.incoming if isinstance(one, kind))
            return bool(found)

        await self._inspector.until(has_come)
        return found[0]

    async def broken(self) -> str:
        with pytest.raises(ConnectionAbortedError) as error:
            await asyncio.wait_for(self.inflow.take(), WITHIN_S)
        return str(error.value)


@asynccontextmanager
async def streamed(**changes: Any) -> AsyncIterator[Streamed]:
    async with (
        relaying(**{"limits": LIMITS} | changes) as relay,
        inspecting(relay, FINE, mode="handler", stream_requests=True) as inspector,
        RawClient(relay.settings.port) as sender,
    ):
        made = Streamed(relay, inspector, sender)
        await made.begin()
        yield made


async def test_what_comes_is_passed_on_and_then_a_delivery_as_every_other() -> None:
    async with streamed() as one:
        await one.sender.send(b"3\r\ntwo\r\n0\r\nX-Sum: 1\r\n\r\n")
        assert await one.inflow.take() == b"two"
        assert await one.inflow.take() is None
        assert one.inflow.trailers == (("X-Sum", "1"),)
        kept = await one.kept()
        assert (kept.body, kept.trailers, kept.broken) == (b"onetwo", (("X-Sum", "1"),), "")
        assert RawMessage(await one.sender.answer()).body == b"fine"
        assert await one.settled() == ("answered", 200, "")


BREAKS = [
    # What the sender does next, what it is told, what the log and the inspector have of it, how its wait ended.
    (None, 0, "sender-gone", ("sender-gone", 0, "")),
    (b"", 408, "too-slow", ("answered", 408, "relay")),
    (b"8\r\n12345678\r\n", 413, "body-too-large", ("answered", 413, "relay")),
    (b"zz\r\n", 400, "malformed", ("answered", 400, "relay")),
]


@pytest.mark.parametrize(("then", "status", "broken", "settled"), BREAKS, ids=[row[2] for row in BREAKS])
async def test_what_breaks_off_is_kept_as_far_as_it_came(
    then: bytes | None, status: int, broken: str, settled: tuple[str, int, str]
) -> None:
    async with streamed() as one:
        if then is None:
            one.sender.writer.transport.abort()
        else:
            await one.sender.send(then)
            assert RawMessage(await one.sender.answer()).status == status
        assert await one.broken() == broken
        kept = await one.kept()
        assert (kept.body, kept.broken) == (b"one", broken)
        assert await one.settled() == settled


async def test_a_handler_s_refusal_ends_it() -> None:
    async with streamed() as one:
        one.inflow.reply(one.inflow.answer, Answer(status=413, headers=(), body=b"no"), "")
        answer = RawMessage(await one.sender.answer())
        assert (answer.status, answer.body, answer.values(b"connection")) == (413, b"no", [b"close"])
        assert answer.values(b"hookscope-seq")
        assert (await one.kept()).broken == "answered"
        assert await one.settled() == ("answered", 413, "")


@pytest.mark.parametrize(("status", "by"), [(200, ""), (502, "inspector")], ids=["accepted", "not-the-handler"])
async def test_any_other_answer_waits_for_the_rest(status: int, by: Any) -> None:
    async with streamed() as one:
        one.inflow.reply(one.inflow.answer, Answer(status=status, headers=(), body=b"ok"), by)
        one.inflow.leave("closed")
        await one.sender.send(b"3\r\ntwo\r\n0\r\n\r\n")
        answer = RawMessage(await one.sender.answer())
        assert (answer.status, answer.body) == (status, b"ok")
        kept = await one.kept()
        assert (kept.body, kept.broken) == (b"onetwo", "")


async def test_what_cannot_be_kept_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from hookscope_relay.errors import LogUnavailable
    from hookscope_relay.intake import Intake

    async def full(_: Intake, __: bytes) -> None:
        raise LogUnavailable("full")

    async with streamed() as one:
        monkeypatch.setattr(Intake, "add", full)
        await one.sender.send(b"3\r\ntwo\r\n")
        assert RawMessage(await one.sender.answer()).status == 503
        assert await one.broken() == "store-unavailable"


async def test_a_relay_that_stops_keeps_what_has_left() -> None:
    async with streamed() as one:
        log = one.relay._log
        assert log is not None
        stopping = asyncio.create_task(one.relay.stop())
        assert await one.broken() == "tunnel-lost"
        await stopping
        assert not one.relay._ingress.streams
