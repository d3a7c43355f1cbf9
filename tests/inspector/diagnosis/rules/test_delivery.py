from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from factories import NOW
from hookscope.diagnosis.case import Earlier, Policy, Settlement
from hookscope.model.capture import Failure
from hookscope.model.finding import Finding
from hookscope.model.verdict import Recognition

Find = Callable[..., Finding | None]


@pytest.mark.parametrize(
    ("status", "headers", "words"),
    [
        (403, (), "Sending the same request again gets the same 403"),
        (429, (("Retry-After", "60"),), "Retry-After 60"),
        (500, (), "probably send this event again"),
    ],
)
def test_the_advice_depends_on_the_outcome(
    find: Find, status: int, headers: tuple[tuple[str, str], ...], words: str
) -> None:
    finding = find("delivery.retry-advice", status, headers=headers)
    assert finding is not None
    assert words in finding.title
    assert finding.severity == "info"


@pytest.mark.parametrize(
    ("changes", "advised"),
    [
        ({}, True),
        ({"settled": Settlement(status=500)}, True),
        ({"settled": Settlement(how="expired", status=504)}, True),
        ({"settled": Settlement(status=202, by="inspector")}, False),
        ({"owed": True, "origin": "backlog"}, False),
        ({"owed": True, "origin": "backlog", "settled": Settlement(how="expired", status=504)}, True),
    ],
)
def test_a_sender_that_was_told_2xx_sends_nothing_again(find: Find, changes: dict[str, Any], advised: bool) -> None:
    assert (find("delivery.retry-advice", 500, **changes) is not None) == advised
    policy, last = Policy(max_attempts=8), Recognition(attempt_number=8)
    assert (find("delivery.given-up", 500, policy=policy, recognition=last, **changes) is not None) == advised


def test_a_success_needs_no_advice(find: Find) -> None:
    assert find("delivery.retry-advice", 204) is None


def test_the_last_attempt_that_fails_is_the_last(find: Find) -> None:
    policy, last = Policy(max_attempts=8), Recognition(attempt_number=8)
    assert find("delivery.given-up", 500, policy=policy, recognition=last) is not None
    assert find("delivery.given-up", 200, policy=policy, recognition=last) is None
    assert find("delivery.given-up", 500, policy=policy, recognition=Recognition(attempt_number=7)) is None


def run(count: int, status: int = 403, failure: str = "") -> tuple[Earlier, ...]:
    return tuple(Earlier(number=n, received_at=NOW - 60 + n, status=status, failure=failure) for n in range(count))


def test_five_refusals_in_a_row_are_a_spike(find: Find) -> None:
    finding = find(
        "delivery.failure-spike", 403, recent=(Earlier(number=99, received_at=NOW - 70, status=200), *run(4))
    )
    assert finding is not None
    assert finding.title.startswith("5 deliveries in a row ended with 403")


def test_failures_of_another_kind_end_the_run(find: Find) -> None:
    assert find("delivery.failure-spike", 403, recent=run(3)) is None
    assert find("delivery.failure-spike", 403, recent=run(9, status=500)) is None
    assert find("delivery.failure-spike", failure=Failure(kind="refused"), recent=run(4, 0, "refused")) is not None


@pytest.mark.parametrize(("quiet_s", "expected"), [(1500.0, True), (300.0, False)])
def test_silence_is_longer_than_expected(find: Find, quiet_s: float, expected: bool) -> None:
    finding = find("delivery.silence", 200, expect_every_s=600.0, now=NOW + quiet_s)
    assert (finding is not None) is expected


def test_silence_needs_an_expectation(find: Find) -> None:
    assert find("delivery.silence", 200, now=NOW + 1e6) is None


def test_a_backlog_says_whether_it_is_owed(find: Find) -> None:
    owed, missed = find("delivery.backlog", origin="backlog", owed=True), find("delivery.backlog", origin="backlog")
    assert owed is not None
    assert missed is not None
    assert owed.hint != missed.hint


def test_a_handshake_in_the_backlog_must_be_sent_again(find: Find) -> None:
    finding = find("delivery.backlog", origin="backlog", recognition=Recognition(handshake="challenge"))
    assert finding is not None
    assert (finding.severity, "resend" in finding.hint) == ("warning", True)


def test_a_404_on_a_path_that_answered_before_may_hide_a_refusal(find: Find) -> None:
    worked = (Earlier(target="/hook", status=200),)
    assert find("delivery.masked-access", 404, b"nope", recent=worked) is not None
    assert find("delivery.masked-access", 404, b"nope", routes=("/hook",)) is not None
    assert find("delivery.masked-access", 404, b"nope") is None


@pytest.mark.parametrize(
    ("why", "code", "severity", "evidence"),
    [
        (
            "No route takes it. The nearest is a, whose filter fails at path:/x.",
            "delivery.no-route",
            "error",
            "nearest",
        ),
        ("No route takes it.", "delivery.no-route", "error", "there is none"),
        ("The transform m:f failed: KeyError: 'a' (m.py:3)", "delivery.transform", "error", "KeyError"),
        ("The transform left it out.", "delivery.transform", "info", "left it out"),
    ],
)
def test_what_went_to_no_handler_says_why(find: Find, why: str, code: str, severity: str, evidence: str) -> None:
    finding = find(code, kept_back=why)
    assert finding is not None
    assert finding.severity == severity and evidence in finding.evidence[0].text
    assert find("delivery.kept-back", kept_back=why) is None


def test_a_delivery_that_was_kept_back_says_why(find: Find) -> None:
    finding = find("delivery.kept-back", kept_back="The path climbs above /hooks: not forwarded.")
    assert finding is not None
    assert (finding.severity, finding.layer) == ("warning", "tunnel")
    assert finding.evidence[0].text == "The path climbs above /hooks: not forwarded"
    assert find("delivery.kept-back") is None
