"""A session that shows another one's: both over the same store, with a real relay and a real handler."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from hookscope.config.session_note import NoteFile, SessionNote, read_note
from hookscope.model.capture import Attempt
from hookscope.model.errors import Disconnected
from hookscope.model.events import Attempted, Captured, ConnectionChanged, Diagnosed, Noticed, Ready, Stopped
from hookscope.model.session_requests import (
    Backlog,
    Clear,
    Held,
    MarkCapture,
    Pause,
    Replay,
    Resume,
    SessionRequest,
    SetSecret,
    SwitchHandler,
    TakeOver,
)
from hookscope.session.attachment import AttachedRunner
from hookscope.session.run import run_session
from hookscope.store.captures import CaptureStore
from hookscope_relay.errors import InputError
from raw_http import RawServer
from relays import relaying
from sessions import WITHIN_S, Session, make_plan

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Beside(Session):
    """A session that shows another; `is_there` says whether that still runs."""

    def __init__(self, first: Session, note: SessionNote) -> None:
        super().__init__(replace(first.plan, note=None))
        self.is_there = True
        self.task: asyncio.Task[int]
        self._make = partial(AttachedRunner, note=note, is_there=lambda: self.is_there)

    async def __aenter__(self) -> Beside:
        self.task = asyncio.create_task(run_session(self.plan, self.hear, self.started, self._make))
        await self.until(Noticed)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.runner.stop()
        async with asyncio.timeout(WITHIN_S):
            await asyncio.gather(self.task, return_exceptions=True)


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[tuple[Session, Beside]]:
    async with relaying() as relay, RawServer(OK) as handler:
        plan = make_plan(tmp_path, relay.origin, handler.url)
        plan.places.endpoints.mkdir(parents=True)
        first = Session(replace(plan, note=NoteFile(plan.places.endpoints, "default")))
        async with first.running():
            note = read_note(plan.places.endpoints, "default")
            assert note is not None
            async with Beside(first, note) as second:
                yield first, second


async def test_what_comes_is_shown_without_a_tunnel_of_its_own(both: tuple[Session, Beside]) -> None:
    first, second = both
    ready, connected = await second.until(Ready), await second.until(ConnectionChanged)
    assert (ready.url, ready.handler) == ((await first.until(Ready)).url, first.plan.handler_url)
    assert connected.through.startswith("the session of process ")
    await first.post("/x")
    captured, attempted = await second.until(Captured), await second.until(Attempted)
    diagnosed = await second.until(Diagnosed)
    assert (captured.number, captured.target, attempted.status, diagnosed.number) == (1, "/x", 200, 1)
    assert captured.id == (await first.until(Captured)).id


async def test_it_replays_and_marks_itself(both: tuple[Session, Beside]) -> None:
    first, second = both
    await first.post()
    await second.until(Attempted)
    replayed = await second.runner.ask(Replay(name="1"))
    assert isinstance(replayed.attempt, Attempt)
    assert (replayed.attempt.answer is not None, replayed.attempt.number) == (True, 2)
    await second.runner.ask(MarkCapture(name="1"))
    assert await second.runner.ask(SetSecret(provider="github", secret="x" * 20))
    store = CaptureStore.open(first.plan.places.captures)
    marked = store.summary(1)
    store.close()
    assert marked is not None
    assert marked.marked
    assert await second.runner.ask(Clear()) == 0


OF_THE_OTHER: tuple[Callable[[], SessionRequest[Any]], ...] = (
    Pause,
    Resume,
    Held,
    Backlog,
    TakeOver,
    lambda: SwitchHandler(handler="3000"),
)


async def test_what_only_the_other_can_do_is_refused(both: tuple[Session, Beside]) -> None:
    _, second = both
    for request in OF_THE_OTHER:
        with pytest.raises(InputError, match=r"is for the session of process \d+, which this one shows; do it there"):
            await second.runner.ask(request())


async def test_it_ends_with_the_other(both: tuple[Session, Beside]) -> None:
    _, second = both
    second.is_there = False
    with pytest.raises(Disconnected, match="has ended"):
        async with asyncio.timeout(WITHIN_S):
            await second.task
    (stopped,) = [event for event in second.events if isinstance(event, Stopped)]
    assert stopped.exit_code == 12
