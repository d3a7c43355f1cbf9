"""Deliveries that wait for their turn, over a real relay: their senders are told 202, none is lost, each is handed over
at the pace."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from hookscope.attempts.make import asks_to_wait
from hookscope.model.capture import Attempt, Failure, FailureKind
from hookscope.model.events import Attempted, Captured, Diagnosed, HeldChanged, Noticed
from hookscope.model.pace import Pace
from hookscope.model.session_requests import Held, Pause, Replay, Resume
from hookscope.session import hold
from hookscope.session.hold import pause_s
from hookscope.store.captures import CaptureStore
from hookscope.tools.filters.language import parse
from hookscope.tools.routes.parse import read_routes
from hookscope_relay.app import Relay
from hookscope_relay.delivery import Answer
from raw_http import Conversation, RawServer, free_port
from sessions import Session, make_plan

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
BUSY = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
HELD = b"HTTP/1.1 202 "


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hold, "PATIENCE_S", 0.15)
    monkeypatch.setattr(hold, "FIRST_PAUSE_S", 0.05)


def session_of(home: Path, relay: Relay, handler: str, pace: Pace, **changes: Any) -> Session:
    return Session(make_plan(home, relay.origin, handler, pace=pace, **changes))


def outcomes(home: Path, name: str = "1") -> list[int | str]:
    store = CaptureStore.open(home / "captures.db")
    try:
        found = store.find(name).attempts
        return [one.answer.status if one.answer else one.failure.kind if one.failure else "" for one in found]
    finally:
        store.close()


def held(home: Path) -> list[int]:
    store = CaptureStore.open(home / "captures.db")
    try:
        return store.numbers(parse("is:held"))
    finally:
        store.close()


async def test_at_a_rate_who_has_no_turn_soon_is_told_202_and_handed_over_in_order(
    relay: Relay, tmp_path: Path
) -> None:
    times: list[float] = []

    async def note(conversation: Conversation) -> None:
        while await conversation.request() is not None:
            times.append(time.monotonic())
            await conversation.send(OK)

    async with RawServer(behaviour=note) as handler:
        session = session_of(tmp_path, relay, handler.url, Pace(rate=10.0))
        async with session.running():
            answers = [await asyncio.gather(*(session.post(f"/{number}") for number in range(6)))]
            await session.until(Attempted, 6)
            await session.until(HeldChanged)
    said = sorted(answer.split(b" ")[1] for answer in answers[0])
    assert said.count(b"202") >= 3 and b"200" in said
    assert all(b"Hookscope-Answered-By: inspector" in one for one in answers[0] if one.startswith(HELD))
    assert times[-1] - times[0] > 0.4
    numbers = [one.number for one in session.events if isinstance(one, Attempted)]
    assert numbers == sorted(numbers) and len(numbers) == 6
    assert held(tmp_path) == []
    captured = [one.held for one in session.events if isinstance(one, Captured)]
    assert captured.count(True) == 5


async def test_so_many_at_a_time_and_who_waits_a_little_gets_the_handlers_answer(relay: Relay, tmp_path: Path) -> None:
    most = now = 0

    async def slow(conversation: Conversation) -> None:
        nonlocal most, now
        while await conversation.request() is not None:
            now += 1
            most = max(most, now)
            await asyncio.sleep(0.03)
            now -= 1
            await conversation.send(OK)

    async with RawServer(behaviour=slow) as handler:
        session = session_of(tmp_path, relay, handler.url, Pace(concurrency=1))
        async with session.running():
            answers = await asyncio.gather(*(session.post() for _ in range(2)))
            await session.until(Attempted, 2)
    assert most == 1
    assert [answer.split(b" ")[1] for answer in answers] == [b"200", b"200"]


async def test_it_is_tried_again_while_the_handler_is_down(relay: Relay, tmp_path: Path) -> None:
    port = free_port()
    session = session_of(tmp_path, relay, f"127.0.0.1:{port}", Pace(retry=5))
    async with session.running():
        answer = await session.post()
        await session.until(Attempted, 2)
        async with RawServer(OK, port=port) as handler:
            last, count = None, 3
            while last is None or last.failure:
                last = await session.until(Attempted, count)
                count += 1
            assert len(handler.requests) == 1
    assert answer.startswith(HELD)
    found = outcomes(tmp_path)
    assert found[-1] == 200 and set(found[:-1]) == {"refused"}
    assert held(tmp_path) == [] and last.origin == "live"


async def test_when_it_gives_up_the_delivery_stays_held_and_can_be_handed_over(relay: Relay, tmp_path: Path) -> None:
    async with RawServer(BUSY, BUSY, BUSY, OK) as handler:
        session = session_of(tmp_path, relay, handler.url, Pace(retry=2))
        async with session.running():
            assert (await session.post()).startswith(HELD)
            told = await session.until(Noticed, 2)
            assert outcomes(tmp_path) == [503, 503, 503] and held(tmp_path) == [1]
            # Its sender was told 202.
            codes = [one.code for event in session.events if isinstance(event, Diagnosed) for one in event.findings]
            assert codes and "delivery.retry-advice" not in codes
            await session.runner.ask(Replay(name="1"))
        assert "stays held" in told.text or any(
            "stays held" in one.text for one in session.events if isinstance(one, Noticed)
        )
    assert outcomes(tmp_path)[-1] == 200 and held(tmp_path) == []


async def test_without_retry_the_sender_gets_what_the_handler_says(relay: Relay, tmp_path: Path) -> None:
    async with RawServer(BUSY) as handler:
        session = session_of(tmp_path, relay, handler.url, Pace(rate=100.0))
        async with session.running():
            assert (await session.post()).startswith(b"HTTP/1.1 503")
            await session.until(Attempted)
    assert held(tmp_path) == []


async def test_what_is_held_when_it_ends_is_owed_and_handed_over_by_the_next(relay: Relay, tmp_path: Path) -> None:
    async with RawServer(OK) as handler:
        session = session_of(tmp_path, relay, handler.url, Pace(rate=0.01))
        async with session.running():
            await session.post()
            assert (await session.post("/second", b"x" * 600_000)).startswith(HELD)
            assert (await session.post("/third")).startswith(HELD)
            await session.until(Captured, 3)
        assert len(handler.requests) == 1 and len(held(tmp_path)) == 2
        again = session_of(tmp_path, relay, handler.url, Pace(), forward_backlog=True)
        async with again.running():
            await again.until(Attempted, 2)
        assert {request.split(b" ")[1] for request in handler.requests[1:]} == {b"/second", b"/third"}
    assert held(tmp_path) == []


async def test_a_copy_that_was_made_is_not_made_again_with_what_is_owed(relay: Relay, tmp_path: Path) -> None:
    def session(rate: str) -> Session:
        tables = [{"name": "a", "handler": first.url, "rate": rate}, {"name": "b", "handler": second.url}]
        routes = read_routes(tables, lambda *_: "")
        return Session(make_plan(tmp_path, relay.origin, routes=routes))

    async with RawServer(OK) as first, RawServer(OK) as second:
        slow = session("1/min")
        async with slow.running():
            await slow.post()
            assert (await slow.post("/second")).startswith(HELD)
            await slow.until(Attempted, 3)
        assert len(second.requests) == 2 and held(tmp_path) == [2]
        again = session("99/s")
        async with again.running():
            assert (await again.runner.ask(Replay(name="2", origin="backlog"))).copies == ()
            assert len((await again.runner.ask(Replay(name="2"))).copies) == 1
        assert [request.split(b" ")[1] for request in first.requests][1:] == [b"/second"] * 2
        assert len(second.requests) == 3 and held(tmp_path) == []


async def test_copies_that_an_earlier_session_left_held_are_told(relay: Relay, tmp_path: Path) -> None:
    def session(rate: str, **changes: Any) -> Session:
        tables = [{"name": "a", "handler": first.url}, {"name": "b", "handler": second.url, "rate": rate}]
        routes = read_routes(tables, lambda *_: "")
        return Session(make_plan(tmp_path, relay.origin, routes=routes, **changes))

    async with RawServer(OK) as first, RawServer(OK) as second:
        slow = session("1/min")
        async with slow.running():
            for _ in range(3):
                assert (await slow.post()).startswith(b"HTTP/1.1 200")
            await slow.until(Attempted, 4)
        assert held(tmp_path) == [2, 3]
        again = session("99/s")
        async with again.running():
            told = await again.until(Noticed)
        assert told.sentence.startswith("2 copies wait since an earlier session for a turn at b; --forward-backlog")
        last = session("99/s", forward_backlog=True)
        async with last.running():
            await last.until(Attempted, 2)
        assert (len(first.requests), len(second.requests), held(tmp_path)) == (3, 3, [])


async def test_a_paused_delivery_is_held_too(relay: Relay, tmp_path: Path) -> None:
    async with RawServer(OK) as handler:
        session = Session(make_plan(tmp_path, relay.origin, handler.url))
        async with session.running():
            await session.runner.ask(Pause())
            assert (await session.post()).startswith(HELD)
            await session.until(Captured)
            assert held(tmp_path) == [1]
            await session.runner.ask(Resume())
            for name in await session.runner.ask(Held()):
                await session.runner.ask(Replay(name=name))
    assert held(tmp_path) == []


async def test_each_route_has_its_own_pace_and_a_slow_copy_slows_nobody(relay: Relay, tmp_path: Path) -> None:
    async with RawServer(OK) as first, RawServer(OK) as second:
        tables = [{"name": "a", "handler": first.url}, {"name": "b", "handler": second.url, "rate": "8/s"}]
        session = Session(make_plan(tmp_path, relay.origin, routes=read_routes(tables, lambda *_: "")))
        async with session.running():
            answers = [await session.post() for _ in range(3)]
            await session.until(Attempted, 6)
        assert all(answer.startswith(b"HTTP/1.1 200") for answer in answers)
        assert len(first.requests) == len(second.requests) == 3
    copies = [one for one in session.events if isinstance(one, Attempted) and one.copy]
    assert [one.route for one in copies] == ["b"] * 3 and held(tmp_path) == []


@pytest.mark.parametrize(
    ("tries", "headers", "seconds"),
    [
        (1, (), 0.05),
        (3, (), 0.2),
        (40, (), 51.2),
        (1, (("Retry-After", "7"),), 7.0),
        (1, (("retry-after", "99999"),), 600.0),
        (1, (("Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT"),), 0.05),
    ],
)
def test_pauses_grow_and_the_handler_may_ask_for_longer(
    tries: int, headers: tuple[tuple[str, str], ...], seconds: float
) -> None:
    attempt = Attempt(
        number=1, origin="live", handler_url="", started_at=0.0, answer=Answer(status=503, headers=headers)
    )
    assert pause_s(tries, attempt) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("status", "failure", "waits"),
    [(200, None, False), (500, None, False), (429, None, True), (503, None, True)]
    + [(0, kind, kind == "refused") for kind in ("refused", "timeout", "reset", "closed")],
)
def test_only_what_the_handler_did_not_take_is_tried_again(
    status: int, failure: FailureKind | None, waits: bool
) -> None:
    attempt = Attempt(
        number=1,
        origin="live",
        handler_url="",
        started_at=0.0,
        answer=Answer(status=status) if status else None,
        failure=Failure(kind=failure) if failure else None,
    )
    assert asks_to_wait(attempt) is waits
