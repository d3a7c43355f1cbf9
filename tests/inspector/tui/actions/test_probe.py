from __future__ import annotations

from typing import Any


async def test_the_plan_is_shown_before_anything_is_sent_then_what_it_proved(world: Any, handler_url: str) -> None:
    await world.keep(404, provider="", event_type="", verdict=None)
    await world.keep(200)
    world.ready(handler_url)
    async with world.app().run_test(size=(110, 40), notifications=True) as pilot:
        await world.shows(pilot, "connected", "2 of 2")
        await pilot.press("p")
        await world.tells(pilot, "last attempt was accepted, so there is nothing to tell apart")
        await pilot.press("k", "p")
        await world.shows(pilot, "Probe #1:", "· to /webhooks/notion/", "Enter sends them")
        assert len(world.store.find("1").attempts) == 1
        await pilot.press("n", "p")
        await world.shows(pilot, "Probe #1:")
        await pilot.press("enter")
        await world.shows(pilot, "What the probes of #1 say", "✓ proved: only the slash at the path's end is wrong")
        attempts = world.store.find("1").attempts
        assert {attempt.origin for attempt in attempts[1:]} == {"probe"}
