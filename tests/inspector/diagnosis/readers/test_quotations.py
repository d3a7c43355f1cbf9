from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from hookscope.model.finding import Finding

SLACK = json.dumps(
    {"detail": "slack_sdk said {'ok': False, 'error': 'missing_scope'} at https://slack.com/api/chat.postMessage"}
)


@pytest.mark.parametrize(
    ("status", "body", "cause", "product"),
    [
        (
            500,
            json.dumps({"error": json.dumps({"object": "error", "code": "rate_limited"})}),
            "rate-limited",
            "Notion API",
        ),
        (500, SLACK, "capability-missing", "Slack API"),
        (
            502,
            "StripeInvalidRequestError: No such charge; a similar object exists in live mode",
            "wrong-mode",
            "Stripe API",
        ),
        (500, '{"object":"error","status":409,"code":"conflict_error"}', "conflict", "Notion API"),
    ],
)
def test_the_api_is_the_one_that_refuses(
    findings_of: Callable[..., tuple[Finding, ...]], status: int, body: str, cause: str, product: str
) -> None:
    first = findings_of(status=status, body=body.encode(), headers=(("Content-Type", "application/json"),))[0]
    assert (first.layer, first.cause, first.product) == ("provider-api", cause, product)
    assert product.partition(" ")[0] in first.title
    assert "handler refuses" not in first.title


def test_a_success_that_quotes_an_api_is_a_success(findings_of: Callable[..., tuple[Finding, ...]]) -> None:
    found = findings_of(status=200, body=b'{"object":"error","code":"rate_limited"}')
    assert "provider.capability" not in [finding.code for finding in found]
