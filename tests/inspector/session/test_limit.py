"""How long the end may take."""

from __future__ import annotations

import asyncio

from hookscope.session.limit import within


async def test_work_is_done_or_cancelled_when_the_time_is_up() -> None:
    done, never = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        done.set()

    await within(work())
    waiting = asyncio.create_task(never.wait())
    await within(waiting, 0.01)
    assert done.is_set()
    assert waiting.cancelled()
