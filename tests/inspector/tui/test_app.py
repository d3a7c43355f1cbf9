from __future__ import annotations

from typing import Any

import pytest
from rich.segment import Segment
from textual import events
from textual.color import Color

from hookscope.config.settings import Settings
from hookscope.tui.actions.table import ACTIONS
from hookscope.tui.app import HookscopeApp, chosen_theme, run_screen
from hookscope.tui.keys.keyboard import Keyboard
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
    async with world.app(keyboard=Keyboard(ACTIONS, {"replay": ("z",)})).run_test(size=(80, 24)) as pilot:
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
        await world.shows(pilot, "› ✓ 200", "↪ 308", "✗ refused", "[2 Request]", "● connected")
        for strip in pilot.app.screen._compositor.render_strips():
            for segment in strip:
                if segment.style is not None and segment.style.color is not None:
                    red, green, blue = segment.style.color.get_truecolor()
                    assert red == green == blue


def test_a_keymap_that_makes_no_sense_is_refused_before_the_screen_opens(world: Any) -> None:
    settings = Settings(values={}, environ={}, project={"keys": {"repaly": "R"}}, user={})
    with pytest.raises(InputError, match="did you mean replay"):
        run_screen(world.engine, world.store, settings=settings)


@pytest.mark.parametrize(
    ("environ", "project", "user", "theme"),
    [
        ({}, {}, {}, "dark"),
        ({}, {}, {"theme": "light"}, "light"),
        ({}, {"theme": "dark"}, {"theme": "light"}, "dark"),
        ({"HOOKSCOPE_THEME": "light"}, {"theme": "dark"}, {}, "light"),
    ],
)
def test_the_theme_can_be_chosen(
    environ: dict[str, str], project: dict[str, str], user: dict[str, str], theme: str
) -> None:
    assert chosen_theme(Settings(values={}, environ=environ, project=project, user=user)) == theme


def test_a_theme_that_there_is_not_is_refused() -> None:
    with pytest.raises(InputError, match="no theme 'blue'"):
        chosen_theme(Settings(values={}, environ={}, project={"theme": "blue"}, user={}))


def typed(pilot: Any, *keys: str) -> None:
    """Keys that come faster than the screen: nothing is awaited between them."""
    for key in keys:
        pilot.app.post_message(events.Key("slash" if key == "/" else key, key if len(key) == 1 else None))


async def test_what_is_typed_ahead_goes_into_the_filter_that_the_first_key_opens(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(140, 40)) as pilot:
        await world.shows(pilot, "connected", "4 of 4")
        typed(pilot, "/", *"status:3xx", "enter")
        await world.shows(pilot, "filter status:3xx", "1 of 1 delivery")
        assert world.engine.asked == []
        typed(pilot, "m")
        await world.until(pilot, lambda: world.engine.asked)


async def test_what_is_typed_ahead_goes_to_the_dialog_that_the_first_key_opens(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(140, 40)) as pilot:
        await world.shows(pilot, "connected", "4 of 4")
        typed(pilot, "c", "u", "m")
        await world.until(pilot, lambda: len(world.engine.asked) == 1)
        assert len(pilot.app.screen_stack) == 1
        assert pilot.app.clipboard.startswith("https://relay.example/")
