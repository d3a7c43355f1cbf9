from __future__ import annotations

from typing import Any

from hookscope.tui.engine.job import Job


async def test_tabs_turn_and_help_opens_and_closes(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(80, 24)) as pilot:
        await world.shows(pilot, "connected", "4 of 4")
        await pilot.press("enter", "l")
        await world.shows(pilot, "[3 Answer]")
        await pilot.press("h", "h")
        await world.shows(pilot, "[1 Findings]")
        await pilot.press("left_square_bracket", "question_mark")
        await world.shows(pilot, "the next delivery, or the next line of")
        await pilot.press("question_mark")
        await world.hides(pilot, "the next delivery")
        await pilot.press("t")
        assert pilot.app.theme == "hookscope-light"
        await pilot.press("t", "F")
        assert pilot.app.theme == "hookscope-dark"
        await world.shows(pilot, "follows the newest")


async def test_esc_leaves_one_thing_at_a_time(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(80, 24)) as pilot:
        await world.shows(pilot, "connected", "4 of 4")
        await world.filter(pilot, "status:3xx")
        await world.shows(pilot, "1 of 1")
        await pilot.press("enter")
        await world.shows(pilot, "[1 Findings (1)]")
        job = pilot.app.main.background.job = Job("replaying", 9)
        await world.shows(pilot, "0 of 9  Esc stops it")
        await pilot.press("escape")
        assert job.cancelled
        pilot.app.main.background.job = None
        await pilot.press("escape")
        await world.shows(pilot, "outcome", "filter status:3xx")
        await pilot.press("escape")
        await world.shows(pilot, "of 4 deliveries")


async def test_q_and_ctrl_c_quit(world: Any) -> None:
    for key in ("q", "ctrl+c"):
        async with world.app().run_test(size=(80, 24)) as pilot:
            await pilot.press(key)
            await world.until(pilot, lambda: not pilot.app.is_running)


async def test_side_by_side_needs_room_and_leaves_by_esc(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(80, 24), notifications=True) as pilot:
        await world.shows(pilot, "connected", "4 of 4")
        await pilot.press("w")
        await world.tells(pilot, "from 96 columns on")
        await pilot.resize_terminal(110, 30)
        await pilot.press("g", "w")
        await world.shows(pilot, "[2 Request]", "Attempt 1")
        await pilot.press("escape")
        await world.hides(pilot, "Attempt 1")
        await world.shows(pilot, "1 of 4")
