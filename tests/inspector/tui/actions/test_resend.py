from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import Any

from textual.widgets import TextArea

from hookscope.model.edits import Edits, parse_draft
from hookscope.model.errors import HandlerUnreachable
from hookscope.model.events import Ready
from hookscope.model.session_requests import Replay, SessionRequest


async def test_what_is_handed_over_again_is_said_and_what_came_of_it(world: Any) -> None:
    await world.keep(301, findings=(world.slash,), answer_headers=(("Location", "/webhooks/notion/"),))
    async with world.app().run_test(size=(140, 24), notifications=True) as pilot:
        await world.shows(
            pilot,
            "connected",
            "u copies the URL to register",
            "v sends it to /webhooks/notion/, to prove it",
            "v prove",
        )
        await pilot.press("r")
        await world.tells(pilot, "handing #1 to the handler …")
        await world.tells(pilot, "✓ 200 in 12 ms: #4 was handed over again")
        await pilot.press("a", "v")
        assert world.engine.asked == [
            Replay(name="1"),
            Replay(name="1", resign=True),
            Replay(name="1", edits=Edits(path="/webhooks/notion/"), proves="redirect.trailing-slash"),
        ]
        world.engine.error = HandlerUnreachable("the handler is gone", "start it")
        await pilot.press("r")
        await world.tells(pilot, "the handler is gone; start it")


async def test_another_handler_is_asked_for_checked_and_remembered(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(80, 24)) as pilot:
        await world.shows(pilot, "connected", "4 of 4")
        await pilot.press("R")
        await world.shows(pilot, "Hand #4 to another handler", "sign anew: off")
        await world.type(pilot, "localhost")
        await pilot.press("enter")
        await world.shows(pilot, "✗ the handler 'localhost' has no port")
        await world.type(pilot, ":4000/x")
        await pilot.press("ctrl+r", "enter")
        await world.until(pilot, lambda: world.engine.asked)
        assert world.engine.asked == [Replay(name="4", to="localhost:4000/x", resign=True)]
        await pilot.press("R")
        await world.shows(pilot, "localhost:4000/x")
        await pilot.press("escape")
        await world.hides(pilot, "another handler")


async def test_an_edited_delivery_is_sent_as_it_was_left(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(80, 24)) as pilot:
        await world.shows(pilot, "connected", "4 of 4")
        await world.until(pilot, lambda: pilot.app.main.detail.detail is not None)
        original = pilot.app.main.detail.detail.capture.delivery
        await pilot.press("e")
        await world.shows(pilot, "Edit #4 and send it", "POST /webhooks/notion", "X-Odd: café")
        pilot.app.screen.query_one("#edited-body", TextArea).text = '{"a":1}'
        await world.shows(pilot, "Body 7 B")
        await pilot.press("ctrl+r", "ctrl+s")
        await world.until(pilot, lambda: world.engine.asked)
        (asked,) = world.engine.asked
        assert asked.resign
        edited = parse_draft(asked.draft, original)
        assert (edited.headers, edited.body) == (original.headers, b'{"a":1}')


async def test_the_users_own_editor_comes_first(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(80, 24)) as pilot:
        await world.shows(pilot, "connected", "4 of 4")
        await world.until(pilot, lambda: pilot.app.main.detail.detail is not None)
        await pilot.press("E")
        # A terminal that is none cannot be handed over.
        await world.shows(pilot, "Edit #4 and send it", "this terminal cannot be handed to another editor")


async def test_every_delivery_of_the_list_is_handed_over_when_the_user_agrees(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(140, 24), notifications=True) as pilot:
        await world.shows(pilot, "connected", "4 of 4")
        await pilot.press("A")
        await world.shows(pilot, "Hand over 4 deliveries again? (the whole list)")
        await pilot.press("n")
        await world.hides(pilot, "Hand over")
        await pilot.press("A", "y")
        await world.tells(pilot, "replaying: 4 went well")
        assert world.engine.asked == [Replay(name=str(number)) for number in (1, 2, 3, 4)]
        pilot.app.main.run_action_named("replay_marked")
        await world.tells(pilot, "no delivery is marked; m marks one")
        await world.store.mark(world.store.summary(2).id, True)
        pilot.app.main.run_action_named("replay_marked")
        await world.shows(pilot, "Hand over 1 delivery again? (the marked ones)")


async def test_long_work_shows_how_far_it_is_and_esc_stops_it(world: Any) -> None:
    for _ in range(30):
        await world.keep(None)
    waiting: list[Future[Any]] = []
    begun = threading.Event()

    def submit(request: SessionRequest) -> Future[Any]:
        future: Future[Any] = Future()
        waiting.append(future)
        begun.set()
        return future

    world.engine.submit = submit
    async with world.app().run_test(size=(100, 24), notifications=True) as pilot:
        await world.shows(pilot, "connected", "30 of 30")
        await pilot.press("A", "y")
        await world.shows(pilot, "replaying ░", "0 of 30", "Esc stops it")
        await pilot.press("A")
        await world.tells(pilot, "other work is under way; Esc stops it")
        waiting[0].set_result(world.replayed)
        await world.shows(pilot, "1 of 30")
        await pilot.press("escape")
        await world.shows(pilot, "stopping …")
        for future in waiting[1:]:
            future.set_result(world.replayed)
        await world.tells(pilot, "stopped after")
        assert len(waiting) < 10


async def test_without_a_handler_it_says_what_to_do(world: Any) -> None:
    world.engine.events = (Ready(at=0, url=world.url, handler="", endpoint="e", relay="r"),)
    await world.fill()
    async with world.app().run_test(size=(140, 24), notifications=True) as pilot:
        await world.shows(pilot, "no handler, capture only", "4 of 4")
        await pilot.press("r", "v", "K")
        await world.shows(
            pilot, "this session has no handler; H names one", "no finding here has", "no provider has sent"
        )
        assert world.engine.asked == []
