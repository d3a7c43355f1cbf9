"""What a session has in hand is bounded, whatever a relay sends."""

from __future__ import annotations

import asyncio

import pytest

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
