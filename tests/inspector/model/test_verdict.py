"""A verdict as JSON."""

from __future__ import annotations

import json

import pytest

from hookscope.model.verdict import Mistake, Recognition, Verdict, VerdictState

VERDICT = Verdict(
    state="rejected",
    provider="github",
    scheme="hmac",
    reason="mismatch",
    mistakes=(Mistake(id="re-encoded", confidence=0.5, detail="spaces", fix="sign the raw body"),),
    ruled_out=("old",),
    notes=("headers are not covered",),
)


def test_keys_stand_in_the_order_of_the_contract() -> None:
    assert list(VERDICT.to_mapping()) == [
        "verdict",
        "reason",
        "provider",
        "scheme",
        "secret",
        "mistakes",
        "ruled_out",
        "notes",
    ]


def test_a_mistake_says_what_and_how_to_mend_it() -> None:
    assert VERDICT.to_mapping()["mistakes"] == [
        {"id": "re-encoded", "confidence": 0.5, "detail": "spaces", "fix": "sign the raw body"}
    ]


@pytest.mark.parametrize("state", ["verified", "rejected", "unsigned", "no-secret"])
def test_each_state_is_told_as_it_is(state: VerdictState) -> None:
    mapping = Verdict(state=state).to_mapping()
    assert mapping["verdict"] == state
    assert json.loads(json.dumps(mapping)) == mapping


def test_an_unrecognised_sender_is_empty() -> None:
    nobody = Recognition()
    assert (nobody.provider, nobody.event_at, nobody.attempt_number, nobody.handshake) == ("", None, None, "")
