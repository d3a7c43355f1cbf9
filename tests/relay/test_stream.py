"""One stream between a session and a sender's connection, without either."""

from __future__ import annotations

import asyncio

import pytest

from hookscope_relay.errors import WireError
from hookscope_relay.stream import STEP, Stream, StreamBroken
from hookscope_relay.wire import WINDOW_STREAM, End, Flow, Frame, More, decode


class Told:
    """A stream, what its session was told, and how often what."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.flowing = 0
        self.forgotten = 0
        self.over = 0
        self.stream = Stream(7, self.frames.append, self._flow, self._forget)
        self.stream.over = self._end

    def _flow(self) -> None:
        self.flowing += 1

    def _forget(self) -> None:
        self.forgotten += 1

    def _end(self) -> None:
        self.over += 1


async def test_what_comes_is_taken_in_order_up_to_the_end() -> None:
    told = Told()
    taking = asyncio.create_task(told.stream.take())
    await asyncio.sleep(0)
    told.stream.put(b"one")
    told.stream.put(b"two")
    told.stream.end((("X-Sum", "1"), ("Set-Cookie", "a=b"), ("Content-Length", "1"), ("Hookscope-Seq", "9")))
    assert [await taking, await told.stream.take(), await told.stream.take()] == [b"one", b"two", None]
    assert (told.stream.trailers, told.over, told.forgotten, told.frames) == ((("X-Sum", "1"),), 1, 1, [])


async def test_more_may_come_once_what_came_is_done_with() -> None:
    told = Told()
    told.stream.put(b"x" * STEP)
    told.stream.put(b"y")
    await told.stream.take()
    assert told.frames == []
    await told.stream.take()
    assert told.frames == [More(seq=7, size=STEP)]


async def test_more_than_a_window_breaks_the_protocol() -> None:
    told = Told()
    told.stream.put(b"x" * WINDOW_STREAM)
    with pytest.raises(WireError):
        told.stream.put(b"x")


async def test_what_came_before_it_broke_is_taken_first() -> None:
    told = Told()
    told.stream.put(b"one")
    told.stream.fail("inspector-gone")
    told.stream.fail("later")
    assert await told.stream.take() == b"one"
    with pytest.raises(StreamBroken, match="inspector-gone"):
        await told.stream.take()
    assert told.over == 1


@pytest.mark.parametrize("ended", [True, False])
async def test_who_leaves_is_told_of_unless_all_came(ended: bool) -> None:
    told = Told()
    if ended:
        told.stream.end(())
    told.stream.leave("sender-gone")
    told.stream.leave("twice")
    assert told.frames == ([] if ended else [End(seq=7, broken="sender-gone")])
    assert (told.over, told.forgotten) == (1, 1)


async def test_what_a_sender_wrote_leaves_within_the_window() -> None:
    told = Told()
    roomy: list[bool] = []
    told.stream.roomy = lambda: roomy.append(told.stream.has_room)
    told.stream.send(b"x" * (WINDOW_STREAM + 5))
    assert (told.flowing, told.stream.has_room) == (1, False)
    assert (len(told.stream.next_flow()), told.stream.next_flow(), told.stream.has_room) == (WINDOW_STREAM, b"", True)
    told.stream.leave("sender-gone")
    assert (told.frames, told.over) == ([], 0)
    told.stream.grant(10 * WINDOW_STREAM)
    assert told.flowing == 2
    assert told.stream.next_flow() == b"xxxxx"
    assert (told.frames, told.over, roomy[-1]) == ([End(seq=7, broken="sender-gone")], 1, True)


async def test_what_the_inspector_may_have_now_is_one_message() -> None:
    stream = Told().stream
    assert stream.messages() == []
    stream.grant(5)
    stream.send(b"ab")
    (message,) = stream.messages()
    assert decode(message) == (Flow(seq=7), b"ab")
    assert stream.messages() == []
