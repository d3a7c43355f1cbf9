"""Answers on their way up a connection, which here is a list; whole trips are in `tests/e2e/test_streams.py`."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from hookscope.tunnel.link import Link
from hookscope.tunnel.outflow import LOST, STEP, Outflow, Streams
from hookscope_relay.delivery import Answer
from hookscope_relay.errors import WireError
from hookscope_relay.wire import MAX_RAW, WINDOW_STREAM, Begin, End, Flow, More, decode

HEAD = Answer(status=200, reason="Fine", headers=(("X", "1"),))


class Wire:
    """A connection that keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.is_open = True
        self.takes_more = True
        self.drained = 0

    def send_soon(self, message: bytes) -> None:
        self.sent.append(decode(message))

    async def drain(self) -> None:
        self.drained += 1
        self.takes_more = True


def streams() -> tuple[Streams, Wire]:
    made, wire = Streams(), Wire()
    made.resume(cast(Link, wire))
    return made, wire


def begun(made: Streams, seq: int = 3) -> Outflow:
    outflow = made.open(seq)
    assert outflow is not None
    outflow.begin(HEAD)
    return outflow


async def test_an_answer_becomes_frames() -> None:
    made, wire = streams()
    outflow = begun(made)
    outflow.put(b"ab")
    outflow.end((("X-Sum", "1"),))
    outflow.abort("too late")
    assert wire.sent == [
        (Begin(seq=3, status=200, reason="Fine", headers=(("X", "1"),)), b""),
        (Flow(seq=3), b"ab"),
        (End(seq=3, trailers=(("X-Sum", "1"),)), b""),
    ]


async def test_no_more_is_put_than_the_relay_takes() -> None:
    made, wire = streams()
    outflow = begun(made)
    await outflow.room(WINDOW_STREAM)
    outflow.put(b"x" * WINDOW_STREAM)
    assert len(wire.sent[1][1]) == MAX_RAW
    waiting = asyncio.create_task(outflow.room(10))
    await asyncio.sleep(0)
    assert not waiting.done()
    made.receive(More(seq=3, size=10), b"")
    await asyncio.wait_for(waiting, 5)
    wire.takes_more = False
    await outflow.room(10)
    assert wire.drained == 1


@pytest.mark.parametrize("how", ["end", "lost"])
async def test_who_waits_hears_that_nobody_takes_any_more(how: str) -> None:
    made, _ = streams()
    outflow = begun(made)
    outflow.put(b"x" * WINDOW_STREAM)
    waiting = asyncio.create_task(outflow.room(1))
    await asyncio.sleep(0)
    if how == "end":
        made.receive(End(seq=3, broken="sender-gone"), b"")
    else:
        made.lose()
    with pytest.raises(OSError):
        await asyncio.wait_for(waiting, 5)
    assert outflow.gone.result() == ("sender-gone" if how == "end" else LOST)
    assert await outflow.take() is None
    assert not outflow.is_open


async def test_what_the_sender_wrote_is_taken_in_order() -> None:
    made, wire = streams()
    outflow = begun(made)
    made.receive(Flow(seq=3), b"x" * STEP)
    made.receive(Flow(seq=3), b"b")
    assert [await outflow.take(), await outflow.take()] == [b"x" * STEP, b"b"]
    assert wire.sent[-1] == (More(seq=3, size=STEP), b"")
    made.receive(Flow(seq=3), b"x" * WINDOW_STREAM)
    with pytest.raises(WireError):
        made.receive(Flow(seq=3), b"x")


async def test_what_has_ended_is_known_no_more() -> None:
    made, _ = streams()
    begun(made).end()
    made.receive(Flow(seq=3), b"x" * WINDOW_STREAM)
    made.receive(Flow(seq=3), b"x")


async def test_without_such_a_relay_there_is_no_stream() -> None:
    made = Streams()
    assert made.open(1) is None
    made, wire = streams()
    outflow = made.open(1)
    assert outflow is not None
    wire.is_open = False
    outflow.interim(HEAD)
    assert (outflow.is_open, wire.sent) == (False, [])
