"""Tasks of a session: the first failure ends it, and its end waits for them a moment."""

from __future__ import annotations

import asyncio

import pytest

from hookscope.session import tasks
from hookscope.session.tasks import Tasks
from hookscope_relay.errors import HookscopeError, InputError


async def fail(error: Exception) -> None:
    raise error


@pytest.mark.parametrize(
    ("error", "kind", "says"),
    [
        (InputError("the disk is full", "make room"), InputError, "the disk is full"),
        (ValueError("x"), HookscopeError, r"a bug of ours: ValueError\('x'\)"),
    ],
)
async def test_a_failure_breaks_and_the_first_one_counts(error: Exception, kind: type, says: str) -> None:
    running = Tasks()
    running.begin(fail(error))
    async with asyncio.timeout(5):
        broken = await running.broken
    running.fail(InputError("another", ""))
    assert type(broken) is kind
    with pytest.raises(kind, match=says):
        raise broken
    assert running.broken.result() is broken


async def test_what_has_an_end_is_waited_for_and_the_rest_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    running, done = Tasks(), asyncio.Event()
    endless = running.begin(asyncio.sleep(60))
    ends = running.begin(asyncio.sleep(0.02))
    ends.add_done_callback(lambda _: done.set())
    await running.wait(endless)
    assert done.is_set() and not endless.done()
    monkeypatch.setattr(tasks, "STOP_WITHIN_S", 0.02)
    stubborn = running.begin(asyncio.sleep(60))
    await running.wait(endless)
    assert not stubborn.done()
    await running.cancel()
    assert endless.cancelled() and stubborn.cancelled() and not running.broken.done()


async def test_where_nothing_runs_nothing_is_waited_for() -> None:
    running = Tasks()
    await running.wait()
    await running.cancel()
