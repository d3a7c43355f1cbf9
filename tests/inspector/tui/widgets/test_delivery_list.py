from __future__ import annotations

from typing import Any

import pytest

from held import begun
from hookscope.tui.widgets.delivery_list import DeliveryList


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_each_delivery_has_a_row_and_the_newest_is_selected(world: Any, size: tuple[int, int]) -> None:
    await world.fill()
    async with world.app().run_test(size=size) as pilot:
        text = await world.shows(pilot, "✓ 200", "↪ 308", "✗ refused", "○ owed")
        assert "› ✓ 200" in text
        assert "4 of 4 deliveries" in text


async def test_an_arrival_never_moves_the_selection(world: Any) -> None:
    for index in range(40):
        await world.keep(200, target=f"/{index}")
    async with world.app().run_test(size=(80, 24)) as pilot:
        await world.shows(pilot, "40 of 40")
        await pilot.press("k", "k")
        await world.shows(pilot, "connected", "38 of 40")
        world.arrive(await world.keep(200, target="/seen"))
        await world.shows(pilot, "38 of 41", "/seen")
        assert pilot.app.main.list.selected.target == "/37"
        await pilot.press("g")
        for _ in range(3):
            world.arrive(await world.keep(200, target="/new"))
        await world.shows(pilot, "1 of 44", "↓ 3 new")
        assert pilot.app.main.list.selected.target == "/0"
        await pilot.press("G")
        text = await world.hides(pilot, "↓ ")
        assert "44 of 44" in text


async def test_follow_selects_the_newest_until_the_user_moves(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(80, 24)) as pilot:
        await world.shows(pilot, "4 of 4")
        await pilot.press("k", "F")
        await world.shows(pilot, "follows the newest", "4 of 4")
        world.arrive(await world.keep(404, target="/new"))
        await world.shows(pilot, "5 of 5", "› ✗ 404")
        await pilot.press("k")
        await world.shows(pilot, "4 of 5")


async def test_the_first_arrival_is_selected(world: Any) -> None:
    async with world.app().run_test(size=(80, 24)) as pilot:
        await world.shows(pilot, "Waiting for the first delivery")
        world.arrive(await world.keep(200))
        await world.shows(pilot, "› ✓ 200", "1 of 1 delivery")


async def test_a_change_is_read_again(world: Any) -> None:
    number = await world.keep(None)
    async with world.app().run_test(size=(80, 24)) as pilot:
        await world.shows(pilot, "connected", "○ kept")
        capture = world.store.find(str(number))
        attempt = await world.store.begin_attempt(capture.delivery.id, begun("live", "http://x", 0.0))
        await world.store.end_attempt(capture.delivery.id, attempt, elapsed_ms=3.0, answer=world.ok)
        world.attempted(number)
        await world.shows(pilot, "✓ 200")


async def test_a_click_selects_and_a_second_one_opens(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(80, 24)) as pilot:
        await world.shows(pilot, "4 of 4")
        await pilot.click(DeliveryList, offset=(10, 1))
        await world.shows(pilot, "› ↪ 308", "1 of 4")
        await pilot.click(DeliveryList, offset=(10, 1))
        await world.shows(pilot, "[1 Findings (1)]")


async def test_a_hundred_thousand_rows_are_one_window(world: Any) -> None:
    """Only what is seen is read: the rest of the rows are numbers."""
    from hookscope.tui.engine.window import Window

    await world.fill()
    async with world.app().run_test(size=(80, 24)) as pilot:
        await world.shows(pilot, "4 of 4")
        pilot.app.main.list.show(Window(world.store, numbers=range(1, 100_001)))
        await pilot.press("g")
        await world.shows(pilot, "1 of 100,000")
        await pilot.press("G")
        await world.shows(pilot, "100,000 of 100,000", "#100000 is gone")
