"""A request on its way down a connection, which here is a list; whole trips are in `tests/e2e/test_request_streams.py`."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any, cast

import pytest

from factories import make_delivery, make_key, make_ring
from hookscope.tunnel.inflow import LOST, STEP, Inflow
from hookscope.tunnel.link import Link
from hookscope_relay.delivery import Answer
from hookscope_relay.errors import WireError
from hookscope_relay.keys.seal import Opener, Sealer, Sealing
from hookscope_relay.wire import WINDOW_STREAM, End, Flow, More, Open, Reply, decode

KEY = make_key()
DELIVERY = make_delivery(body=b"")
HEAD = Open(seq=8, answer=9, id=DELIVERY.id, left_ms=100)


class Wire:
    """A connection that keeps what is sent, and a request on it; `sealing` seals what comes."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.is_open = True
        self.forgotten = 0
        self.sealing: Sealing = Sealer().begin(DELIVERY.id, KEY.id, KEY.seal, 0.0)
        self.inflow = Inflow(HEAD, self.sealing.open(DELIVERY), cast(Link, self), self._forget)
        delivery, opening = Opener(make_ring().sealing).begin(self.inflow.first, DELIVERY.id, KEY.id)
        assert delivery == DELIVERY
        self.inflow.open(opening)

    def _forget(self) -> None:
        self.forgotten += 1

    def send_soon(self, message: bytes) -> None:
        self.sent.append(decode(message))

    def flow(self, part: bytes) -> None:
        self.inflow.receive(Flow(seq=8), self.sealing.pass_on(part))


async def test_its_body_is_taken_in_order_up_to_its_trailers() -> None:
    wire = Wire()
    wire.flow(b"one")
    wire.flow(b"two")
    wire.inflow.receive(Flow(seq=8, last=True), wire.sealing.close((("X", "1"),)))
    assert [await wire.inflow.take(), await wire.inflow.take(), await wire.inflow.take()] == [b"one", b"two", None]
    assert (wire.inflow.trailers, wire.inflow.is_whole, wire.inflow.size) == ((("X", "1"),), True, 6)
    assert wire.inflow.digest == hashlib.sha256(b"onetwo").digest()
    # What is said of it behind its end changes nothing.
    wire.inflow.lose(LOST)
    wire.inflow.leave("closed")
    assert (await wire.inflow.take(), wire.inflow.broken, wire.sent, wire.forgotten) == (None, "", [], 1)


async def test_more_comes_as_it_is_taken() -> None:
    wire = Wire()
    for _ in range(2):
        wire.flow(b"x" * STEP)
        await wire.inflow.take()
    assert wire.sent == [(More(seq=8, size=STEP), b"")]


@pytest.mark.parametrize("by", ["relay", "connection", "us"])
async def test_what_breaks_off_says_why(by: str) -> None:
    wire = Wire()
    taking = asyncio.create_task(wire.inflow.take())
    await asyncio.sleep(0)
    if by == "relay":
        wire.inflow.receive(End(seq=8, broken="too-slow"), b"")
    elif by == "connection":
        wire.inflow.lose(LOST)
    else:
        wire.inflow.leave("closed")
    with pytest.raises(ConnectionAbortedError, match={"relay": "too-slow", "connection": LOST, "us": "closed"}[by]):
        await taking
    assert wire.sent == ([(End(seq=8, broken="closed"), b"")] if by == "us" else [])


async def test_what_was_altered_is_not_taken() -> None:
    wire = Wire()
    text = wire.sealing.pass_on(b"one")
    wire.inflow.receive(Flow(seq=8), bytes([text[0] ^ 1]) + text[1:])
    with pytest.raises(ConnectionAbortedError, match="altered"):
        await wire.inflow.take()
    assert wire.sent == [(End(seq=8, broken="altered"), b"")]


@pytest.mark.parametrize("size", [0, WINDOW_STREAM + 1], ids=["nothing", "too-much"])
def test_a_relay_keeps_to_the_window(size: int) -> None:
    with pytest.raises(WireError):
        Wire().inflow.receive(Flow(seq=8), b"x" * (size + 16))


def test_it_is_answered_by_its_own_number_while_its_connection_lives() -> None:
    wire = Wire()
    wire.inflow.reply(9, Answer(status=413, body=b"no"), "")
    wire.is_open = False
    wire.inflow.reply(9, Answer(status=413), "")
    assert wire.sent == [(Reply(seq=9, status=413, reason="", headers=(), size=2), b"no")]
