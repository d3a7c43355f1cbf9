from __future__ import annotations

import threading
from typing import Any


async def test_the_handler_is_checked_and_what_is_wrong_comes_first(world: Any, handler_url: str) -> None:
    await world.fill()
    world.ready(f"{handler_url}/hooks/")
    async with world.app().run_test(size=(140, 50), notifications=True) as pilot:
        await world.shows(pilot, "connected", "4 of 4")
        await pilot.press("C")
        await world.shows(pilot, "Check the handler", f"{handler_url}/hooks/", "Provider", "notion", "them is kept")
        await pilot.press("enter")
        shown = await world.shows(
            pilot, "as a handler of notion", "✗ What is wrong: ", "deliveries in ", "✗ ", "note: "
        )
        assert "signature" in shown
    assert world.store.count() == 4


async def test_a_provider_that_there_is_not_and_no_handler_are_told_in_place(world: Any) -> None:
    async with world.app().run_test(size=(100, 24), notifications=True) as pilot:
        await world.shows(pilot, "connected")
        await pilot.press("C")
        await world.shows(pilot, "Check the handler")
        await pilot.press("up", "up")
        await world.type(pilot, "a b", replace=True)
        await pilot.press("enter")
        await world.shows(pilot, "has a space")
        await world.type(pilot, "3000", replace=True)
        await pilot.press("down")
        await world.type(pilot, "nobody", replace=True)
        await pilot.press("enter")
        await world.shows(pilot, "✗ there is no provider 'nobody'")


async def test_a_handler_that_is_not_there_is_told(world: Any) -> None:
    world.ready("http://127.0.0.1:9/hooks")
    async with world.app().run_test(size=(100, 24), notifications=True) as pilot:
        await world.shows(pilot, "connected")
        await pilot.press("C", "enter")
        await world.tells(pilot, "cannot be reached")


async def test_a_check_is_stopped_on_its_way(world: Any, waiting_url: str, let_go: threading.Event) -> None:
    world.ready(waiting_url)
    async with world.app().run_test(size=(100, 24), notifications=True) as pilot:
        await world.shows(pilot, "connected")
        await pilot.press("C", "enter")
        await world.shows(pilot, "checking", "Esc stops it")
        await pilot.press("escape")
        await world.shows(pilot, "stopping")
        let_go.set()
        await world.tells(pilot, "checking: ")
        assert any("stopped after" in told.message for told in pilot.app._notifications)
