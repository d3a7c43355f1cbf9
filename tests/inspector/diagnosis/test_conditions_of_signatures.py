from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from factories import NOW
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.conditions_of_signatures import brings_token, signed, stale, unsigned, unsigned_by_provider
from hookscope.model.verdict import Verdict

UNSIGNED = Verdict(state="unsigned", provider="notion")
OLD, NEW = int(NOW) - 3600, int(NOW) - 2


@pytest.mark.parametrize(
    ("headers", "is_signed"),
    [
        ((), False),
        ((("X-Acme-Signature", "1"),), True),
        ((("Authorization", "Bearer x"),), True),
        ((("X-Gitlab-Token", "x"),), True),
        ((("Webhook-Id", "msg_1"),), True),
        ((("X-Request-Id", "1"),), False),
    ],
)
def test_what_a_sender_is_known_by(
    make_case: Callable[..., Case], headers: tuple[tuple[str, str], ...], is_signed: bool
) -> None:
    case = make_case(401, sent_headers=headers)
    assert (signed(case), unsigned(case)) == (is_signed, not is_signed)


@pytest.mark.parametrize(
    ("value", "is_token"),
    [("Bearer x", True), ("basic eA==", True), ("Token x", True), ("ApiKey x", True), ("hmac x", False), ("", False)],
)
def test_a_caller_that_shows_who_it_is(make_case: Callable[..., Case], value: str, is_token: bool) -> None:
    assert brings_token(make_case(401, sent_headers=(("Authorization", value),) if value else ())) is is_token


def test_another_token_is_no_signature_of_the_provider(make_case: Callable[..., Case]) -> None:
    values: dict[str, Any] = {"sent_headers": (("Authorization", "Bearer x"),), "provider": "notion"}
    assert unsigned_by_provider(make_case(401, verdict=UNSIGNED, **values))
    assert not unsigned_by_provider(make_case(401, **values))
    assert not unsigned_by_provider(make_case(401, verdict=UNSIGNED))  # nobody's


@pytest.mark.parametrize(
    ("name", "value", "is_stale"),
    [
        ("X-Slack-Request-Timestamp", str(OLD), True),
        ("X-HubSpot-Request-Timestamp", f"{OLD}000", True),
        ("Stripe-Signature", f"t={OLD},v1=00", True),
        ("X-Slack-Request-Timestamp", str(NEW), False),
        ("Stripe-Signature", f"t={NEW},v1=00", False),
        ("X-Hub-Signature-256", "sha256=0000000000", False),
        ("X-Request-Id", str(OLD), False),
    ],
)
def test_an_old_signature_is_stale(make_case: Callable[..., Case], name: str, value: str, is_stale: bool) -> None:
    assert stale(make_case(401, sent_headers=((name, value),))) is is_stale
