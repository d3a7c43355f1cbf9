from __future__ import annotations

from typing import Any

import pytest

from hookscope.tui.widgets.filter_line import Completion, explain


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


def test_what_could_come_next_is_offered() -> None:
    assert "status:4xx" in explain("")[0].plain
    assert "status:" in explain("sta")[0].plain


def test_a_mistake_is_marked_where_it_is() -> None:
    marks, sentence = explain("method:POST status:9x")
    assert marks.plain == "  " + " " * len("method:POST status:") + "▔▔"
    assert sentence.plain.startswith("✗ status: does not take '9x': give a status")
