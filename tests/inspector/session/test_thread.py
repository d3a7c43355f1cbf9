"""A session in a thread of its own."""

from __future__ import annotations

import queue
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from factories import make_ring
from hookscope.config.settings import places
from hookscope.model.errors import NoSuchCapture, RelayUnreachable
from hookscope.model.events import Captured, Event, Ready, Stopped
from hookscope.model.session_requests import Clear, Replay, SessionRequest
from hookscope.providers.registry import all_providers
from hookscope.session.plan import EmbeddedRelay, Plan
from hookscope.session.terms import Forwarding
from hookscope.session.thread import SessionThread
from hookscope.tunnel.client import Dialling
from hookscope_relay.app import Relay
from hookscope_relay.errors import HookscopeError, InputError
from hookscope_relay.settings import RelaySettings
from raw_http import free_port

WITHIN_S = 15.0


async def embed() -> EmbeddedRelay:
    relay = Relay(RelaySettings(port=0, database=None))
    await relay.start()
    return EmbeddedRelay(relay.origin, relay.stop)


def make_plan(home: Path, relay: str = "") -> Plan:
    return Plan(
        places=places({"HOOKSCOPE_HOME": str(home)}),
        keys=make_ring(),
        dialling=Dialling(relay=relay, key=make_ring().current),
        handler=None,
        forwarding=Forwarding(),
        providers=all_providers({}, {}),
        embedded=None if relay else embed,
    )


class Heard:
    """What the engine told, with the threads that it told it on."""

    def __init__(self) -> None:
        self.queue: queue.Queue[Event] = queue.Queue()
        self.threads: set[str] = set()

    def __call__(self, event: Event) -> None:
        self.threads.add(threading.current_thread().name)
        self.queue.put(event)

    def until(self, kind: type) -> Any:
        while not isinstance(event := self.queue.get(timeout=WITHIN_S), kind):
            pass
        return event


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[SessionThread, Heard]]:
    engine, heard = SessionThread(make_plan(tmp_path)), Heard()
    engine.start(heard)
    heard.until(Ready)
    yield engine, heard
    engine.stop(WITHIN_S)
    assert not engine.is_running


def test_events_come_on_the_engines_thread(running: tuple[SessionThread, Heard]) -> None:
    engine, heard = running
    assert engine.is_running
    assert heard.threads == {"hookscope-engine"}


def test_a_request_is_answered_by_a_future(running: tuple[SessionThread, Heard]) -> None:
    assert running[0].submit(Clear()).result(WITHIN_S) == 0


@pytest.mark.parametrize(
    ("request_", "error"), [(Replay(name="99"), NoSuchCapture), (Replay(name="last"), HookscopeError)]
)
def test_a_request_that_fails_raises_in_its_future(
    running: tuple[SessionThread, Heard], request_: SessionRequest, error: type[HookscopeError]
) -> None:
    with pytest.raises(error):
        running[0].submit(request_).result(WITHIN_S)


def test_stop_ends_it_in_order_and_twice_is_no_harm(running: tuple[SessionThread, Heard]) -> None:
    engine, heard = running
    engine.stop(WITHIN_S)
    engine.stop(WITHIN_S)
    assert heard.until(Stopped).exit_code == 0
    assert engine.error is None


def test_after_the_end_requests_are_refused(running: tuple[SessionThread, Heard]) -> None:
    engine, _ = running
    engine.stop(WITHIN_S)
    with pytest.raises(InputError, match="the session has ended"):
        engine.submit(Clear()).result(WITHIN_S)


def test_what_ended_a_session_is_kept(tmp_path: Path) -> None:
    engine, heard = SessionThread(make_plan(tmp_path, f"http://127.0.0.1:{free_port()}")), Heard()
    engine.start(heard)
    assert heard.until(Stopped).exit_code == 4
    engine.stop(WITHIN_S)
    assert isinstance(engine.error, RelayUnreachable)


def test_stopping_what_never_started_is_no_harm(tmp_path: Path) -> None:
    engine = SessionThread(make_plan(tmp_path))
    engine.stop()
    assert not engine.is_running


def test_it_counts_what_was_kept(tmp_path: Path) -> None:
    engine, heard = SessionThread(make_plan(tmp_path)), Heard()
    assert engine.captured == 0
    engine.start(heard)
    with urllib.request.urlopen(f"{heard.until(Ready).url}/a", data=b"{}", timeout=WITHIN_S) as answer:
        assert answer.status == 200
    heard.until(Captured)
    engine.stop(WITHIN_S)
    assert engine.captured == 1
