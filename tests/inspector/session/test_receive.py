"""What a session does with what the relay sends; over a real relay: test_run.py."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hookscope.model.events import ConnectionChanged, Event, Refused
from hookscope.session.receive import Reception
from hookscope.tunnel.client import ConnectionChange
from hookscope_relay import wire
from hookscope_relay.errors import InputError
from sessions import make_plan

WELCOME = wire.Welcome(
    url="http://u", epoch="e", after=3, newest=5, role="answering", deadline_ms=1000, max_body=1, max_answer=1
)


class Told:
    """A reception, and what it told."""

    def __init__(self, home: Path) -> None:
        self.events: list[Event] = []
        self.notices: list[tuple[str, str]] = []
        self.reception = Reception(
            make_plan(home, "http://r"), self.events.append, lambda level, text, *_: self.notices.append((level, text))
        )


@pytest.fixture
def told(tmp_path: Path) -> Told:
    return Told(tmp_path)


def test_a_wait_is_told_in_milliseconds(told: Told) -> None:
    told.reception.changed(ConnectionChange("waiting", "connection reset", 1.5))
    (event,) = told.events
    assert isinstance(event, ConnectionChanged)
    assert (event.state, event.reason, event.retry_in_ms, told.notices) == ("waiting", "connection reset", 1500, [])


def test_what_is_to_be_set_right_here_is_a_notice_too(told: Told) -> None:
    told.reception.changed(ConnectionChange("connecting", "the clock is wrong"))
    assert told.notices == [("warning", "the clock is wrong")]


async def test_what_the_relay_turned_away_is_told(told: Told) -> None:
    frame = wire.Refused(problem="too-large", method="POST", target="/x", size=9)
    session: Any = None
    await told.reception.receive(frame, session)
    (event,) = told.events
    assert isinstance(event, Refused)
    assert (event.problem, event.method, event.target, event.size) == ("too-large", "POST", "/x", 9)


async def test_what_goes_wrong_beside_the_reader_is_told(told: Told) -> None:
    async def all_kept() -> None:
        await asyncio.sleep(0)
        raise InputError("the store is full", "make room")

    reception: Any = told.reception
    reception.parts = SimpleNamespace(pipeline=SimpleNamespace(all_kept=all_kept))
    reception._catching_up.begin(WELCOME)
    reception._reached(WELCOME.newest)
    await reception.finish()
    await asyncio.sleep(0)
    assert told.notices == [("error", "the store is full; make room")]


async def test_how_a_wait_ended_is_noted_with_its_delivery(told: Told) -> None:
    noted: list[tuple[wire.Settled, str]] = []
    frame = wire.Settled(seq=7, how="answered", status=200, by="", waited_ms=3)
    reception: Any = told.reception
    reception.parts = SimpleNamespace(pipeline=SimpleNamespace(settled=lambda *told: noted.append(told)))
    for name in ("id7", ""):
        await reception.receive(frame, SimpleNamespace(name=lambda seq, name=name: name))
    assert noted == [(frame, "id7")]
