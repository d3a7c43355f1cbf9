from __future__ import annotations

import asyncio
import time

import pytest

from hookscope.model.errors import NoSuchCapture
from hookscope.model.session_requests import Replay, Replayed
from hookscope.tools.replay.many import Done, Due, due_times, replay_many
from hookscope_relay.errors import HookscopeError

DUES = [Due(str(number), 100.0 + number / 50) for number in range(6)]


async def replay_all(**options: object) -> tuple[list[str], int, list[Done]]:
    """The names in the order they were begun, the most that ran at a time, and what was told."""
    begun: list[str] = []
    running = most = 0
    told: list[Done] = []

    async def one(wanted: Replay) -> Replayed:
        nonlocal running, most
        begun.append(wanted.name)
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        running -= 1
        raise NoSuchCapture(f"there is no {wanted.name}", "name another")

    await replay_many(DUES, Replay(name=""), one, told.append, **options)  # type: ignore[arg-type]  # keywords of a table
    return begun, most, told


async def test_in_order_and_one_at_a_time() -> None:
    begun, most, told = await replay_all()
    assert begun == [due.name for due in DUES]
    assert most == 1
    assert [done.due for done in told] == DUES
    assert all(isinstance(done.error, HookscopeError) and not done.passed for done in told)


async def test_several_at_a_time() -> None:
    begun, most, _ = await replay_all(concurrency=3)
    assert begun == [due.name for due in DUES]
    assert 1 < most <= 3


async def test_the_pace_is_kept() -> None:
    began = time.monotonic()
    await replay_all(keep_timing=True)
    assert time.monotonic() - began >= 0.1


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, (0.0, 0.0, 0.0)),
        ({"rate": 2.0}, (0.0, 0.5, 1.0)),
        ({"keep_timing": True}, (0.0, 5.0, 5.0)),
        ({"keep_timing": True, "rate": 1.0}, (0.0, 1.0, 2.0)),
    ],
)
def test_when_each_is_due(options: dict[str, object], expected: tuple[float, ...]) -> None:
    assert due_times([100.0, 105.0, 103.0], **options) == expected  # type: ignore[arg-type]  # a table of keywords
    assert due_times([], **options) == ()  # type: ignore[arg-type]  # as above
