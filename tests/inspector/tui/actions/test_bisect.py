from __future__ import annotations

from typing import Any


async def test_what_makes_a_delivery_fail_is_found(world: Any, handler_url: str) -> None:
    await world.keep(200, target="/hooks/", provider="", event_type="")
    await world.keep(404, target="/hooks", provider="", event_type="")
    world.ready(handler_url)
    async with world.app().run_test(size=(110, 40), notifications=True) as pilot:
        await world.shows(pilot, "connected", "2 of 2")
        await pilot.press("B")
        await world.shows(
            pilot, "Find what makes #2 fail, against #1 (the latest accepted at /hooks)?", "Up to 200 re-sends"
        )
        await pilot.press("n", "B")
        await world.shows(pilot, "Find what makes #2 fail")
        await pilot.press("y")
        await world.shows(pilot, "What makes #2 fail, and #1 not", "only this matters: ", "sends;")
        assert {attempt.origin for attempt in world.store.find("2").attempts[1:]} == {"probe"}


async def test_there_must_be_one_that_was_accepted(world: Any) -> None:
    await world.keep(404)
    async with world.app().run_test(size=(110, 40), notifications=True) as pilot:
        await world.shows(pilot, "connected", "1 of 1")
        await pilot.press("B")
        await world.tells(pilot, "no delivery was accepted that it could be compared with")
