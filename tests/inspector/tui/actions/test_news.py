from __future__ import annotations

from typing import Any

import pytest

from hookscope.model.events import Noticed
from hookscope.model.session_requests import Held, Pause, Replay, Resume
from hookscope.tui.engine.inbox import MAX_TOLD


async def test_what_is_answered_leads_on(world: Any) -> None:
    """After a pause what was held is offered, and what is agreed to is handed over, each by its name."""
    async with world.app().run_test(size=(120, 30), notifications=True) as pilot:
        await world.shows(pilot, "connected")
        world.engine.answers[Resume] = 2
        await pilot.press("P")
        await world.tells(pilot, "forwarding is paused")
        await pilot.press("P")
        await world.shows(pilot, "2 deliveries were held")
        await pilot.press("y")
        await world.until(pilot, lambda: isinstance(world.engine.asked[-1], Replay))
        assert [type(request) for request in world.engine.asked] == [Pause, Resume, Held, Replay]


@pytest.mark.parametrize(("more", "told"), [(0, False), (7, True)])
async def test_a_flood_of_notices_ends_in_a_count(world: Any, more: int, told: bool) -> None:
    async with world.app().run_test(size=(120, 40), notifications=True) as pilot:
        await world.shows(pilot, "connected")
        for number in range(MAX_TOLD + more):
            world.engine.emit(Noticed(at=0, level="info", text=f"notice {number}"))
        await world.tells(pilot, f"notice {MAX_TOLD - 1}")
        assert (f"… and {more} more notices" in [one.message for one in pilot.app._notifications]) == told


@pytest.mark.parametrize("filtered", ["", "provider:notion"])
async def test_what_another_process_keeps_appears_without_a_word(world: Any, filtered: str) -> None:
    async with world.app().run_test(size=(120, 30)) as pilot:
        await world.shows(pilot, "connected")
        if filtered:
            pilot.app.main.list_filter.enter(filtered)
        await world.keep(200, target="/of-another-process")
        await world.shows(pilot, "/of-another-process")
