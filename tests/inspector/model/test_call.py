from __future__ import annotations

from dataclasses import replace

import pytest

from hookscope.model.call import Call, Credential, Tie
from hookscope.model.capture import Failure
from hookscope.model.finding import Finding
from hookscope_relay.delivery import Answer


@pytest.mark.parametrize(
    ("tie", "words"),
    [
        (Tie(), "belongs to no delivery"),
        (Tie(why="no delivery was in hand"), "no delivery was in hand"),
        (Tie(delivery="d", confidence=0.97, why="it names x"), "sure (97%): it names x"),
        (Tie(delivery="d", confidence=0.8, why="alone"), "likely (80%): alone"),
        (Tie(delivery="d", confidence=0.5, why="several", others=("e",)), "a guess (50%, one of 2): several"),
    ],
)
def test_how_sure_a_tie_is_stands_in_words(tie: Tie, words: str) -> None:
    assert tie.words == words


def test_a_call_as_plain_values() -> None:
    call = Call(
        api="notion",
        base="https://api.notion.com",
        method="GET",
        target="/v1/x?y=1",
        started_at=0.0,
        answer=Answer(status=404),
        credential=Credential(place="Authorization", scheme="Bearer", shown="ntn_…abcd", digest="00ff00ff"),
        tie=Tie(delivery="d", confidence=0.966, why="w"),
    )
    facts = call.facts()
    assert (facts["url"], facts["status"], facts["delivery"], facts["confidence"]) == (
        "https://api.notion.com/v1/x?y=1",
        404,
        "d",
        0.97,
    )
    assert facts["credential"] == "Bearer ntn_…abcd (fingerprint 00ff00ff)"
    assert (call.outcome, call.path, call.is_refused) == ("404", "/v1/x", True)


def test_a_failure_stands_in_the_place_of_a_status() -> None:
    call = Call(api="x", base="https://x", method="GET", target="/", started_at=0.0, failure=Failure(kind="dns"))
    assert (call.outcome, call.facts()["failure"], call.is_refused) == ("dns", "dns", True)
    assert "status" not in call.facts()


def test_what_explains_it_is_the_first_finding_that_is_an_error() -> None:
    note, error = (
        Finding(code="a.b", severity=severity, cause="c", layer="provider-api", title="t", hint="h")
        for severity in ("info", "error")
    )
    call = Call(api="x", base="https://x", method="GET", target="/", started_at=0.0)
    assert call.explained is None
    assert replace(call, findings=(note,)).explained is None
    assert replace(call, findings=(note, error)).explained is error
