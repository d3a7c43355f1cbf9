from __future__ import annotations

from dataclasses import replace

import pytest

from hookscope.model.events import Attempted, Captured, ConnectionChanged, Event, Noticed, Ready, Stopped
from hookscope.model.session_requests import Clear, Pause, Resume, SwitchHandler
from hookscope.tui.engine.state import BUCKETS, Session, after, aged, answered


def captured(at: float) -> Captured:
    return Captured(
        at=at,
        id="a",
        number=1,
        origin="live",
        method="POST",
        target="/",
        provider="",
        event_type="",
        bytes=0,
        owed=False,
        received_at=at,
    )


def attempted(failure: str = "") -> Attempted:
    return Attempted(
        at=0, id="a", number=1, attempt=1, origin="live", method="POST", target="/", elapsed_ms=1, failure=failure
    )


def test_ready_names_the_addresses() -> None:
    session = after(Session(), Ready(at=0, url="u", handler="h", endpoint="e", relay="r"))
    assert (session.url, session.handler, session.endpoint, session.relay) == ("u", "h", "e", "r")


def test_a_wait_is_an_instant() -> None:
    session = after(Session(), ConnectionChanged(at=100.0, state="waiting", reason="gone", retry_in_ms=2500))
    assert (session.connection, session.reason, session.retry_at) == ("waiting", "gone", 102.5)
    assert after(session, ConnectionChanged(at=103.0, state="connected", role="answering")).retry_at is None


@pytest.mark.parametrize(
    ("failure", "reachable"),
    [("", True), ("timeout", True), ("refused", False), ("dns", False), ("closed", None), ("reset", None)],
)
def test_an_attempt_says_whether_the_handler_is_there(failure: str, reachable: bool | None) -> None:
    assert after(Session(), attempted(failure)).reachable is reachable


def test_arrivals_are_counted_and_age() -> None:
    session = Session()
    for at in (1000.0, 1001.0, 1030.0):
        session = after(session, captured(at))
    assert session.captured == 3
    assert session.per_minute(1030.0) == 3
    assert session.per_minute(1065.0) == 1
    assert session.per_minute(9999.0) == 0
    assert len(aged(session, 9999.0).arrivals) == BUCKETS


def test_a_clock_that_goes_back_changes_nothing() -> None:
    session = after(Session(), captured(1000.0))
    assert aged(session, 10.0) == session


def test_the_end_of_a_session_is_a_state_of_the_connection() -> None:
    connected = after(Session(), ConnectionChanged(at=0, state="connected", role="answering"))
    broken = after(connected, Stopped(at=0, captured=1, exit_code=9))
    assert (broken.connection, broken.role) == ("stopped", None)
    assert "q ends the screen and says why" in broken.reason
    assert after(connected, Stopped(at=0, captured=1, exit_code=0)).reason == "the session has ended"
    refused = after(Session(), ConnectionChanged(at=0, state="refused", reason="wrong token"))
    assert after(refused, Stopped(at=0, captured=0, exit_code=5)).reason == "wrong token"


def test_other_events_leave_the_session_as_it_is() -> None:
    event: Event = Noticed(at=0, level="info", text="x")
    session = replace(Session(), url="u")
    assert after(session, event) is session


def test_what_the_engine_did_changes_the_session() -> None:
    session = Session(handler="http://a", reachable=True)
    paused = answered(session, Pause(), None)
    assert paused.paused
    assert not answered(paused, Resume(), 3).paused
    moved = answered(paused, SwitchHandler(handler="4000"), "http://localhost:4000")
    assert (moved.handler, moved.reachable, moved.paused) == ("http://localhost:4000", None, True)
    assert not answered(paused, SwitchHandler(handler=""), "").paused
    assert answered(session, Clear(), 3) == session


def test_notices_that_have_a_place_of_their_own_are_kept_for_it() -> None:
    told = after(Session(), Noticed(at=0, level="info", text="t", about="this-machine-only"))
    assert told.notes == {"this-machine-only"}
    assert after(told, Noticed(at=0, level="info", text="t")).notes == {"this-machine-only"}
