"""Streams between two nodes, joined in memory: bytes, windows, and every way to break off."""

from __future__ import annotations

import asyncio
import os

import pytest

from hookscope_relay.cluster.cross import Crossings
from hookscope_relay.cluster.messages import Across, Said
from hookscope_relay.stream import Stream, StreamBroken
from hookscope_relay.wire import WINDOW_STREAM, End, Frame, More, encode


class Joined:
    """The session's stream at node b (`near`), and the sender's end of it at node a (`far`)."""

    def __init__(self) -> None:
        self.told: list[Frame] = []
        self.granted = 0
        self.carried = 0
        self.a = Crossings("a", self._say)
        self.b = Crossings("b", self._say)
        self.flowed = bytearray()
        self.near = Stream(7, self._tell, self._flow, lambda: None)
        self.b.send("a", "01k", self.near)
        self.far = self.a.receive("b", "01k", 7)

    def _say(self, node: str, said: Said) -> None:
        assert isinstance(said, Across)
        self.carried += len(said.frame)
        asyncio.get_running_loop().call_soon({"a": self.a, "b": self.b}[node].hear, said)

    def _tell(self, frame: Frame) -> None:
        self.told.append(frame)
        if isinstance(frame, More):
            self.granted += frame.size

    def _flow(self) -> None:
        self.flowed += self.near.next_flow()

    async def turn(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)

    async def rest(self) -> bytes:
        async with asyncio.timeout(10):
            taken = b""
            while (part := await self.far.take()) is not None:
                taken += part
            return taken


async def test_what_the_handler_writes_arrives_with_its_trailers() -> None:
    joined = Joined()
    for part in (b"one", b"two"):
        joined.near.put(part)
    joined.near.end((("X-Sum", "6"),))
    assert await joined.rest() == b"onetwo"
    assert joined.far.trailers == (("X-Sum", "6"),)
    assert (joined.a._inward, joined.b._outward) == ({}, {})


async def test_a_sender_that_takes_nothing_makes_the_handler_wait() -> None:
    joined = Joined()
    written = WINDOW_STREAM
    joined.near.put(bytes(written))
    for _ in range(5):
        await joined.turn()
        # Whatever the handler may write on lies at the inspector's node, and is not sent on.
        more = WINDOW_STREAM + joined.granted - written
        joined.near.put(bytes(more))
        written += more
        assert WINDOW_STREAM <= joined.carried < WINDOW_STREAM + 100
    assert written <= 2 * WINDOW_STREAM
    joined.near.end(())
    assert len(await joined.rest()) == written


async def test_much_crosses_whole_and_in_order() -> None:
    joined = Joined()
    whole = os.urandom(3_000_000)

    async def write() -> None:
        sent = 0
        while sent < len(whole):
            room = WINDOW_STREAM + joined.granted - sent
            part = whole[sent : sent + min(room, 70_000)]
            if part:
                joined.near.put(part)
                sent += len(part)
            await asyncio.sleep(0)
        joined.near.end(())

    writing = asyncio.create_task(write())
    assert await joined.rest() == whole
    await writing


async def test_a_handler_that_breaks_off_breaks_the_sender_off() -> None:
    joined = Joined()
    joined.near.put(b"one")
    joined.near.fail("inspector-gone")
    assert await joined.far.take() == b"one"
    with pytest.raises(StreamBroken, match="inspector-gone"):
        await joined.far.take()


async def test_a_sender_that_leaves_is_told_to_the_inspector() -> None:
    joined = Joined()
    joined.near.put(bytes(WINDOW_STREAM))
    await joined.turn()
    joined.far.leave("sender-gone")
    await joined.turn()
    assert End(seq=7, broken="sender-gone") in joined.told
    assert joined.b._outward == {}


async def test_after_an_upgrade_the_sender_is_heard_and_held_to_a_window() -> None:
    joined = Joined()
    said = os.urandom(WINDOW_STREAM // 2)
    joined.far.send(said)
    await joined.turn()
    assert bytes(joined.flowed) == said
    # Four windows, of which the inspector takes one and the nodes hold what theirs are.
    joined.far.send(bytes(4 * WINDOW_STREAM))
    await joined.turn()
    assert len(joined.flowed) == WINDOW_STREAM
    assert not joined.far.has_room
    joined.near.grant(WINDOW_STREAM)
    joined._flow()
    await joined.turn()
    assert len(joined.flowed) > WINDOW_STREAM


@pytest.mark.parametrize("gone", ["a", "b"])
async def test_a_node_that_goes_breaks_what_crossed_it(gone: str) -> None:
    joined = Joined()
    joined.near.put(b"one")
    if gone == "b":
        joined.a.forget_node("b")
        with pytest.raises(StreamBroken, match="inspector-gone"):
            while True:
                await joined.far.take()
    else:
        joined.b.forget_node("a")
        await joined.turn()
        assert joined.told[-1] == End(seq=7, broken="sender-gone")
    await joined.b.stop()


async def test_what_another_node_says_of_it_is_not_heard() -> None:
    joined = Joined()
    joined.a.hear(Across("c", "01k", encode(End(seq=7, broken="a lie"))))
    joined.a.hear(Across("b", "other", encode(End(seq=7, broken="a mistake"))))
    joined.near.put(b"one")
    joined.near.end(())
    assert await joined.rest() == b"one"
