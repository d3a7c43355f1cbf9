"""Several handlers behind one endpoint, over a real relay: one answers, the others get copies."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from hookscope.model.errors import HandlerUnreachable
from hookscope.model.events import Attempted, Captured, Diagnosed, Ready
from hookscope.model.session_requests import Replay
from hookscope.session.course import Courses
from hookscope.session.fan_out import BEGIN_AFTER_S
from hookscope.session.pipeline import Pipeline
from hookscope.store.captures import CaptureStore
from hookscope.tools.filters.language import parse
from hookscope.tools.routes.parse import parse_routes, read_routes
from hookscope_relay.app import Relay
from raw_http import Conversation, RawServer, free_port
from sessions import WITHIN_S, Session, make_plan


@pytest.fixture
async def handlers() -> AsyncIterator[tuple[RawServer, RawServer, RawServer]]:
    answers = (b"201 Mine", b"500 Copy", b"204 Other")
    async with contextlib.AsyncExitStack() as stack:
        servers = [
            await stack.enter_async_context(RawServer(b"HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n" % answer))
            for answer in answers
        ]
        yield servers[0], servers[1], servers[2]


def session_of(home: Path, relay: Relay, *routes: str, handler: str = "") -> Session:
    return Session(make_plan(home, relay.origin, handler, routes=parse_routes(routes)))


def attempts(home: Path) -> list[tuple[int, str, bool, int | str]]:
    store = CaptureStore.open(home / "captures.db")
    try:
        found = store.find("1").attempts
        return [
            (
                one.number,
                one.route,
                one.is_copy,
                one.answer.status if one.answer else one.failure.kind if one.failure else "",
            )
            for one in found
        ]
    finally:
        store.close()


async def test_one_answers_and_the_others_get_a_copy(
    relay: Relay, tmp_path: Path, handlers: tuple[RawServer, RawServer, RawServer]
) -> None:
    first, copied, other = handlers
    routes = f"a=path:/hook -> {first.url}/in", f"b=method:POST -> {copied.url}", f"c=path:/else -> {other.url}"
    session = session_of(tmp_path, relay, *routes)
    async with session.running():
        answer = await session.post("/hook?x=1")
        await session.until(Attempted, 2)
        await session.until(Diagnosed, 2)
    assert answer.startswith(b"HTTP/1.1 201 Mine")
    assert (first.last.target, copied.last.target, other.requests) == (b"/in/hook?x=1", b"/hook?x=1", [])
    assert first.last.body == copied.last.body == b'{"a":1}'
    assert attempts(tmp_path) == [(1, "a", False, 201), (2, "b", True, 500)]
    told = [(one.attempt, one.route, one.copy, one.experiment) for one in session.events if isinstance(one, Attempted)]
    assert sorted(told) == [(1, "a", False, False), (2, "b", True, False)]
    said = {one.attempt: one.copy for one in session.events if isinstance(one, Diagnosed)}
    assert said == {1: "", 2: "b"}
    ready = next(one for one in session.events if isinstance(one, Ready))
    assert [name for name, _, _ in ready.routes] == ["a", "b", "c"]
    store = CaptureStore.open(tmp_path / "captures.db")
    (row,) = store.summaries()
    assert (row.status, row.route, row.copies_failed, row.attempts, row.tried) == (201, "a", "b 500", 2, None)
    assert row.cause == "ok"  # the copy's finding is not the sender's
    named = {name: store.count(parse(f"route:{name}")) for name in "abc"}
    assert named == {"a": 1, "b": 1, "c": 0}
    store.close()


async def test_what_no_route_takes_is_told_and_found(
    relay: Relay, tmp_path: Path, handlers: tuple[RawServer, RawServer, RawServer]
) -> None:
    session = session_of(tmp_path, relay, f"a=path:/hooks -> {handlers[0].url}")
    async with session.running():
        answer = await session.post("/hook")
        diagnosed = await session.until(Diagnosed)
        with pytest.raises(
            HandlerUnreachable, match=r"No route takes it\. The nearest is a, whose filter fails at path:/hooks"
        ):
            await session.runner.ask(Replay(name="1"))
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"urn:hookscope:problem:no-route" in answer and b"The nearest route is a, which goes by the path." in answer
    assert diagnosed.findings[0].code == "delivery.no-route"
    assert "fails at path:/hooks" in diagnosed.findings[0].evidence[0].text
    assert handlers[0].requests == [] and attempts(tmp_path) == []


async def test_a_handler_beside_routes_takes_the_rest(
    relay: Relay, tmp_path: Path, handlers: tuple[RawServer, RawServer, RawServer]
) -> None:
    session = session_of(tmp_path, relay, f"a=path:/hooks -> {handlers[0].url}", handler=handlers[2].url)
    async with session.running():
        assert (await session.post("/else")).startswith(b"HTTP/1.1 204")
        assert (await session.post("/hooks")).startswith(b"HTTP/1.1 201")
        await session.until(Attempted, 2)
    assert {one.route for one in session.events if isinstance(one, Attempted)} == {"handler", "a"}


async def test_routes_rewrite_and_go_by_who_sent_it(relay: Relay, tmp_path: Path) -> None:
    async with RawServer() as handler:
        table = {
            "name": "pay",
            "match": 'body:"a" -type:push',
            "handler": handler.url,
            "strip-prefix": "/stripe",
            "host": "shop.test",
            "set-header": "X-Env: dev",
        }
        plan = make_plan(tmp_path, relay.origin, routes=read_routes([table], lambda *_: ""))
        session = Session(plan)
        async with session.running():
            await session.post("/stripe/x?y")
            await session.until(Attempted)
            replayed = await session.runner.ask(Replay(name="1"))
        assert [request.split(b"\r\n")[0] for request in handler.requests] == [b"POST /x?y HTTP/1.1"] * 2
        assert handler.last.values(b"host") == [b"shop.test"] and handler.last.values(b"x-env") == [b"dev"]
    assert replayed.attempt.route == "pay" and replayed.passed
    store = CaptureStore.open(tmp_path / "captures.db")
    row = store.summaries()[0]
    # What the route itself changes makes a replay no experiment.
    assert (row.outcome_attempt, row.outcome_origin, row.route) == (2, "replay", "pay")
    sent = store.find("1").attempts[0].request
    assert sent is not None and sent.target == "/x?y"
    assert store.find("1").delivery.target == "/stripe/x?y"
    store.close()


async def test_a_replay_goes_to_every_route_and_to_one_handler_where_that_is_named(
    relay: Relay, tmp_path: Path, handlers: tuple[RawServer, RawServer, RawServer]
) -> None:
    first, copied, other = handlers
    session = session_of(tmp_path, relay, f"a= -> {first.url}", f"b= -> {copied.url}")
    async with session.running():
        await session.post()
        await session.until(Attempted, 2)
        await session.runner.ask(Replay(name="1"))
        await session.runner.ask(Replay(name="1", to=other.url))
    assert [len(one.requests) for one in handlers] == [2, 2, 1]
    assert [one[1:3] for one in attempts(tmp_path)] == [
        ("a", False),
        ("b", True),
        ("a", False),
        ("b", True),
        ("", False),
    ]


async def test_a_copy_waits_for_the_answer_but_not_long(relay: Relay, tmp_path: Path) -> None:
    go = asyncio.Event()

    async def slow(conversation: Conversation) -> None:
        await conversation.request()
        await go.wait()
        await conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async with RawServer(behaviour=slow) as first, RawServer() as second:
        session = session_of(tmp_path, relay, f"a= -> {first.url}", f"b= -> {second.url}")
        async with session.running():
            sending = asyncio.create_task(session.post())
            copied = await session.until(Attempted)
            assert (copied.route, copied.copy, sending.done()) == ("b", True, False)
            go.set()
            assert (await sending).startswith(b"HTTP/1.1 200")
            await session.until(Attempted, 2)
    assert BEGIN_AFTER_S < 0.5
    assert attempts(tmp_path) == [(1, "a", False, 200), (2, "b", True, 200)]


async def test_copies_of_large_deliveries_are_kept_too(relay: Relay, tmp_path: Path) -> None:
    async with RawServer() as first, RawServer() as second:
        session = session_of(
            tmp_path, relay, f"a= -> {first.url}", f"b= -> {second.url}", f"c= -> 127.0.0.1:{free_port()}"
        )
        async with session.running():
            await session.post(body=b"x" * 700_000)
            await session.until(Attempted, 3)
            await session.until(Diagnosed, 3)
        assert first.last.body == second.last.body == b"x" * 700_000
    assert attempts(tmp_path) == [(1, "a", False, 200), (2, "b", True, 200), (3, "c", True, "refused")]


async def test_a_copy_that_was_not_begun_at_the_end_says_so(relay: Relay, tmp_path: Path) -> None:
    async def never(conversation: Conversation) -> None:
        await conversation.request()
        await asyncio.sleep(WITHIN_S)

    async with RawServer(behaviour=never) as first, RawServer(behaviour=never) as second:
        session = session_of(tmp_path, relay, f"a= -> {first.url}", f"b= -> {second.url}")
        async with session.running():
            sending = asyncio.create_task(session.post())
            await session.until(Captured)
        await sending
    found = attempts(tmp_path)
    assert [one[:3] for one in found] == [(1, "a", False), (2, "b", True)] and all(one[3] for one in found)


async def test_copies_are_planned_when_the_sender_has_its_answer(
    relay: Relay, tmp_path: Path, handlers: tuple[RawServer, RawServer, RawServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def noting(what: str, function: Callable[..., object]) -> Callable[..., object]:
        def note(*args: object) -> object:
            done.append(what)
            return function(*args)

        return note

    monkeypatch.setattr(Courses, "_plan_copy", noting("planned", Courses._plan_copy))
    monkeypatch.setattr(Pipeline, "settled", noting("settled", Pipeline.settled))
    session = session_of(tmp_path, relay, *(f"r{index}= -> {one.url}" for index, one in enumerate(handlers)))
    async with session.running():
        await session.post()
        await session.until(Attempted, 3)
    assert done == ["settled", "planned", "planned"]
