"""Checks of a handler's calls, from the calls that were seen; `test_watch.py` has real ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from checking_bench import make_kit
from hookscope.model.call import Call
from hookscope.tools.check.calls import effect_of_a_repeat, is_writing, no_retry_of_403, wait_after_429
from hookscope.tools.check.fact import HandlerReply, Judgement, Look
from hookscope_relay.delivery import Answer


def call(
    method: str = "POST",
    target: str = "/v1/pages",
    at: float = 0.0,
    status: int = 200,
    fault: str = "",
    body: bytes = b"",
) -> Call:
    return Call(api="notion", base="https://api.notion.com", method=method, target=target, started_at=at, elapsed_ms=100.0,
                answer=Answer(status=status), fault=fault, body=body)  # fmt: skip


def judge(check: Callable[..., Any], *seen: tuple[Call, ...], status: int = 200) -> tuple[Judgement, list[Look]]:
    """The judgement on a handler that makes these calls after one delivery after the other, and what was asked for."""
    steps, looks, rest = check(make_kit(apis=("notion",))), [], list(seen)
    try:
        wanted = next(steps)
        while True:
            looks.append(wanted)
            wanted = steps.send((HandlerReply(answer=Answer(status=status), calls=rest.pop(0)),))
    except StopIteration as end:
        return end.value, looks


READ, WRITE, OTHER = call("GET", "/v1/pages/1"), call(), call("PATCH", "/v1/pages/1")
LIMITED = call(status=429, fault="notion: 429 1 times")
REFUSED = call(status=403, fault="notion: 403")

CASES = (
    (effect_of_a_repeat, ((), ()), "skipped", "asked nothing of notion"),
    (
        effect_of_a_repeat,
        ((READ, WRITE), (READ,)),
        "passed",
        "2 calls, 1 of them writing; the same once more wrote nothing",
    ),
    (effect_of_a_repeat, ((READ,), (READ,)), "passed", "0 of them writing"),
    (
        effect_of_a_repeat,
        ((READ, WRITE), (READ, WRITE, OTHER)),
        "failed",
        "1 call that writes; the same once more: 2 calls, POST /v1/pages, PATCH /v1/pages/1",
    ),
    (wait_after_429, ((),), "skipped", "asked nothing"),
    (
        wait_after_429,
        ((LIMITED, call(at=1.2)),),
        "passed",
        "POST /v1/pages got 429 with Retry-After: 1; the next call came 1100 ms later",
    ),
    (wait_after_429, ((LIMITED, call(at=0.3)),), "failed", "200 ms later"),
    (wait_after_429, ((LIMITED, call(at=0.05), call(at=1.2)),), "passed", "1100 ms later"),
    (wait_after_429, ((LIMITED,),), "failed", "never asked again"),
    (no_retry_of_403, ((),), "skipped", "asked nothing"),
    (
        no_retry_of_403,
        ((REFUSED, call(status=403, body=b"other")),),
        "passed",
        "2 calls, each refused with 403 and asked once",
    ),
    (no_retry_of_403, ((REFUSED, REFUSED, REFUSED),), "failed", "POST /v1/pages was asked for 3 times"),
)


@pytest.mark.parametrize(
    ("check", "seen", "state", "said"), CASES, ids=[f"{case[0].__name__}-{number}" for number, case in enumerate(CASES)]
)
def test_calls_are_judged(check: Callable[..., Any], seen: tuple[tuple[Call, ...], ...], state: str, said: str) -> None:
    judgement, _ = judge(check, *seen)
    assert (judgement.state, said in judgement.evidence[0]) == (state, True), judgement
    assert bool(judgement.hint) == (state != "passed")


def test_a_handler_that_hands_a_429_to_its_sender_is_right_to_give_up() -> None:
    assert judge(wait_after_429, (LIMITED,), status=503)[0].state == "passed"


def test_the_repeat_is_the_very_same_delivery() -> None:
    _, (first, second) = judge(effect_of_a_repeat, (WRITE,), ())
    assert first.delivery == second.delivery
    assert first.faults == ()


@pytest.mark.parametrize(
    ("one", "writes"),
    [
        (READ, False),
        (WRITE, True),
        (call("DELETE", "/v1/blocks/1"), True),
        (call("POST", "/v1/databases/1/query"), False),
        (call("POST", "/v1/search?x=1"), False),
        (call("POST", "/api/conversations.list"), False),
        (call("POST", "/api/chat.postMessage"), True),
        (call("POST", "/graphql", body=b'{"query":"query { viewer { id } }"}'), False),
        (call("POST", "/graphql", body=b'{"query":"mutation { issueCreate }"}'), True),
    ],
    ids=lambda one: f"{one.method} {one.path}" if isinstance(one, Call) else str(one),
)
def test_what_writes_is_known_by_method_and_path(one: Call, writes: bool) -> None:
    assert is_writing(one) is writes
