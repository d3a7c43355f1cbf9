"""Each event as a line of the NDJSON stream."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import msgspec
import pytest

from hookscope.model.call import Call, Tie
from hookscope.model.events import (
    CHARACTER_BYTES,
    FINDING_BYTES,
    Alerted,
    Attempted,
    CallEnded,
    Captured,
    ConnectionChanged,
    Diagnosed,
    Event,
    GapDeclared,
    HandshakeSeen,
    HeldChanged,
    Noticed,
    Ready,
    Refused,
    Settled,
    Stopped,
    to_mapping,
    weight,
)
from hookscope.model.finding import Finding
from hookscope.model.verdict import Verdict
from hookscope_relay.delivery import Answer

FINDING = Finding(code="a.b", severity="info", cause="c", layer="relay", title="t", hint="h")
ATTEMPT: dict[str, Any] = {
    "at": 0,
    "id": "01",
    "number": 3,
    "attempt": 2,
    "origin": "live",
    "method": "POST",
    "target": "/a",
    "elapsed_ms": 1.23456,
}

# event, its `type`, its facts in order
CASES: list[tuple[Event, str, dict[str, Any]]] = [
    (
        Alerted(
            at=0, name="stripe fails", state="raised", text="3 of 10", details={"count": 10, "kind": "share-above"}
        ),
        "alert",
        {"alert": "stripe fails", "state": "raised", "text": "3 of 10", "count": 10, "kind": "share-above"},
    ),
    (
        ConnectionChanged(at=0, state="connected", through="the session of process 7"),
        "connection",
        {"state": "connected", "reason": "", "retry_in_ms": None, "role": None, "through": "the session of process 7"},
    ),
    (
        CallEnded(
            at=0,
            number=3,
            call=Call(
                api="notion",
                base="https://api.notion.com",
                method="GET",
                target="/v1/x",
                started_at=0,
                number=7,
                answer=Answer(status=404),
                tie=Tie(delivery="01", confidence=0.9, why="w", others=("02",)),
                findings=(FINDING,),
            ),
        ),
        "called",
        {
            "id": "01",
            "call": 7,
            "api": "notion",
            "method": "GET",
            "url": "https://api.notion.com/v1/x",
            "started_at": "1970-01-01T00:00:00.000Z",
            "elapsed_ms": 0.0,
            "status": 404,
            "credential": None,
            "confidence": 0.9,
            "why": "w",
            "others": ["02"],
            "findings": [FINDING.to_mapping()],
        },
    ),
    (
        Ready(at=0, url="http://u", handler="http://h", endpoint="e", relay="http://r"),
        "ready",
        {"schema": 1, "url": "http://u", "handler": "http://h", "endpoint": "e", "relay": "http://r"},
    ),
    (
        Captured(
            at=0,
            id="01",
            number=3,
            origin="live",
            method="POST",
            target="/a?b",
            provider="p",
            event_type="t",
            bytes=9,
            owed=True,
            received_at=5,
            missed=True,
        ),
        "captured",
        {
            "id": "01",
            "number": 3,
            "origin": "live",
            "method": "POST",
            "target": "/a?b",
            "provider": "p",
            "event_type": "t",
            "bytes": 9,
            "owed": True,
        },
    ),
    (
        Attempted(**ATTEMPT, status=200),
        "attempted",
        {"id": "01", "attempt": 2, "origin": "live", "status": 200, "elapsed_ms": 1.235, "answered_by": ""},
    ),
    (
        Attempted(**ATTEMPT, failure="refused", detail="x", answered_by="inspector"),
        "attempted",
        {
            "id": "01",
            "attempt": 2,
            "origin": "live",
            "failure": "refused",
            "elapsed_ms": 1.235,
            "answered_by": "inspector",
        },
    ),
    (
        Diagnosed(at=0, id="01", number=3, attempt=2, verdict=Verdict(state="verified"), findings=(FINDING,)),
        "diagnosed",
        {"id": "01", "attempt": 2, "verdict": "verified", "findings": [FINDING.to_mapping()]},
    ),
    (
        Diagnosed(at=0, id="01", number=3, attempt=0, verdict=None, findings=()),
        "diagnosed",
        {"id": "01", "attempt": 0, "verdict": None, "findings": []},
    ),
    (
        ConnectionChanged(at=0, state="connected", role="watching", answerer="ada", why="first", copies=False),
        "connection",
        {
            "state": "connected",
            "reason": "",
            "retry_in_ms": None,
            "role": "watching",
            "answerer": "ada",
            "why": "first",
            "copies": False,
        },
    ),
    (
        ConnectionChanged(at=0, state="waiting", reason="lost", retry_in_ms=500),
        "connection",
        {"state": "waiting", "reason": "lost", "retry_in_ms": 500, "role": None},
    ),
    (
        ConnectionChanged(at=0, state="connected", role="answering"),
        "connection",
        {"state": "connected", "reason": "", "retry_in_ms": None, "role": "answering"},
    ),
    (
        Settled(at=0, id="01", how="expired", status=504, by="relay", waited_ms=25000.12345),
        "settled",
        {"id": "01", "how": "expired", "status": 504, "by": "relay", "waited_ms": 25000.123},
    ),
    (
        Refused(at=0, problem="body-too-large", method="POST", target="/a", size=9),
        "refused",
        {"problem": "body-too-large", "method": "POST", "target": "/a", "bytes": 9},
    ),
    (GapDeclared(at=0, after=1, until=3, reason="age"), "gap", {"after": 1, "until": 3, "reason": "age"}),
    (Noticed(at=0, level="warning", text="x"), "notice", {"level": "warning", "text": "x"}),
    (
        HandshakeSeen(at=0, id="01", number=3, provider="notion", token="sekret", kept="kept"),
        "handshake",
        {"id": "01", "number": 3, "provider": "notion", "kept": "kept"},
    ),
    (HeldChanged(at=0, count=2), "held", {"count": 2}),
    (Stopped(at=0, captured=5, exit_code=4), "stopped", {"captured": 5, "exit_code": 4}),
]


@pytest.mark.parametrize(("event", "kind", "facts"), CASES, ids=[kind for _, kind, _ in CASES])
def test_an_event_is_its_type_its_time_and_its_facts(event: Event, kind: str, facts: dict[str, Any]) -> None:
    mapping = to_mapping(event)
    assert mapping == {"type": kind, "at": "1970-01-01T00:00:00.000Z", **facts}
    assert list(mapping) == ["type", "at", *facts]
    assert json.loads(json.dumps(mapping)) == mapping


def test_every_event_is_in_the_table() -> None:
    assert {type(event) for event, _, _ in CASES} == set(get_args(Event))


def test_a_token_is_neither_in_the_stream_nor_in_the_representation() -> None:
    event = HandshakeSeen(at=0, id="01", number=3, provider="notion", token="sekret")
    assert "sekret" not in repr(event) + json.dumps(to_mapping(event))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            lambda: Refused(at=0, problem="body-too-large", method="POST", target="/", size=9).why,
            "the body is larger than the limit",
        ),
        (
            lambda: Refused(at=0, problem="of another version", method="POST", target="/", size=9).why,
            "of another version",
        ),
        (lambda: Alerted(at=0, name="errors", state="raised", text="5 in 1 m").sentence, "alert errors: 5 in 1 m"),
    ],
)
def test_what_a_face_says_of_it_stands_in_words(said: Callable[[], str], words: str) -> None:
    assert said() == words


def heavier(kind: type, **more: Any) -> tuple[int, int]:
    """What an event of that kind weighs, as it is and with these values."""
    event = next(event for event, *_ in CASES if isinstance(event, kind))
    change = msgspec.structs.replace if isinstance(event, msgspec.Struct) else replace
    return weight(event), weight(change(event, **more))  # type: ignore[type-var]


@pytest.mark.parametrize("kind", [Captured, Attempted, Refused])
def test_a_long_path_weighs(kind: type) -> None:
    _, short = heavier(kind, target="/")
    _, long = heavier(kind, target="/" * 1001)
    assert long - short == 1000 * CHARACTER_BYTES


def test_findings_and_bodies_weigh() -> None:
    _, none = heavier(Diagnosed, findings=())
    _, three = heavier(Diagnosed, findings=(FINDING,) * 3)
    assert three - none == 3 * FINDING_BYTES
    call = Call(api="x", base="http://x", method="GET", target="/", started_at=0)
    _, bare = heavier(CallEnded, call=call)
    _, full = heavier(CallEnded, call=replace(call, body=b"x" * 50, answer=Answer(status=200, body=b"y" * 100)))
    assert (bare, full - bare) == (weight(Stopped(at=0, captured=1, exit_code=0)), 150)
