from __future__ import annotations

from typing import Any

import pytest

from hookscope.model.events import ConnectionChanged, GapDeclared, HandshakeSeen, Noticed, Refused, Stopped
from hookscope.model.session_requests import KeepSecret
from hookscope.text.safe import safe_text

TOKEN = "secret_" + "a1B2" * 10


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_an_empty_list_helps_on(world: Any, size: tuple[int, int]) -> None:
    async with world.app().run_test(size=size) as pilot:
        text = await world.shows(pilot, "Waiting for the first delivery", "is not reachable: is it")
        for part in (world.url, f"curl -i {world.url}", "● connected, answering", "✗ handler not reachable", "? help"):
            assert part in text


async def test_below_a_hundred_columns_the_detail_lies_over_the_list(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(99, 24)) as pilot:
        await world.shows(pilot, "outcome", "4 of 4")
        await pilot.press("enter")
        text = await world.shows(pilot, "[2 Request]", "Esc back")
        assert "outcome" not in text
        await pilot.resize_terminal(120, 30)
        await world.shows(pilot, "outcome", "[2 Request]")
        await pilot.resize_terminal(60, 15)
        await world.hides(pilot, "outcome")
        await pilot.press("escape")
        await world.shows(pilot, "outcome")


async def test_the_connection_and_its_countdown_are_in_the_header(world: Any) -> None:
    async with world.app().run_test(size=(140, 24)) as pilot:
        await world.shows(pilot, "● connected, answering")
        world.engine.emit(ConnectionChanged(at=2e9, state="waiting", reason="connection reset", retry_in_ms=4000))
        await world.shows(pilot, "○ no connection, next try in", "connection reset")
        world.engine.emit(ConnectionChanged(at=0, state="refused", reason="the key was rotated"))
        await world.shows(pilot, "✗ refused: the key was rotated")


async def test_the_verification_token_is_shown_and_kept_when_the_user_agrees(world: Any) -> None:
    async with world.app().run_test(size=(80, 24)) as pilot:
        await world.shows(pilot, "connected")
        world.engine.emit(HandshakeSeen(at=0, id="a", number=7, provider="notion", token=TOKEN))
        await world.shows(pilot, TOKEN, "paste this under Verify", "K keep it    n do not")
        await pilot.press("c")
        assert pilot.app.clipboard == TOKEN
        await pilot.press("n")
        await world.hides(pilot, TOKEN)
        assert world.engine.asked == []
        await pilot.press("K")
        await world.shows(pilot, TOKEN)
        await pilot.press("y")
        assert world.engine.asked == []
        await pilot.press("K")
        assert world.engine.asked == [KeepSecret(name="7")]


async def test_later_tokens_do_not_force_themselves_on_the_user(world: Any) -> None:
    async with world.app().run_test(size=(140, 24), notifications=True) as pilot:
        await world.shows(pilot, "connected")
        world.engine.emit(HandshakeSeen(at=0, id="a", number=7, provider="notion", token=TOKEN))
        await world.shows(pilot, TOKEN, "with delivery #7")
        await pilot.press("n")
        for number in (8, 9):
            world.engine.emit(HandshakeSeen(at=0, id="b", number=number, provider="notion", token="secret_other"))
        text = await world.shows(pilot, "Notion sent a verification token with #9; K shows it")
        assert "secret_other" not in text
        world.engine.emit(HandshakeSeen(at=0, id="c", number=10, provider="acme", token="t", kept="candidate"))
        await world.shows(pilot, "Acme sent a verification token with #10")
        await pilot.press("K")
        await world.shows(pilot, "K keep it as a candidate")


async def test_notices_gaps_and_refusals_are_told(world: Any) -> None:
    async with world.app().run_test(size=(140, 40), notifications=True) as pilot:
        await world.shows(pilot, "connected")
        world.engine.emit(Noticed(at=0, level="warning", text="port 7420 is in use [red]x[/]"))
        world.engine.emit(GapDeclared(at=0, after=3, until=8, reason="retention"))
        world.engine.emit(Refused(at=0, problem="too-large", method="POST", target="/big\x1b[2J", size=9))
        text = await world.shows(pilot, "port 7420 is in use [red]x[/]", "5 deliveries lost for good", "too-large")
        assert "\x1b" not in text


async def test_a_session_that_ends_before_it_opened_ends_the_screen(world: Any) -> None:
    world.engine.events = (Stopped(at=0, captured=0, exit_code=5),)
    async with world.app().run_test(size=(80, 24)) as pilot:
        await world.until(pilot, lambda: not pilot.app.is_running)


async def test_a_session_that_ends_later_leaves_the_captures_on_the_screen(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(80, 24)) as pilot:
        await world.shows(pilot, "connected")
        world.engine.emit(ConnectionChanged(at=0, state="stopped", reason="superseded"))
        world.engine.emit(Stopped(at=0, captured=0, exit_code=5))
        await world.shows(pilot, "■ stopped: superseded", "✓ 200")


async def test_nothing_that_a_sender_wrote_reaches_the_terminal_as_a_command(world: Any) -> None:
    hostile = "\x1b]52;c;eA==\x07\x1b[2J\u202e[bold]x[/x]"
    await world.keep(
        500,
        method="P\x1b[31mT",
        target="/" + hostile.encode("utf-8").decode("latin-1"),
        headers=(("X-\x07", "\x9b31m"), ("Content-Type", "application/json")),
        body=b'{"a":"' + hostile.encode() + b'"',
        provider=hostile,
        event_type=hostile,
        answer_body=hostile.encode(),
    )
    async with world.app().run_test(size=(140, 40)) as pilot:
        await world.shows(pilot, "✗ 500")
        for key in "12345":
            await pilot.press(key)
            text = await world.shows(pilot, f"[{key} ")
            assert all(safe_text(line) == line for line in text.splitlines())


async def test_a_click_on_a_key_of_the_footer_runs_it(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(140, 24)) as pilot:
        text = await world.shows(pilot, "connected", "? help", "P pause")
        await pilot.click("#keys", offset=(text.splitlines()[-1].index("? help"), 0))
        await world.shows(pilot, "the next delivery, or the next line")
        await pilot.press("escape")
        await pilot.click("#header", offset=(20, 0))
        assert pilot.app.clipboard == world.url
