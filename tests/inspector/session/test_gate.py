"""Turns at one handler."""

from __future__ import annotations

import asyncio
import time

from hookscope.model.pace import Pace
from hookscope.session.gate import AT_ONCE, Gate


async def test_so_many_at_a_time() -> None:
    gate = Gate(Pace(concurrency=2))
    assert [gate.try_take() for _ in range(3)] == [True, True, False]
    waiting = asyncio.create_task(gate.take())
    await asyncio.sleep(0)
    assert not waiting.done()
    gate.give_back()
    await waiting
    assert not gate.try_take()


async def test_so_many_a_second_evenly() -> None:
    gate = Gate(Pace(rate=50.0))
    started = time.monotonic()
    for _ in range(6):
        await gate.take()
        gate.give_back()
    assert time.monotonic() - started >= 5 / 50
    assert not gate.try_take() and 0 < gate.wait_s() <= 1 / 50


async def test_nothing_passes_while_it_rests_and_then_one_at_a_time() -> None:
    gate = Gate(Pace(retry=3))
    assert gate.try_take() and gate.try_take()
    gate.rest(0.05)
    assert not gate.try_take() and gate.wait_s() > 0
    for _ in range(2):
        gate.give_back()
    await gate.take()
    assert gate.wait_s() == 0 and not gate.try_take()
    gate.recovered()
    assert gate.try_take()


async def test_what_waited_does_not_come_all_at_once() -> None:
    gate = Gate(Pace(retry=1))
    for _ in range(AT_ONCE):
        await gate.take()
    waiting = asyncio.create_task(gate.take())
    await asyncio.sleep(0)
    assert not waiting.done()
    gate.give_back()
    await waiting
