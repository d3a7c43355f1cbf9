from __future__ import annotations

from typing import get_args

import pytest

from hookscope.events import GapDeclared, Noticed, Refused
from hookscope.front_door import Clear, ForwardBacklog, KeepSecret, Mark, Pause, Replay, Request, Resume, Stop
from hookscope.tui.presentation.news import SENTENCES, announce, tell
from hookscope_relay.errors import NoSuchCapture


@pytest.mark.parametrize(
    ("request_", "value", "text"),
    [
        (Replay(name="3"), 2, "#3 was handed to the handler again, as attempt 2"),
        (ForwardBacklog(), 1, "1 delivery that came meanwhile handed over"),
        (Pause(), None, "forwarding is paused"),
        (Resume(), None, "forwarding goes on"),
        (KeepSecret(name="3"), "kept", "the token is kept as signing secret"),
        (KeepSecret(name="3"), "candidate", "the token is kept as a candidate"),
        (Mark(name="3", on=False), None, "#3 is no longer marked"),
        (Clear(), 7, "7 deliveries deleted"),
        (Stop(), None, ""),
    ],
)
def test_every_answer_has_a_sentence(request_: Request, value: object, text: str) -> None:
    told, _ = tell(request_, value, None)
    assert told.startswith(text)


@pytest.mark.parametrize(
    ("told", "text", "level"),
    [
        (Noticed(at=0, level="info", text="hello"), "hello", "information"),
        (Noticed(at=0, level="error", text="no"), "no", "error"),
        (GapDeclared(at=0, after=1, until=2, reason="age"), "1 delivery lost for good: age", "error"),
        (
            Refused(at=0, problem="too-slow", method="POST", target="/x", size=0),
            "the relay turned away POST /x: too-slow",
            "warning",
        ),
    ],
)
def test_what_happened_by_itself_is_a_sentence(told: Noticed | GapDeclared | Refused, text: str, level: str) -> None:
    assert announce(told) == (text, level)


def test_an_error_is_told_in_its_own_words() -> None:
    assert tell(Clear(), None, NoSuchCapture("there is no capture 9", "see the list")) == (
        "there is no capture 9; see the list",
        "error",
    )
    assert tell(Clear(), None, ValueError("x"))[0].startswith("a bug of ours")


def test_every_request_but_stop_has_a_sentence() -> None:
    assert set(SENTENCES) == set(get_args(Request)) - {Stop}
