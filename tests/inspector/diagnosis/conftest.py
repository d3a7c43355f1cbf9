"""Cases in one call: a Notion-style delivery, and what its handler answered. A rule that raises fails the test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from factories import NOTION_BODY, NOW, make_delivery
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.engine import diagnose
from hookscope.model.capture import Attempt, Failure
from hookscope.model.finding import Finding
from hookscope_relay.delivery import Answer, Headers

LOCAL = "http://127.0.0.1:3000"

MakeCase = Callable[..., Case]


def fail(code: str, error: Exception) -> None:
    raise AssertionError(f"rule {code} raised") from error


def case_of(
    status: int | None = None,
    body: bytes = b"",
    headers: Headers = (),
    *,
    reason: str = "",
    target: str = "/hook",
    method: str = "POST",
    sent: bytes = NOTION_BODY,
    sent_headers: Headers = (("Content-Type", "application/json"),),
    failure: Failure | None = None,
    base: str = LOCAL,
    elapsed_ms: float = 5.0,
    answered_by: str = "",
    **values: Any,
) -> Case:
    answer = Answer(status=status, reason=reason, headers=headers, body=body) if status is not None else None
    attempt = None
    if answer is not None or failure is not None:
        attempt = Attempt(
            number=1,
            origin="live",
            handler_url=base + target,
            started_at=NOW,
            elapsed_ms=elapsed_ms,
            answer=answer,
            failure=failure,
            answered_by=answered_by,
        )
    delivery = values.pop("delivery", None) or make_delivery(
        id="d2", target=target, method=method, body=sent, headers=(("Host", "relay.example"), *sent_headers)
    )
    return Case(delivery=delivery, attempt=attempt, **values)


@pytest.fixture
def make_case() -> MakeCase:
    """A case of an answer: `status`, `body`, `headers`; and whatever else of the delivery,
    the attempt or the case differs."""
    return case_of


@pytest.fixture
def findings_of() -> Callable[..., tuple[Finding, ...]]:
    """The findings for such a case, best first."""

    def findings(*arguments: Any, **values: Any) -> tuple[Finding, ...]:
        return diagnose(case_of(*arguments, **values), on_error=fail)

    return findings


@pytest.fixture
def find(findings_of: Callable[..., tuple[Finding, ...]]) -> Callable[..., Finding | None]:
    """The finding of one code for such a case; None where the rule says nothing."""

    def found(code: str, *arguments: Any, **values: Any) -> Finding | None:
        return next((finding for finding in findings_of(*arguments, **values) if finding.code == code), None)

    return found
