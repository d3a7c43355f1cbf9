from __future__ import annotations

from dataclasses import replace

import pytest

from hookscope.api.history import History
from hookscope.model.call import Call, Credential, Tie
from hookscope_relay.delivery import Answer

CALL = Call(
    api="notion",
    base="https://api.notion.com",
    method="GET",
    target="/v1/x",
    started_at=100.0,
    answer=Answer(status=200, body=b"{}"),
    credential=Credential(place="Authorization", digest="aa"),
)


def test_paces_are_counted_by_token() -> None:
    history = History({})
    for at in (99.2, 99.5, 99.9):
        history.note(replace(CALL, started_at=at), False)
    assert history.count(CALL, 1.0) == 4
    assert history.count(CALL, 0.2) == 2
    assert history.count(replace(CALL, credential=Credential(place="x", digest="bb")), 1.0) == 1


@pytest.mark.parametrize(("wait", "until"), [("2", 102.0), ("0", None), ("soon", None), ("-1", None), ("nan", None)])
def test_a_wait_is_remembered(wait: str, until: float | None) -> None:
    history = History({})
    history.note(replace(CALL, answer=Answer(status=429, headers=(("Retry-After", wait),))), True)
    assert history.waits_until(replace(CALL, started_at=100.5)) == until


def test_a_refusal_is_forgotten_once_the_call_succeeds() -> None:
    history = History({})
    refused = replace(CALL, answer=Answer(status=403))
    history.note(refused, True)
    assert history.futile(refused) == 2
    history.note(CALL, False)
    assert history.futile(refused) == 0


@pytest.mark.parametrize("status", [401, 404, 408, 409, 429, 500, 503])
def test_what_may_succeed_the_next_time_is_no_futile_retry(status: int) -> None:
    history = History({})
    refused = replace(CALL, answer=Answer(status=status))
    history.note(refused, True)
    assert history.futile(refused) == 0


def test_what_a_fault_played_says_nothing_of_the_token() -> None:
    history = History({})
    history.note(replace(CALL, fault="notion: slow 1s"), False)
    assert history.good == {}
    history.note(CALL, False)
    assert history.good == {"notion": {"aa": 100.0}}


def test_whose_a_token_is_stands_in_the_answer_to_users_me() -> None:
    history = History({})
    history.note(replace(CALL, target="/v1/users/me", answer=Answer(status=200, body=b'{"id":"bot-1"}')), False)
    history.note(replace(CALL, target="/v1/users/me", answer=Answer(status=200, body=b"[]")), False)
    assert history.bots == {"aa": "bot-1"}


def test_memory_is_bounded() -> None:
    history = History({})
    for number in range(6000):
        one = replace(CALL, target=f"/v1/x/{number}00", tie=Tie(delivery=f"d{number}"), answer=Answer(status=403))
        history.one_by_one(one)
        history.again(replace(one, answer=Answer(status=200)))
        history.note(one, True)
    assert max(len(history._refused), len(history._objects), len(history._fetched)) <= 5000
