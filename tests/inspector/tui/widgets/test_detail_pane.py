from __future__ import annotations

from typing import Any

import pytest

from factories import NOW
from hookscope.model.call import Call, Tie
from hookscope.model.errors import NoSuchCapture
from hookscope.model.verdict import Recognition
from hookscope.tui.widgets.detail_pane import read_detail, read_related
from hookscope_relay.delivery import Answer


async def test_the_last_attempt_is_read_unless_one_is_named(world: Any) -> None:
    number = await world.keep(200, attempts=3)
    detail = read_detail(world.store, number)
    assert detail.attempt is not None
    assert detail.attempt.number == 3
    first = read_detail(world.store, number, 1)
    assert first.attempt is not None
    assert first.attempt.number == 1
    assert first.verdict is not None
    with pytest.raises(NoSuchCapture):
        read_detail(world.store, 999)


async def test_without_an_attempt_there_is_none(world: Any) -> None:
    assert read_detail(world.store, await world.keep(None)).attempt is None


async def test_what_belongs_to_the_same_event_is_read_with_it(world: Any) -> None:
    first = await world.keep(500, event_id="e1", object_id="p1")
    second = await world.keep(200, event_id="e1", object_id="p1")
    await world.keep(200, event_id="e9", object_id="p9")
    detail = read_detail(world.store, second)
    assert [other.number for other in detail.related] == [first, second]
    assert read_related(world.store, Recognition(provider="notion")) == ()


@pytest.mark.parametrize(
    ("key", "texts"),
    [
        ("1", ("[1 Findings (1)]", "The handler redirects", "▶/webhooks/notion/◀")),
        ("2", ("[2 Request]", "POST /webhooks/notion", '"type": "page.created"')),
        ("3", ("[3 Answer]", "↪ 308 Reason", "Location")),
        ("4", ("[4 Timeline]", "received by the relay", "queued", "attempt 1, forwarded as it came")),
        ("5", ("[5 Raw]", "POST /webhooks/notion HTTP/1.1", "Host: relay.example")),
    ],
)
async def test_each_tab_has_its_key(world: Any, key: str, texts: tuple[str, ...]) -> None:
    await world.fill()
    async with world.app().run_test(size=(80, 24)) as pilot:
        await world.shows(pilot, "4 of 4")
        await pilot.press("g", "enter", key)
        await world.shows(pilot, *texts)


async def test_what_failed_opens_on_its_findings_and_what_went_well_on_the_request(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(140, 40)) as pilot:
        await world.shows(pilot, "[2 Request]", "#4 POST")
        await pilot.press("g")
        await world.shows(pilot, "[1 Findings (1)]", "#1 POST", "The handler redirects to the path with a slash")


async def test_a_click_on_a_tab_shows_it(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(140, 40)) as pilot:
        await world.shows(pilot, "[2 Request]", "#4 POST")
        await pilot.click("#detail-tabs", offset=(26, 0))
        await world.shows(pilot, "[3 Answer]", "Attempt 2 of 2")


async def test_request_and_answer_stand_side_by_side_where_there_is_room(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(140, 40)) as pilot:
        await world.shows(pilot, "[2 Request]", "#4 POST")
        await world.hides(pilot, "Attempt 2 of 2")
        await pilot.press("w")
        await world.shows(pilot, "[2 Request]", "POST /webhooks/notion", '"type": "page.created"', "Attempt 2 of 2")
        left, right = pilot.app.main.detail.view, pilot.app.query_one("#beside")
        assert left.has_focus
        await pilot.press("3")
        await world.shows(pilot, "[3 Answer]", "POST /webhooks/notion", "Attempt 2 of 2")
        assert right.has_focus
        await pilot.click(left, offset=(5, 5))
        await world.shows(pilot, "[2 Request]")
        await pilot.resize_terminal(80, 24)
        await world.hides(pilot, "Attempt 2 of 2")
        await pilot.resize_terminal(140, 40)
        await world.shows(pilot, "Attempt 2 of 2")
        await pilot.press("w")
        await world.hides(pilot, "Attempt 2 of 2")


async def test_attempts_are_turned_over(world: Any) -> None:
    await world.keep(200, attempts=2)
    async with world.app().run_test(size=(140, 40), notifications=True) as pilot:
        await world.shows(pilot, "#1 POST")
        await pilot.press("3")
        await world.shows(pilot, "Attempt 2 of 2")
        await pilot.press("left_square_bracket")
        await world.shows(pilot, "Attempt 1 of 2")
        await pilot.press("left_square_bracket")
        await world.shows(pilot, "this is the first attempt")


async def test_a_deleted_capture_is_told_not_raised(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(140, 40)) as pilot:
        await world.shows(pilot, "#4 POST", "[2 Request]")
        await world.store.clear(None)
        await pilot.press("5")
        await world.shows(pilot, "there is no capture")


async def test_json_folds_with_enter(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(80, 40)) as pilot:
        await world.shows(pilot, "4 of 4")
        await pilot.press("enter", "2")
        await world.shows(pilot, '▾ "entity": {')
        await pilot.press("G", *["up"] * 5, "enter")
        await world.shows(pilot, '▸ "entity": { … 2 }')


async def test_a_call_opens_like_a_delivery(world: Any) -> None:
    number = await world.keep(200)
    delivery = world.store.find(str(number)).delivery.id
    await world.store.keep_calls([call(delivery, "/v1/pages/p", 200), call(delivery, "/v1/comments", 403)])
    async with world.app().run_test(size=(120, 30), notifications=True) as pilot:
        await world.shows(pilot, "1 of 1")
        await pilot.press("enter", "<")
        await world.tells(pilot, "this is the delivery, before its calls")
        await pilot.press(">")
        await world.shows(pilot, "▸ call 1 of 2  notion GET /v1/pages/p", "[1 Findings]")
        await pilot.press(">", "3")
        await world.shows(
            pilot, "▸ call 2 of 2  notion GET /v1/comments", "[3 Answer]", "✗ 403", '"restricted_resource"'
        )
        await pilot.press(">")
        await world.tells(pilot, "this is the last call")
        await pilot.press("escape")
        await world.shows(pilot, "[4 Timeline]", "2 calls to APIs")
        await pilot.press("end", "up", "enter")
        await world.shows(pilot, "▸ call 2 of 2")


async def test_without_a_call_it_is_said_how_one_is_seen(world: Any) -> None:
    await world.keep(200)
    async with world.app().run_test(size=(120, 30), notifications=True) as pilot:
        await world.shows(pilot, "1 of 1")
        await pilot.press("enter")
        await world.shows(pilot, "[2 Request]", "Headers")
        await pilot.press(">")
        await world.tells(pilot, "the handler made no call")


def call(delivery: str, target: str, status: int) -> Call:
    return Call(api="notion", base="https://api.notion.com", method="GET", target=target, started_at=NOW + status / 1000, elapsed_ms=5.0,
                answer=Answer(status=status, body=b'{"code":"restricted_resource"}'), tie=Tie(delivery=delivery, confidence=0.97, why="it names p"))  # fmt: skip
