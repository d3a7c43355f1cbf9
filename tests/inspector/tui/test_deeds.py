from __future__ import annotations

from typing import Any

from hookscope.events import Ready
from hookscope.front_door import Clear, ForwardBacklog, Mark, Pause, Replay, Resume
from hookscope_relay.errors import HandlerUnreachable


async def test_what_acts_on_a_delivery_asks_the_front_door(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(80, 24), notifications=True) as pilot:
        await world.shows(pilot, "connected", "4 of 4")
        await pilot.press("r")
        await world.shows(pilot, "#4 was handed to the handler", "as attempt 2")
        await pilot.press("m", "b")
        await world.shows(pilot, "2 deliveries that came")
        assert world.engine.asked == [Replay(name="4"), Mark(name="4", on=True), ForwardBacklog()]


async def test_a_pause_is_seen_and_ended_by_the_same_key(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(80, 24)) as pilot:
        await world.shows(pilot, "connected", "4 of 4")
        await pilot.press("space")
        await world.shows(pilot, "‖ forwarding paused", "space go on")
        await pilot.press("space")
        await world.hides(pilot, "‖")
        assert world.engine.asked == [Pause(), Resume()]


async def test_a_refused_request_is_told_in_its_own_words(world: Any) -> None:
    await world.fill()
    world.engine.error = HandlerUnreachable("the handler is gone", "start it")
    async with world.app().run_test(size=(80, 24), notifications=True) as pilot:
        await world.shows(pilot, "connected", "4 of 4")
        await pilot.press("r")
        await world.shows(pilot, "the handler is gone; start it")


async def test_what_cannot_run_says_why(world: Any) -> None:
    world.engine.events = (Ready(at=0, url=world.url, handler="", endpoint="e", relay="r"),)
    await world.fill()
    async with world.app().run_test(size=(140, 24), notifications=True) as pilot:
        await world.shows(pilot, "no handler, capture only", "4 of 4")
        await pilot.press("r", "K")
        await world.shows(pilot, "this session has no handler", "no provider has sent")
        assert world.engine.asked == []


async def test_url_and_body_are_copied(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(140, 24), notifications=True) as pilot:
        await world.shows(pilot, "connected", "#4 POST", "page.created")
        await pilot.press("y")
        assert pilot.app.clipboard == world.url
        await world.until(pilot, lambda: pilot.app.main.detail.detail is not None)
        await pilot.press("Y")
        assert '"type":"page.created"' in pilot.app.clipboard
        await world.shows(pilot, "copied the body, 201 B")


async def test_clearing_asks_first(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(80, 24)) as pilot:
        await world.shows(pilot, "connected", "4 of 4")
        pilot.app.main.run_action_named("clear")
        await world.shows(pilot, "Clear the list?", "4 deliveries are kept")
        await pilot.press("n")
        assert world.engine.asked == []
        pilot.app.main.run_action_named("clear")
        await world.shows(pilot, "Clear the list?")
        await world.store.clear(None)
        await pilot.press("y")
        assert world.engine.asked == [Clear()]
        await world.shows(pilot, "Waiting for the first delivery")


async def test_tabs_turn_and_help_opens_and_closes(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(80, 24)) as pilot:
        await world.shows(pilot, "connected", "4 of 4")
        await pilot.press("enter", "l")
        await world.shows(pilot, "[3 Answer]")
        await pilot.press("h", "h")
        await world.shows(pilot, "[1 Findings]")
        await pilot.press("question_mark")
        await world.shows(pilot, "the next delivery, or the next line of the detail")
        await pilot.press("question_mark")
        await world.hides(pilot, "the next delivery")


async def test_light_and_dark(world: Any) -> None:
    async with world.app().run_test(size=(80, 24)) as pilot:
        await world.shows(pilot, "connected")
        await pilot.press("t")
        assert pilot.app.theme == "hookscope-light"
        await pilot.press("t")
        assert pilot.app.theme == "hookscope-dark"


async def test_q_and_ctrl_c_quit(world: Any) -> None:
    for key in ("q", "ctrl+c"):
        async with world.app().run_test(size=(80, 24)) as pilot:
            await pilot.press(key)
            await world.until(pilot, lambda: not pilot.app.is_running)
