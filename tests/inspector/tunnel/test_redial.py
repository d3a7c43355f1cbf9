"""When the relay is dialled again, and when never."""

from __future__ import annotations

import json

import pytest

from hookscope.model.errors import RelayRefused
from hookscope.tunnel.redial import (
    LIMITS,
    OTHER_REMEDY,
    REMEDIES,
    Refusal,
    close_reason,
    close_remedy,
    delay_before,
    is_fatal_close,
    read_refusal,
)
from hookscope_relay.made_answers import PROBLEMS, build_problem
from hookscope_relay.wire import CLOSE_LIMIT, CLOSE_RESTART, CLOSE_TOO_SLOW


@pytest.mark.parametrize("slug", PROBLEMS)
def test_each_problem_of_ours_is_read_and_put_in_words(slug: str) -> None:
    answer = build_problem(slug, "relay")
    refusal = read_refusal(answer.status, answer.body)
    assert refusal == Refusal(answer.status, slug)
    error = refusal.error("http://r")
    assert isinstance(error, RelayRefused)
    assert "http://r" in error.what
    assert error.remedy == REMEDIES.get(slug, OTHER_REMEDY)


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"5", b"null", b"{}", b'{"type": 5}', b'{"type": "about:blank"}', b"\xff", b"[" * 100_000],
    ids=range(10),
)
def test_an_answer_that_is_no_problem_of_ours_is_no_relay(body: bytes) -> None:
    refusal = read_refusal(404, body)
    assert refusal.problem == ""
    assert "is not a hookscope relay" in str(refusal.error("http://r"))


@pytest.mark.parametrize(("time", "found"), [(5, 5), ("5", None), (None, None), (5.5, None)])
def test_the_relays_clock_is_a_whole_number(time: object, found: int | None) -> None:
    body = json.dumps({"type": "urn:hookscope:problem:claim-clock", "time": time}).encode()
    assert read_refusal(401, body).relay_time == found


def test_a_problem_of_a_newer_relay_is_named() -> None:
    assert "refused with full-moon" in str(Refusal(400, "full-moon").error("http://r"))


@pytest.mark.parametrize(
    ("status", "fatal"),
    [(400, True), (401, True), (403, True), (426, True), (404, False), (429, False), (502, False), (503, False)],
)
def test_statuses_that_end_the_session(status: int, fatal: bool) -> None:
    assert Refusal(status).is_fatal is fatal


@pytest.mark.parametrize(
    ("attempt", "least", "most"),
    [(1, 0.25, 0.5), (2, 0.5, 1.0), (3, 1.0, 2.0), (7, 15.0, 30.0), (1000, 15.0, 30.0)],
)
def test_the_wait_doubles_up_to_half_a_minute(attempt: int, least: float, most: float) -> None:
    assert delay_before(attempt, 0.0) == least
    assert delay_before(attempt, 1.0) == most


@pytest.mark.parametrize(("attempt", "most"), [(1, 5.0), (2, 1.0)])
def test_a_relay_that_restarts_is_dialled_within_five_seconds(attempt: int, most: float) -> None:
    assert delay_before(attempt, 1.0, CLOSE_RESTART) == most


@pytest.mark.parametrize(
    ("code", "fatal", "reason"),
    [
        (None, False, "the connection broke"),
        (1006, False, "the connection broke"),
        (CLOSE_RESTART, False, "restarts"),
        (4000, True, "refused one of our frames"),
        (4001, True, "rotated"),
        (4002, True, "another connection"),
        (CLOSE_TOO_SLOW, False, "too slow"),
        (CLOSE_LIMIT, False, "limit"),
    ],
)
def test_close_codes(code: int | None, fatal: bool, reason: str) -> None:
    assert is_fatal_close(code) is fatal
    assert reason in close_reason(code)


@pytest.mark.parametrize(("code", "remedy"), [(4000, "newest hookscope"), (4001, "endpoint import"), (4002, "end one")])
def test_a_close_code_that_is_for_good_says_what_to_do(code: int, remedy: str) -> None:
    assert remedy in close_remedy(code)


@pytest.mark.parametrize("limit", LIMITS)
def test_a_limit_that_was_met_is_told_with_the_relays_option(limit: str) -> None:
    answer = build_problem("relay-busy", "relay", members={"limit": limit})
    error = read_refusal(answer.status, answer.body).error("http://r")
    assert error.what == f"the relay http://r refused this session: {LIMITS[limit][0]} (its --{limit})"
    assert error.remedy == LIMITS[limit][1]


@pytest.mark.parametrize("limit", ["max-moons", 5, None, ["new-endpoints"]])
def test_a_limit_that_is_not_known_changes_nothing(limit: object) -> None:
    answer = build_problem("rate-limited", "relay", members={"limit": limit})
    assert "Too many requests" in read_refusal(answer.status, answer.body).error("http://r").what


@pytest.mark.parametrize("problem", ["claim-origin", "host-not-served"])
def test_a_relay_that_goes_by_another_name_is_to_be_dialled_by_it(problem: str) -> None:
    assert "public URL" in Refusal(401, problem).error("http://r").remedy
