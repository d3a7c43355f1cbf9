from __future__ import annotations

import json

import pytest

from hookscope.api.fault import parse_faults
from hookscope_relay.errors import InputError


def struck(text: str, calls: list[tuple[str, str, float]]) -> list[bool]:
    plan = parse_faults([text], ["notion"])
    return [plan.choose("notion", method, target, at) is not None for method, target, at in calls]


def test_a_status_is_played_for_one_endpoint() -> None:
    assert struck(
        "notion: 403 on POST /v1/comments",
        [("POST", "/v1/comments?x", 0), ("GET", "/v1/comments", 0), ("POST", "/v1/pages", 0)],
    ) == [True, False, False]


def test_a_rate_is_counted_over_a_sliding_second() -> None:
    times = [0.0, 0.1, 0.2, 0.3, 0.9, 1.05, 1.06]
    assert struck("notion: 429 after 3/s", [("GET", "/", at) for at in times]) == [
        False,
        False,
        False,
        True,
        True,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("notion: 500 every 2", [False, True, False, True]),
        ("notion: 503 2 times", [True, True, False, False]),
        ("notion: 500 after 2", [False, False, True, True]),
        ("notion: slow 4s on GET /a*", [True, True, True, True]),
    ],
)
def test_faults_come_when_they_were_asked_for(text: str, expected: list[bool]) -> None:
    assert struck(text, [("GET", "/a1", float(n)) for n in range(4)]) == expected


def test_what_is_played_speaks_the_apis_language() -> None:
    fault = parse_faults(["notion: 429"], ["notion"]).choose("notion", "GET", "/", 0.0)
    assert fault is not None
    headers, body = fault.answer("notion")
    assert json.loads(body)["code"] == "rate_limited"
    assert ("Retry-After", "1") in headers
    slow = parse_faults(["notion: slow 250ms"], ["notion"]).choose("notion", "GET", "/", 0.0)
    assert slow is not None
    assert slow.delay_s == 0.25


@pytest.mark.parametrize("text", ["notion", "notion: 200", "notion: 429 after", "notion: explode", "github: 429", ""])
def test_what_is_no_fault_is_said(text: str) -> None:
    with pytest.raises(InputError, match="--api-fault"):
        parse_faults([text], ["notion"])
