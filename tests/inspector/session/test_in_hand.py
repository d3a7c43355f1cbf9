"""What a session has in hand is bounded, whatever a relay sends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from hookscope.session import limit
from hookscope.session.in_hand import AT_ONCE, BYTES_AT_ONCE, InHand


@pytest.mark.parametrize(("count", "size"), [(AT_ONCE, 1), (2, BYTES_AT_ONCE)])
async def test_more_waits_until_something_is_done(count: int, size: int) -> None:
    hand = InHand()
    for _ in range(count):
        hand.take(size)
    waiting = asyncio.create_task(hand.room())
    await asyncio.sleep(0)
    assert not waiting.done()
    hand.done(size)
    await asyncio.wait_for(waiting, 5)
    assert (hand.count, hand.bytes) == (count - 1, size * (count - 1))


async def test_one_of_any_size_finds_room_where_nothing_is_in_hand() -> None:
    hand = InHand()
    await asyncio.wait_for(hand.room(), 5)
    hand.take(BYTES_AT_ONCE * 2)
    hand.done(BYTES_AT_ONCE * 2)
    await asyncio.wait_for(hand.room(), 5)


class FakeForwarder:
    """Ends what it began when it is told to, or stopped."""

    def __init__(self, done: Callable[[], None]) -> None:
        self.done = done
        self.is_stopped = False

    def stop(self) -> None:
        self.is_stopped = True
        self.done()


@pytest.mark.parametrize("ends", [True, False])
async def test_the_end_waits_a_moment_for_forwards_and_then_breaks_them_off(
    ends: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hookscope.session.in_hand.within", lambda work: limit.within(work, 5.0 if ends else 0.01))
    hand = InHand()
    forwarder: Any = FakeForwarder(lambda: hand.forwarded(3))
    hand.take(1)
    hand.forward(forwarder, 3)
    assert (hand.count, hand.bytes) == (2, 4)
    finishing = asyncio.create_task(hand.finish())
    await asyncio.sleep(0)
    assert not finishing.done()
    if ends:
        forwarder.done()
    await finishing
    assert (forwarder.is_stopped, hand.count, hand.bytes) == (not ends, 1, 1)


async def test_with_nothing_at_a_forwarder_the_end_waits_for_nothing() -> None:
    hand = InHand()
    hand.take(1)
    await asyncio.wait_for(hand.finish(), 5)
