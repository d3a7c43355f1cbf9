from __future__ import annotations

import re
from typing import Any

from hookscope.model.session_requests import Backlog, Held, Pause, Replay, Resume, SendSample, SetSecret, SwitchHandler


async def test_a_pause_is_seen_and_what_was_held_is_offered_at_its_end(world: Any) -> None:
    await world.fill()
    world.engine.answers[Resume] = 3
    async with world.app().run_test(size=(100, 24), notifications=True) as pilot:
        await world.shows(pilot, "connected", "4 of 4")
        await pilot.press("P")
        await world.shows(pilot, "‖ forwarding paused", "‖ paused")
        await world.tells(pilot, "senders get 202 from hookscope")
        await pilot.press("P")
        await world.shows(pilot, "3 deliveries were held while forwarding was paused. Forward them?")
        await pilot.press("y")
        await world.tells(pilot, "forwarding: 1 went well")
        await world.hides(pilot, "‖")
        world.engine.answers |= {Resume: 0, Held: []}
        await pilot.press("P", "P", "b")
        await world.shows(pilot, "Hand over 2 deliveries that nobody has handled yet?")
        await pilot.press("y")
        await world.tells(pilot, "forwarding: 2 went well")
        pilot.app.main.run_action_named("held")
        await world.tells(pilot, "nothing is held")
        later = [Replay(name=name, origin="backlog") for name in ("3", "1", "2")]
        assert world.engine.asked == [
            Pause(), Resume(), Held(), later[0], Pause(), Resume(), Backlog(), *later[1:], Held(),
        ]  # fmt: skip


async def test_the_handler_is_switched_and_the_header_says_so(world: Any) -> None:
    async with world.app().run_test(size=(100, 24), notifications=True) as pilot:
        await world.shows(pilot, "connected", "H handler")
        await pilot.press("H")
        await world.shows(pilot, "Switch the handler", "Deliveries go there from the next one on")
        await world.type(pilot, "4000", replace=True)
        await pilot.press("enter")
        await world.tells(pilot, "deliveries go to http://localhost:4000 from now on")
        await world.shows(pilot, ": http://localhost:4000")
        assert world.engine.asked == [SwitchHandler(handler="4000")]


async def test_a_secret_is_asked_for_without_showing_it(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(100, 24), notifications=True) as pilot:
        await world.shows(pilot, "connected", "4 of 4")
        await pilot.press("S")
        await world.shows(pilot, "Set a signing secret", "Provider  notion")
        await pilot.press("enter")
        await world.shows(pilot, "✗ the secret is empty")
        await world.type(pilot, "secret_hush")
        assert "secret_hush" not in await world.shows(pilot, "•••••••••••")
        await pilot.press("enter")
        await world.tells(pilot, "notion: the secret ab12cd34 is kept")
        assert world.engine.asked == [SetSecret(provider="notion", secret="secret_hush")]
        assert "hush" not in repr(world.engine.asked)


async def test_a_sample_is_sent_from_the_empty_list(world: Any) -> None:
    async with world.app().run_test(size=(100, 24), notifications=True) as pilot:
        await world.shows(
            pilot, "n for a sample delivery, unsigned until a secret is known", "No signing secret is known"
        )
        await pilot.press("n")
        await world.shows(pilot, "Send a sample delivery", "notion")
        await world.type(pilot, "page.created")
        await pilot.press("up")
        await world.type(pilot, "nobody", replace=True)
        await pilot.press("enter")
        await world.shows(pilot, "✗ there is no provider 'nobody'")
        await world.type(pilot, "notion", replace=True)
        await pilot.press("enter")
        await world.tells(pilot, "the sample was sent; its sender got 200")
        assert world.engine.asked == [SendSample(provider="notion", event="page.created")]


async def test_a_sample_goes_where_deliveries_of_its_provider_are_accepted(world: Any) -> None:
    await world.keep(200, target="/webhooks/notion")
    await world.keep(200, target="/hooks/github", provider="github", event_type="push")
    await world.keep(200, target="/health", method="GET", provider="", event_type="")
    await world.keep(301, target="/webhooks/notio")
    async with world.app().run_test(size=(120, 30)) as pilot:
        await world.shows(pilot, "connected", "4 of 4")
        await pilot.press("n")
        text = await world.shows(pilot, "Send a sample delivery")
        assert re.search(r"Path +/webhooks/notion ", text)
