from __future__ import annotations

from typing import Any

import pytest

from hookscope.tui.widgets.filter_line import Completion


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_a_filter_shows_only_what_meets_it_and_is_named(world: Any, size: tuple[int, int]) -> None:
    await world.fill()
    async with world.app().run_test(size=size) as pilot:
        await world.shows(pilot, "4 of 4")
        await world.filter(pilot, "status:3xx")
        text = await world.shows(pilot, "filter status:3xx", "1 of 1 delivery", "↪ 308")
        assert "✗ refused" not in text
        await pilot.press("escape")
        await world.shows(pilot, "of 4 deliveries", "✗ refused")


async def test_a_mistake_is_explained_in_place_and_does_not_take_effect(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(140, 40)) as pilot:
        await world.shows(pilot, "4 of 4")
        await world.filter(pilot, "stats:3xx")
        await world.shows(pilot, "▔▔▔▔▔▔▔▔▔", "✗ ", "did you mean status", "4 of 4")
        await pilot.press("escape")
        await world.hides(pilot, "did you mean")


async def test_nothing_that_meets_a_filter_is_said(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(80, 24)) as pilot:
        await world.shows(pilot, "4 of 4")
        await world.filter(pilot, "method:PUT")
        await world.shows(pilot, "No delivery meets the filter method:PUT")


async def test_an_arrival_is_held_against_the_filter(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(80, 24)) as pilot:
        await world.shows(pilot, "4 of 4")
        await world.filter(pilot, "is:failed")
        await world.shows(pilot, "2 of 2")
        world.arrive(await world.keep(200, target="/fine"))
        world.arrive(await world.keep(500, target="/broken"))
        text = await world.shows(pilot, "of 3 deliveries", "/broken")
        assert "/fine" not in text


async def test_tab_takes_what_is_offered_and_never_leaves_the_line(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(140, 40)) as pilot:
        await world.shows(pilot, "4 of 4")
        await pilot.press("slash", "s", "tab")
        await world.shows(pilot, "/ status:", "Tab [status:] since:")
        await pilot.press("tab")
        await world.shows(pilot, "/ since:", "Tab  status: [since:]")
        await pilot.press("shift+tab", *"3x", "tab", "tab", "tab")
        await world.shows(pilot, "/ status:3xx")
        await pilot.press("q", "backspace", "enter")
        await world.shows(pilot, "filter status:3xx", "1 of 1 delivery")
        assert world.engine.asked == []


async def test_values_that_came_are_offered(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(140, 40)) as pilot:
        await world.shows(pilot, "4 of 4")
        await pilot.press("slash", *"type:")
        await world.shows(pilot, "Tab  type:page.")
        await pilot.press("tab", "enter")
        await world.shows(pilot, "filter type:page.")


async def test_a_key_without_its_value_is_a_mistake_once_it_is_entered(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(140, 40)) as pilot:
        await world.shows(pilot, "4 of 4")
        await pilot.press("slash", *"status:")
        await world.shows(pilot, "Tab  status:2xx")
        await pilot.press("enter")
        await world.shows(pilot, "status: has no value")


async def test_keys_typed_in_a_filter_are_letters(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(80, 24)) as pilot:
        await world.shows(pilot, "4 of 4")
        await pilot.press("slash", *"qrm")
        await world.shows(pilot, "/ qrm")
        assert world.engine.asked == []


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("stat", "status:"), ("method:POST prov", "method:POST provider:"), ("", None), ("zzz", None)],
)
async def test_a_key_is_completed(typed: str, offered: str | None) -> None:
    assert await Completion().get_suggestion(typed) == offered
