"""Senders that wait: one timer for all, and the account of each."""

from __future__ import annotations

import asyncio

from factories import make_record
from hookscope_relay.senders import Waiter, Waiting, stored, tell_nobody


def make_waiter(name: str, deadline: float) -> Waiter:
    return Waiter("one", name, 0, 0.0, deadline, None, tell_nobody, lambda: None)


async def test_each_is_called_late_once_its_deadline_has_passed_and_not_before():
    loop = asyncio.get_running_loop()
    late: list[str] = []
    waiting = Waiting(lambda waiter: (late.append(waiter.delivery_id), waiting.remove(waiter)), loop.time)
    now = loop.time()
    for number in range(4):
        waiting.add(make_waiter(str(number), now + 0.02 + number * 0.02))
    waiting.remove(make_waiter("1", 0.0))
    while len(waiting) > 1:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    assert (late, [waiter.delivery_id for waiter in waiting]) == (["0", "2"], ["3"])
    assert loop.time() - now >= 0.06


async def test_a_timer_that_found_nobody_is_set_again_for_who_comes_next():
    loop = asyncio.get_running_loop()
    rung = asyncio.Event()
    waiting = Waiting(lambda waiter: (waiting.remove(waiter), rung.set()), loop.time)
    waiting.add(make_waiter("a", loop.time() + 0.01))
    waiting.remove(make_waiter("a", 0.0))
    await asyncio.sleep(0.02)
    waiting.add(make_waiter("b", loop.time() + 0.01))
    async with asyncio.timeout(5):
        await rung.wait()
    assert not len(waiting)


def test_a_stored_delivery_is_answered_as_its_owner_says():
    said = [stored(make_record(away_status=status)).answer for status in (202, 200, 204)]
    assert [(answer.status, answer.body) for answer in said] == [(202, b"Stored.\n"), (200, b"Stored.\n"), (204, b"")]
