"""Whole sessions in one process: a relay, a runner and a handler, all real."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from typing import Any

import pytest

from hookscope.model.errors import HandlerUnreachable, NoSuchCapture, RefusedForSafety, RelayUnreachable
from hookscope.model.events import Attempted, Captured, Diagnosed, Noticed, Settled, Stopped
from hookscope.model.session_requests import Clear, MarkCapture, Pause, Replay, Resume
from hookscope.session.plan import EmbeddedRelay
from hookscope.session.run import run_session
from hookscope.session.terms import Forwarding
from hookscope.store.captures import CaptureStore
from hookscope_relay.app import Relay
from hookscope_relay.errors import HookscopeError
from hookscope_relay.settings import RelaySettings
from raw_http import RawServer, free_port
from sessions import WITHIN_S, Session, make_plan


async def test_the_handlers_answer_reaches_the_sender(relay: Relay, tmp_path: Path) -> None:
    async with RawServer(b"HTTP/1.1 201 Fine\r\nX-A: b\r\nContent-Length: 2\r\n\r\nok") as handler:
        session = Session(make_plan(tmp_path, relay.origin, handler.url))
        async with session.running():
            answer = await session.post("/hook?x=1")
            captured = await session.until(Captured)
            attempted = await session.until(Attempted)
            diagnosed = await session.until(Diagnosed)
            settled = await session.until(Settled)
        assert answer.startswith(b"HTTP/1.1 201 Fine\r\n")
        assert answer.endswith(b"\r\n\r\nok")
        assert handler.last.target == b"/hook?x=1"
        assert handler.last.body == b'{"a":1}'
    assert (captured.number, captured.origin, captured.target) == (1, "live", "/hook?x=1")
    assert (attempted.status, attempted.failure, attempted.answered_by) == (201, "", "")
    assert (diagnosed.id, diagnosed.attempt) == (captured.id, 1)
    assert (settled.how, settled.status) == ("answered", 201)
    assert session.events[-1] == Stopped(at=session.events[-1].at, captured=1, exit_code=0)


async def test_without_a_handler_we_answer(relay: Relay, tmp_path: Path) -> None:
    session = Session(make_plan(tmp_path, relay.origin))
    async with session.running():
        answer = await session.post()
        diagnosed = await session.until(Diagnosed)
        with pytest.raises(HandlerUnreachable):
            await session.runner.ask(Replay(name="last"))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"Hookscope-Answered-By: inspector\r\n" in answer
    assert diagnosed.attempt == 0


async def test_a_handler_that_is_down_is_a_502_and_a_failure(relay: Relay, tmp_path: Path) -> None:
    session = Session(make_plan(tmp_path, relay.origin, f"127.0.0.1:{free_port()}"))
    async with session.running():
        assert (await session.until(Noticed)).level == "warning"
        answer = await session.post()
        attempted = await session.until(Attempted)
        diagnosed = await session.until(Diagnosed)
    assert answer.startswith(b"HTTP/1.1 502 ")
    assert b"urn:hookscope:problem:handler-refused" in answer
    assert attempted.failure == "refused"
    assert diagnosed.findings


async def test_captures_outlive_the_session_and_numbers_go_on(relay: Relay, tmp_path: Path) -> None:
    for number in (1, 2):
        session = Session(make_plan(tmp_path, relay.origin))
        async with session.running():
            await session.post(f"/{number}")
            assert (await session.until(Captured)).number == number
    store = CaptureStore.open(tmp_path / "captures.db")
    assert [store.find(name).delivery.target for name in ("1", "2", "last")] == ["/1", "/2", "/2"]
    store.close()


async def test_what_came_while_nobody_listened_is_caught_up_with_once(relay: Relay, tmp_path: Path) -> None:
    session = Session(make_plan(tmp_path, relay.origin))
    async with session.running():
        pass
    away = await session.post("/away")
    assert away.startswith(b"HTTP/1.1 2")
    for expected in (1, 0):
        again = Session(make_plan(tmp_path, relay.origin))
        async with again.running():
            if expected:
                captured = await again.until(Captured)
                await again.until(Diagnosed)
                assert (captured.target, captured.origin) == ("/away", "backlog")
        assert again.events[-1].captured == expected


async def test_the_front_door(relay: Relay, tmp_path: Path) -> None:
    async with RawServer() as handler:
        session = Session(make_plan(tmp_path, relay.origin, handler.url))
        async with session.running() as running:
            await session.post()
            await session.until(Diagnosed)
            replayed = await session.runner.ask(Replay(name="1"))
            assert (replayed.attempt.number, replayed.passed) == (2, True)
            assert (await session.until(Attempted, 2)).origin == "replay"
            assert len(handler.requests) == 2
            with pytest.raises(NoSuchCapture):
                await session.runner.ask(Replay(name="99"))
            await session.runner.ask(Pause())
            assert (await session.post()).startswith(b"HTTP/1.1 202 ")
            await session.until(Captured, 2)
            await session.runner.ask(Resume())
            assert (await session.post()).startswith(b"HTTP/1.1 200 ")
            await session.until(Diagnosed, 4)
            assert len(handler.requests) == 3
            await session.runner.ask(MarkCapture(name="1"))
            assert await session.runner.ask(Clear()) == 2
            assert session.runner.parts.store.numbers() == [1]
            session.runner.stop()
            async with asyncio.timeout(WITHIN_S):
                assert await running == 0


async def test_only_path_keeps_the_rest_of_the_handler_closed(relay: Relay, tmp_path: Path) -> None:
    async with RawServer() as handler:
        forwarding = Forwarding(only_path="/hooks")
        session = Session(make_plan(tmp_path, relay.origin, handler.url, forwarding=forwarding))
        async with session.running():
            refused = await session.post("/admin")
            assert refused.startswith(b"HTTP/1.1 404 ")
            assert b"/hooks" not in refused
            assert (await session.post("/hooks/a")).startswith(b"HTTP/1.1 200 ")
            await session.until(Diagnosed, 2)
            told = {
                finding.code: finding
                for event in session.events
                if isinstance(event, Diagnosed)
                for finding in event.findings
            }
            assert "outside of --only-path /hooks" in told["delivery.kept-back"].evidence[0].text
            with pytest.raises(RefusedForSafety, match="only-path"):
                await session.runner.ask(Replay(name="1"))
        assert [request.split(b" ")[1] for request in handler.requests] == [b"/hooks/a"]


async def test_an_answer_at_once_does_not_wait_for_the_handler(relay: Relay, tmp_path: Path) -> None:
    let_go = asyncio.Event()

    async def behaviour(conversation: Any) -> None:
        if await conversation.request() is not None:
            await let_go.wait()
            await conversation.send(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")

    async with RawServer(behaviour=behaviour) as handler:
        forwarding = Forwarding(answer_at_once=202)
        session = Session(make_plan(tmp_path, relay.origin, handler.url, forwarding=forwarding))
        async with session.running():
            assert (await session.post()).startswith(b"HTTP/1.1 202 ")
            let_go.set()
            assert (await session.until(Attempted)).status == 500


async def test_a_slow_handler_at_the_end_is_told_to_its_sender(relay: Relay, tmp_path: Path) -> None:
    asked = asyncio.Event()

    async def behaviour(conversation: Any) -> None:
        if await conversation.request() is not None:
            asked.set()
            await asyncio.Event().wait()

    async with RawServer(behaviour=behaviour) as handler:
        session = Session(make_plan(tmp_path, relay.origin, handler.url))
        async with session.running():
            sending = asyncio.create_task(session.post())
            async with asyncio.timeout(WITHIN_S):
                await asked.wait()
        assert b"urn:hookscope:problem:inspector-stopping" in await sending
    assert (await session.until(Attempted)).failure == "closed"


async def test_an_embedded_relay_is_started_and_stopped(tmp_path: Path) -> None:
    stopped: list[bool] = []

    async def embedded() -> EmbeddedRelay:
        relay = Relay(RelaySettings(port=0, database=None))
        await relay.start()

        async def stop() -> None:
            await relay.stop()
            stopped.append(True)

        return EmbeddedRelay(relay.origin, stop, "it moved")

    session = Session(make_plan(tmp_path, "", embedded=embedded))
    async with session.running():
        assert (await session.until(Noticed)).text == "it moved"
        assert (await session.post()).startswith(b"HTTP/1.1 200 ")
    assert stopped == [True]


async def test_a_session_that_cannot_begin_says_how_it_ended(tmp_path: Path) -> None:
    session = Session(make_plan(tmp_path, f"http://127.0.0.1:{free_port()}"))
    with pytest.raises(RelayUnreachable):
        await run_session(session.plan, session.hear)
    assert [event.exit_code for event in session.events if isinstance(event, Stopped)] == [4]


async def test_a_remote_handler_is_refused_unless_it_is_allowed(relay: Relay, tmp_path: Path) -> None:
    session = Session(make_plan(tmp_path, relay.origin, "http://192.0.2.1:9"))
    with pytest.raises(HookscopeError) as caught:
        await run_session(session.plan, session.hear)
    assert caught.value.exit_code == 11


def test_a_plan_does_not_show_its_environment(tmp_path: Path) -> None:
    plan = dataclasses.replace(make_plan(tmp_path, "http://r"), environ={"HOOKSCOPE_SECRET_X": "sekret"})
    assert "sekret" not in repr(plan)


async def test_silence_is_told_once_when_deliveries_were_expected(relay: Relay, tmp_path: Path) -> None:
    session = Session(make_plan(tmp_path, relay.origin, expect_every_s=0.2))
    async with session.running():
        await session.post()
        diagnosed = await session.until(Diagnosed, 2)
        assert "delivery.silence" in {finding.code for finding in diagnosed.findings}
        await session.post()
        again = await session.until(Diagnosed, 4)
        assert (again.number, "delivery.silence" in {finding.code for finding in again.findings}) == (2, True)


async def test_what_came_meanwhile_is_counted_and_forwarded_when_asked(relay: Relay, tmp_path: Path) -> None:
    opened = Session(make_plan(tmp_path, relay.origin))
    async with opened.running():
        pass
    for _ in range(3):
        assert b" 202 " in (await opened.post()).partition(b"\r\n")[0]
    async with RawServer() as handler:
        told = Session(make_plan(tmp_path, relay.origin, handler.url, tells_what_is_open=False))
        async with told.running():
            notice = await told.until(Noticed)
        assert notice.text.startswith("3 deliveries that came while you were away, since 20")
        assert handler.requests == []
        forwarding = Session(make_plan(tmp_path / "elsewhere", relay.origin, handler.url, forward_backlog=True))
        async with forwarding.running():
            await forwarding.until(Attempted, 3)
        assert len(handler.requests) == 3


@pytest.mark.parametrize("watches", [False, True])
async def test_without_forwarding_too_what_came_meanwhile_is_counted(
    watches: bool, relay: Relay, tmp_path: Path
) -> None:
    opened = Session(make_plan(tmp_path, relay.origin))
    async with opened.running():
        pass
    for _ in range(2):
        await opened.post()
    handler, forwarding = ("127.0.0.1:9", Forwarding(watch=True)) if watches else ("", Forwarding())
    again = Session(make_plan(tmp_path, relay.origin, handler, forwarding=forwarding))
    async with again.running():
        notice = await again.until(Noticed)
    assert notice.text.startswith("2 deliveries that came while you were away, since 20")
    assert notice.text.endswith("; captured")
    assert sum(isinstance(event, Noticed) for event in again.events) == 1
