"""The screen's comparison, over a real session's replayer and a real handler."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from hookscope.config.settings import Settings
from hookscope.model.capture import Attempt
from hookscope.model.finding import Explained
from hookscope.model.session_requests import Replay, Replayed
from hookscope.tui.actions.compare import ignored_places
from hookscope_relay.delivery import Answer

BODY = b'{"id":%d,"price":%d}'
JSON = (("Content-Type", "application/json"),)


class Answering:
    """Answers replays as a handler would: an id of its own each time, and the price of now."""

    def __init__(self, price: int) -> None:
        self.price = price
        self.asked: list[Replay] = []

    def __call__(self, request: Replay) -> Future[Replayed]:
        self.asked.append(request)
        answer = Answer(status=200, reason="OK", headers=JSON, body=BODY % (100 + len(self.asked), self.price))
        future: Future[Replayed] = Future()
        future.set_result(answered(request, answer))
        return future


def answered(request: Replay, answer: Answer) -> Replayed:
    attempt = Attempt(number=2, origin="replay", handler_url="", started_at=0.0, elapsed_ms=3.0, answer=answer)
    return Replayed(int(request.name), attempt, Explained(None, ()))


async def keep(world: Any, count: int) -> None:
    for number in range(count):
        await world.keep(200, answer_headers=JSON, answer_body=BODY % (number, 10), target=f"/x/{number}")


async def test_the_list_is_handed_over_twice_and_what_differs_is_shown(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await keep(world, 3)
    answering = Answering(11)
    monkeypatch.setattr(world.engine, "submit", answering)
    async with world.app().run_test(size=(110, 40), notifications=True) as pilot:
        await world.shows(pilot, "connected", "3 of 3")
        await pilot.press("D")
        await world.shows(pilot, "Compare the answers with the recorded ones", "3 deliveries (the whole list")
        await pilot.press("enter")
        shown = await world.shows(pilot, "✗ 3 different", "#2  POST /x/1", "~ /price", "Varies by itself  /id")
        assert "~ /id" not in shown.partition("Varies")[0]
        await pilot.press("escape")
    assert [request.name for request in answering.asked] == ["1", "2", "3", "1", "2", "3"]
    assert {request.to for request in answering.asked} == {""}


async def test_only_the_marked_ones_are_where_some_are_and_a_place_may_be_ignored(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await keep(world, 3)
    await world.store.mark(world.store.summary(2).id, True)
    answering = Answering(11)
    monkeypatch.setattr(world.engine, "submit", answering)
    async with world.app().run_test(size=(110, 40), notifications=True) as pilot:
        await world.shows(pilot, "connected", "3 of 3")
        await pilot.press("D")
        await world.shows(pilot, "1 delivery (the marked ones)")
        await world.type(pilot, "/price", replace=True)
        await pilot.press("enter")
        await world.shows(pilot, "✓ None differs", "Ignored  /price")
    assert [request.name for request in answering.asked] == ["2", "2"]


async def test_a_handler_that_is_none_is_told_in_place(world: Any) -> None:
    await keep(world, 1)
    async with world.app().run_test(size=(110, 40), notifications=True) as pilot:
        await world.shows(pilot, "connected", "1 of 1")
        await pilot.press("D")
        await world.shows(pilot, "Compare the answers")
        await pilot.press("up")
        await world.type(pilot, "a b", replace=True)
        await pilot.press("enter")
        await world.shows(pilot, "has a space")


PLACES = {
    "of the command": ('[replay]\nignore = ["/id", "headers.x-id"]\n', ("/id", "headers.x-id")),
    "of all": ('ignore = "/id"\n', ("/id",)),
    "none": ("", ()),
    "nonsense": ("ignore = ", ()),
}


@pytest.mark.parametrize(("text", "places"), PLACES.values(), ids=PLACES)
def test_what_the_settings_of_replay_ignore_is_ignored_here(
    text: str, places: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text(text)
    settings = Settings(values={}, environ={"HOOKSCOPE_HOME": str(tmp_path)}, project={}, user={})
    assert ignored_places(settings) == places
