"""The NDJSON face."""

from __future__ import annotations

import io
import json

from hookscope.console.ndjson import NdjsonFace
from hookscope.model.events import Captured, ConnectionChanged, Event, Noticed, Ready, Stopped

READY = Ready(at=0, url="http://u", handler="", endpoint="e", relay="http://r")
STOPPED = Stopped(at=0, captured=0, exit_code=4)
CONNECTING = ConnectionChanged(at=0, state="connecting")


def told(*events: Event) -> tuple[list[str], str]:
    out, errors = io.StringIO(), io.StringIO()
    face = NdjsonFace(out, errors)
    for event in events:
        face(event)
    face.flush()
    return out.getvalue().splitlines(), errors.getvalue()


def test_ready_is_the_first_line() -> None:
    lines, _ = told(CONNECTING, Noticed(at=0, level="info", text="moved"), READY, CONNECTING, STOPPED)
    assert [json.loads(line)["type"] for line in lines] == ["ready", "connection", "stopped"]


def test_a_notice_before_ready_is_on_standard_error() -> None:
    assert told(Noticed(at=0, level="info", text="moved")) == ([], "hookscope: moved\n")


def test_a_session_that_never_was_ready_still_says_that_it_stopped() -> None:
    lines, errors = told(CONNECTING, STOPPED)
    assert [json.loads(line)["exit_code"] for line in lines] == [4]
    assert errors == ""


def test_what_a_sender_wrote_is_ascii_on_one_line() -> None:
    target = "/\x1b[2J\n\u202e\xe9\u2028"
    event = Captured(
        at=0,
        id="01",
        number=1,
        origin="live",
        method="POST",
        target=target,
        provider="",
        event_type="",
        bytes=0,
        owed=False,
        received_at=0,
    )
    lines, _ = told(READY, event)
    assert len(lines) == 2
    assert lines[1].isascii()
    assert lines[1].isprintable()
    assert json.loads(lines[1])["target"] == target
