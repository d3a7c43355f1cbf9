from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hookscope.model import session_requests
from hookscope.model.capture import Attempt
from hookscope.model.errors import NoSuchCapture
from hookscope.model.events import ConnectionChanged, GapDeclared, Noticed, Refused
from hookscope.model.finding import Explained
from hookscope.model.session_requests import (
    Backlog,
    Clear,
    Held,
    KeepSecret,
    MarkCapture,
    Pause,
    Replay,
    Replayed,
    Resume,
    SendSample,
    SessionRequest,
    SetSecret,
    SwitchHandler,
)
from hookscope.tui.actions.table import ACTIONS
from hookscope.tui.keys.keyboard import Keyboard
from hookscope.tui.presentation.notices import SENTENCES, announce, tell
from hookscope_relay.delivery import Answer

ATTEMPT = Attempt(number=2, origin="replay", handler_url="", started_at=0.0, elapsed_ms=12.0, answer=Answer(status=200))
REPLAYED = Replayed(3, ATTEMPT, Explained(None, ()), "signed with a key")
REFUSED = Replayed(3, replace(ATTEMPT, answer=Answer(status=404)), Explained(None, ()))


@pytest.mark.parametrize(
    ("request_", "value", "text"),
    [
        (Replay(name="3"), REPLAYED, "✓ 200 in 12 ms: #3 was handed over again, as attempt 2; signed with a key"),
        (Replay(name="3", proves="a"), REPLAYED, "✓ 200 in 12 ms: that proves the finding of #3; what its sender got"),
        (Replay(name="3", proves="a"), REFUSED, "✗ 404 in 12 ms: that does not prove the finding of #3"),
        (Backlog(), [], "nothing that came meanwhile is still owed"),
        (Pause(), None, "forwarding is paused"),
        (Resume(), 0, "forwarding goes on; nothing was held"),
        (Resume(), 2, "forwarding goes on"),
        (Held(), ["7"], ""),
        (SwitchHandler(handler="3000"), "http://localhost:3000", "deliveries go to http://localhost:3000 from now on"),
        (SwitchHandler(handler=""), "", "deliveries are kept only"),
        (SetSecret(provider="github", secret="s"), "ab12", "github: the secret ab12 is kept"),
        (SendSample(provider="notion"), 204, "the sample was sent; its sender got 204"),
        (KeepSecret(name="3"), "kept", "the token is kept as signing secret"),
        (KeepSecret(name="3"), "candidate", "the token is kept as a candidate"),
        (MarkCapture(name="3", on=False), None, "#3 is no longer marked"),
        (Clear(), 7, "7 deliveries deleted"),
    ],
)
def test_every_answer_has_a_sentence(request_: SessionRequest, value: object, text: str) -> None:
    told, _ = tell(request_, value, None)
    assert told.startswith(text)


@pytest.mark.parametrize(
    ("told", "text", "level"),
    [
        (Noticed(at=0, level="info", text="hello"), "hello", "information"),
        (Noticed(at=0, level="error", text="no"), "no", "error"),
        (
            Noticed(at=0, level="info", text="2 are owed", option="--forward-backlog does it", about="backlog"),
            "2 are owed; b hands over what is owed",
            "information",
        ),
        (Noticed(at=0, level="info", text="so it is", option="--x does it"), "so it is; --x does it", "information"),
        (GapDeclared(at=0, after=1, until=2, reason="age"), "1 delivery lost for good: age", "error"),
        (
            Refused(at=0, problem="too-slow", method="POST", target="/x", size=0),
            "the relay turned away POST /x: the request did not arrive in time",
            "warning",
        ),
    ],
)
def test_what_happened_by_itself_is_a_sentence(told: Noticed | GapDeclared | Refused, text: str, level: str) -> None:
    assert announce(told, Keyboard(ACTIONS)) == (text, level)


def test_an_error_is_told_in_its_own_words() -> None:
    assert tell(Clear(), None, NoSuchCapture("there is no capture 9", "see the list")) == (
        "there is no capture 9; see the list",
        "error",
    )
    assert tell(Clear(), None, ValueError("x"))[0].startswith("a bug of ours")


def test_every_request_has_a_sentence() -> None:
    assert set(SENTENCES) == {
        kind
        for kind in vars(session_requests).values()
        if isinstance(kind, type) and issubclass(kind, SessionRequest) and kind is not SessionRequest
    }


def test_a_replay_that_was_refused_is_a_warning() -> None:
    refused = Replayed(3, replace(ATTEMPT, answer=Answer(status=500)), Explained(None, ()))
    told, level = tell(Replay(name="3"), refused, None)
    assert told.startswith("✗ 500")
    assert level == "warning"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"role": "answering"}, "this session answers from now on"),
        (
            {"role": "watching", "answerer": "bob@desk", "why": "taken"},
            "bob@desk took over and answers from now on; O has this session answer",
        ),
        ({"role": "watching", "answerer": "bob@desk", "why": "asked"}, "bob@desk answers from now on"),
    ],
)
def test_another_answerer_is_told(changes: dict[str, Any], text: str) -> None:
    assert announce(ConnectionChanged(at=0, state="connected", **changes), Keyboard(ACTIONS))[0] == text
