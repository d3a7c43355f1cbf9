"""The plain face."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from hookscope.console.plain import PlainFace, size
from hookscope.model.call import Call, Tie
from hookscope.model.events import (
    Attempted,
    CallEnded,
    Captured,
    ConnectionChanged,
    Diagnosed,
    Event,
    GapDeclared,
    HandshakeSeen,
    Noticed,
    Ready,
    Refused,
    Settled,
    Stopped,
)
from hookscope.model.finding import Evidence, Finding
from hookscope.model.verdict import Verdict
from hookscope_relay.delivery import Answer

EVIL = "x\x1b[2J\r\n\u202e\x07\x9b\x00"
CAPTURED: dict[str, Any] = {
    "at": 0,
    "id": "01",
    "number": 7,
    "origin": "live",
    "method": "POST",
    "target": "/a?b",
    "provider": "",
    "event_type": "",
    "bytes": 1500,
    "owed": False,
    "received_at": 0,
}
ATTEMPTED: dict[str, Any] = {
    "at": 0,
    "id": "01",
    "number": 7,
    "attempt": 1,
    "origin": "live",
    "method": "POST",
    "target": "/a",
    "elapsed_ms": 12.4,
}


def finding(**changes: Any) -> Finding:
    values: dict[str, Any] = {
        "code": "a.b",
        "severity": "error",
        "cause": "c",
        "layer": "framework",
        "title": "It redirects.",
        "hint": "Do not.",
    }
    return Finding(**values | changes)


def diagnosed(*findings: Finding, verdict: Verdict | None = None) -> Diagnosed:
    return Diagnosed(at=0, id="01", number=7, attempt=1, verdict=verdict, findings=findings)


def told(*events: Event, colour: bool = False) -> tuple[str, str]:
    out, errors = io.StringIO(), io.StringIO()
    face = PlainFace(out, errors, colour=colour)
    for event in events:
        face(event)
    return out.getvalue(), errors.getvalue()


HOSTILE: list[Event] = [
    Ready(at=0, url=EVIL, handler="http://h", endpoint="e", relay="http://r"),
    Captured(**CAPTURED | {"method": EVIL, "target": EVIL, "provider": EVIL, "event_type": EVIL}),
    Attempted(**ATTEMPTED, failure="refused", detail=EVIL),
    diagnosed(finding(title=EVIL, hint=EVIL, product=EVIL, evidence=(Evidence(EVIL),))),
    HandshakeSeen(at=0, id="01", number=7, provider="notion", token=EVIL),
    Refused(at=0, problem=EVIL, method=EVIL, target=EVIL, size=1),
    GapDeclared(at=0, after=1, until=2, reason=EVIL),
    ConnectionChanged(at=0, state="waiting", reason=EVIL),
    Noticed(at=0, level="error", text=EVIL),
]


AWAY = Noticed(at=0, level="warning", text="the handler http://h does not answer now: refused", about="handler-away")
READY = Ready(at=0, url="http://u", handler="http://h", endpoint="e", relay="r")


@pytest.mark.parametrize(
    ("before", "says"),
    [
        ((), "Handler   http://h  answers now\n"),
        ((AWAY,), "Handler   http://h  ! does not answer now: refused; is it running?\n"),
    ],
    ids=["answers", "away"],
)
def test_the_beginning_says_whether_the_handler_answers(before: tuple[Event, ...], says: str) -> None:
    out, errors = told(*before, READY)
    assert says in out
    assert errors == ""


def test_beside_routes_a_handler_takes_the_rest() -> None:
    routes = (("stripe", "path:/stripe", "http://s"),)
    out, _ = told(replace(READY, routes=routes))
    assert "Route     stripe: path:/stripe → http://s\nHandler   http://h  answers now; it takes the rest\n" in out
    out, _ = told(replace(READY, routes=routes, handler="http://s"))
    assert "Handler" not in out


def test_what_a_session_says_of_itself_stands_once_below_its_address() -> None:
    out, errors = io.StringIO(), io.StringIO()
    face = PlainFace(out, errors, beginning=(("Stop", "Ctrl-C"),), ending="{} are in the cellar".format)
    for event in (READY, READY, Stopped(at=0, captured=3, exit_code=0)):
        face(event)
    assert errors.getvalue() == "Stop      Ctrl-C\nstopped; 3 are in the cellar\n"
    assert out.getvalue().count("Send to") == 2


@pytest.mark.parametrize("event", HOSTILE, ids=lambda event: event.type)
def test_what_others_wrote_is_inert_and_visible(event: Event) -> None:
    out, errors = told(event)
    text = out + errors
    assert all(letter == "\n" or letter.isprintable() for letter in text)
    assert "␛[2J" in text
    assert "⟨U+202E⟩" in text


# event, what standard output says, what standard error says
WATCHING: list[tuple[dict[str, Any], str]] = [
    ({}, "another session answers, it is only shown here"),
    (
        {"answerer": "ada@laptop", "why": "first"},
        "ada@laptop answers (it was there first), it is only shown here; `--take-over` has this session answer; "
        "`--share` gives its handler a copy of what comes",
    ),
    (
        {"answerer": "ada@laptop", "why": "taken", "copies": True},
        "ada@laptop answers (it took over), this session's handler gets a copy; `--take-over` has this session answer "
        "again",
    ),
    (
        {"answerer": "ada\x1b[2J", "why": "asked"},
        "ada␛[2J answers (this session was begun with --watch), it is only shown here; listen without --watch to "
        "answer",
    ),
    (
        {"why": "nobody"},
        "nobody answers (every session here only watches), it is only shown here; listen without --watch to answer",
    ),
    ({"why": "a later relay's"}, "another session answers, it is only shown here"),
]
SAID: list[tuple[Event, str, str]] = [
    (Ready(at=0, url="http://u", handler="http://h", endpoint="e", relay="r"), "Send to   http://u\n", ""),
    (Ready(at=0, url="http://u", handler="", endpoint="e", relay="r"), "none: deliveries are captured", ""),
    (Captured(**CAPTURED), "#7  POST /a?b  1.5 kB\n", ""),
    (Captured(**CAPTURED | {"target": ""}), "POST /  ", ""),
    (Captured(**CAPTURED | {"provider": "stripe", "event_type": "paid"}), "  stripe paid  ", ""),
    (Captured(**CAPTURED | {"owed": True}), "owed", ""),
    (Captured(**CAPTURED, missed=True), "missed", ""),
    (Attempted(**ATTEMPTED, status=200), "→ 200 OK in 12 ms\n", ""),
    (Attempted(**ATTEMPTED, status=599), "→ 599 in 12 ms\n", ""),
    (Attempted(**ATTEMPTED, failure="refused", detail="nobody"), "→ no answer: refused after 12 ms  nobody\n", ""),
    (diagnosed(verdict=Verdict(state="verified", provider="github")), "✓ signature verified (github)\n", ""),
    (diagnosed(finding(product="flask")), "✗ It redirects. [framework, flask; a.b]\n", ""),
    (diagnosed(finding()), "→ Do not.\n", ""),
    (Settled(at=0, id="01", how="expired", status=504, by="relay", waited_ms=25000), "(expired after 25.0 s)", ""),
    (
        Refused(at=0, problem="too-slow", method="POST", target="/a", size=9),
        "POST /a: the request did not arrive in time, 9 B\n",
        "",
    ),
    (GapDeclared(at=0, after=1, until=3, reason="age"), "deliveries 2 to 3 are no longer at the relay (age)\n", ""),
    (HandshakeSeen(at=0, id="01", number=7, provider="notion", token="sekret"), "      sekret\n", ""),
    (HandshakeSeen(at=0, id="01", number=7, provider="n", token="s", kept="candidate"), "replaces nothing", ""),
    (HandshakeSeen(at=0, id="01", number=7, provider="notion", token="s"), "`hookscope secret set notion`", ""),
    (HandshakeSeen(at=0, id="01", number=7, provider="n", token="s", instruction="Put it there:"), "Put it there:", ""),
    (
        ConnectionChanged(at=0, state="waiting", reason="lost", retry_in_ms=2000),
        "",
        "disconnected: lost; trying again in 2 s\n",
    ),
    (
        ConnectionChanged(at=0, state="waiting", reason="lost", retry_in_ms=200),
        "",
        "disconnected: lost; trying again in 1 s\n",
    ),
    (Refused(at=0, problem="rate-limited", method="POST", target="/a", size=0), "POST /a: too many requests\n", ""),
    (Noticed(at=0, level="info", text="by the way"), "", "by the way\n"),
    (Stopped(at=0, captured=5, exit_code=0), "", "stopped; 5 captured in this session\n"),
    (Stopped(at=0, captured=0, exit_code=0), "", "stopped; 0 captured in this session\n"),
    (Stopped(at=0, captured=0, exit_code=4), "", ""),
    *(
        (ConnectionChanged(at=0, state="connected", role="watching", **changes), "", f"connected, watching: {said}\n")
        for changes, said in WATCHING
    ),
]


@pytest.mark.parametrize(("event", "out", "errors"), SAID)
def test_each_event_says_its_facts(event: Event, out: str, errors: str) -> None:
    said, aside = told(event)
    assert out in said
    assert errors == aside
    assert out or not said


SILENT: list[Event] = [
    diagnosed(finding(severity="info")),
    diagnosed(verdict=Verdict(state="no-secret")),
    Settled(at=0, id="01", how="answered", status=200, by="", waited_ms=5),
    ConnectionChanged(at=0, state="connecting"),
    ConnectionChanged(at=0, state="connected", role="answering"),
]


@pytest.mark.parametrize("event", SILENT)
def test_what_is_as_it_should_be_is_not_told(event: Event) -> None:
    assert told(event) == ("", "")


def test_a_copy_is_called_one() -> None:
    out, _ = told(Captured(**CAPTURED), Attempted(**ATTEMPTED, status=200, copy=True))
    assert "→ 200 OK in" in out
    assert out.endswith("(a copy: another session answers)\n")


def test_coming_back_is_told() -> None:
    connected = ConnectionChanged(at=0, state="connected", role="answering")
    assert told(connected, connected) == ("", "connected, answering\n")


@pytest.mark.parametrize(
    ("status", "by", "attempted", "said"),
    [
        (404, "inspector", False, "         → 404 Not Found from hookscope; the handler was not asked\n"),
        (200, "inspector", False, ""),
        (502, "inspector", True, ""),
        (404, "", True, ""),
    ],
)
def test_a_delivery_that_hookscope_refused_itself_says_so(status: int, by: str, attempted: bool, said: str) -> None:
    before = [Captured(**CAPTURED), *([Attempted(**ATTEMPTED, status=404)] if attempted else [])]
    settled = Settled(at=0, id="01", how="answered", status=status, by=by, waited_ms=5)
    assert told(*before, settled)[0] == told(*before)[0] + said


def test_colour_only_where_it_is_wanted() -> None:
    event = Attempted(**ATTEMPTED, status=500)
    assert "\x1b[31m" in told(event, colour=True)[0]
    assert "\x1b" not in told(event)[0]


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_949, "999.9 kB"), (2_500_000, "2.5 MB")]
)
def test_sizes_for_people(count: int, text: str) -> None:
    assert size(count) == text


def test_a_line_about_another_capture_than_the_last_names_it() -> None:
    earlier = Attempted(**ATTEMPTED | {"number": 3, "origin": "backlog"}, status=200)
    out, _ = told(Captured(**CAPTURED), earlier, Attempted(**ATTEMPTED, status=404))
    lines = out.splitlines()
    assert lines[1] == "      #3 → 200 OK in 12 ms (backlog)"
    assert lines[2] == "      #7 → 404 Not Found in 12 ms"


def test_a_further_try_with_the_same_outcome_is_not_explained_again() -> None:
    first, again = diagnosed(finding()), msgspec.structs.replace(diagnosed(finding()), attempt=2)
    refused = Attempted(**ATTEMPTED, failure="refused")
    out, _ = told(Captured(**CAPTURED), refused, first, refused, again)
    assert (out.count("→ no answer: refused"), out.count("It redirects.")) == (2, 1)


def test_a_call_stands_under_its_delivery_with_what_is_wrong() -> None:
    finding = Finding(
        code="api.x", severity="error", cause="x", layer="provider-api", title="Notion says " + EVIL, hint="do"
    )
    call = Call(
        api="notion",
        base="https://api.notion.com",
        method="POST",
        target="/v1/comments" + EVIL,
        started_at=0,
        elapsed_ms=120.4,
        answer=Answer(status=403),
        tie=Tie(delivery="01", confidence=0.5, why="several", others=("02",)),
        findings=(finding,),
    )
    face = PlainFace(io.StringIO(), io.StringIO())
    list(face.render(Captured(**CAPTURED)))
    lines = list(face.render(CallEnded(at=0, number=7, call=call)))
    assert lines[0].startswith("           ▸ notion POST /v1/comments")
    assert lines[0].endswith("→ 403 in 120 ms  (a guess (50%, one of 2): several)")
    assert "✗ Notion says" in lines[1]
    assert "\x1b" not in "".join(lines)
    alone = list(face.render(CallEnded(at=0, number=0, call=call)))
    assert alone[0].startswith("           ▸ notion")


@pytest.mark.parametrize(
    ("how", "status", "says"),
    [
        ("expired", 504, "! its sender waits no more: it got 504 from the relay after 4.0 s"),
        ("sender-gone", None, "! its sender hung up after 4.0 s"),
    ],
)
def test_who_waits_no_more_before_there_is_an_answer_is_told_as_that(how: Any, status: int | None, says: str) -> None:
    out = io.StringIO()
    face = PlainFace(out)
    face(Captured(**CAPTURED))
    face(Settled(at=0, id="01", how=how, status=status, by="relay", waited_ms=4000))
    assert says in out.getvalue()
    assert "this answer" not in out.getvalue()
