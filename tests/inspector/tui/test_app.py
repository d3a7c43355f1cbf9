from __future__ import annotations

from typing import Any

import pytest
from rich.segment import Segment
from textual.color import Color

from hookscope.settings import Settings
from hookscope.tui.actions import ACTIONS
from hookscope.tui.app import HookscopeApp, run_screen
from hookscope_relay.errors import InputError


async def test_the_palette_has_every_action_that_is_not_a_movement(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(80, 40)) as pilot:
        await world.shows(pilot, "connected", "4 of 4")
        commands = {command.title: command for command in pilot.app.get_system_commands(pilot.app.screen)}
        assert set(commands) == {action.label for action in ACTIONS if action.palette}
        commands["Findings"].callback()
        await world.shows(pilot, "[1 Findings]")
        await pilot.press("ctrl+p")
        await world.shows(pilot, "Search for commands")


async def test_keys_can_be_given_to_other_actions(world: Any) -> None:
    await world.fill()
    async with world.app(keymap={"replay": ("z",)}).run_test(size=(80, 24)) as pilot:
        await world.shows(pilot, "connected", "z replay")
        await pilot.press("r")
        assert world.engine.asked == []
        await pilot.press("z")
        assert len(world.engine.asked) == 1


async def test_everything_that_is_drawn_passes_the_guard(world: Any) -> None:
    app: HookscopeApp = world.app()
    segments = [Segment("\x1b[2J")]
    for line_filter in app.get_line_filters():
        segments = line_filter.apply(segments, Color(0, 0, 0))
    assert segments[0].text == "␛[2J"


async def test_without_colours_everything_is_still_said(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    await world.fill()
    async with world.app().run_test(size=(140, 40)) as pilot:
        await world.shows(pilot, "› ✓ 200", "↪ 308", "✗ refused", "[2 Request]", "follow off", "● connected")
        for strip in pilot.app.screen._compositor.render_strips():
            for segment in strip:
                if segment.style is not None and segment.style.color is not None:
                    red, green, blue = segment.style.color.get_truecolor()
                    assert red == green == blue


def test_a_keymap_that_makes_no_sense_is_refused_before_the_screen_opens(world: Any) -> None:
    settings = Settings(values={}, environ={}, project={"keys": {"repaly": "R"}}, user={})
    with pytest.raises(InputError, match="did you mean replay"):
        run_screen(world.engine, world.store, settings=settings)
