from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hookscope.model.finding import Finding

FINDINGS: list[tuple[str, str, str, dict[str, Any]]] = [
    (
        "csrf.refused",
        "csrf",
        "framework",
        {
            "status": 403,
            "body": b"<p>CSRF verification failed. Request aborted.</p>",
            "headers": (("Content-Type", "text/html; charset=utf-8"),),
        },
    ),
    (
        "csrf.refused",
        "csrf",
        "framework",
        {
            "status": 419,
            "body": b'{"message": "CSRF token mismatch."}',
            "headers": (("Content-Type", "application/json"),),
        },
    ),
    (
        "csrf.refused",
        "csrf",
        "framework",
        {
            "status": 422,
            "body": b"ActionController::InvalidAuthenticityToken",
            "headers": (("Content-Type", "text/plain; charset=utf-8"),),
        },
    ),
    (
        "csrf.refused",
        "csrf",
        "framework",
        {
            "status": 400,
            "body": b"<p>The CSRF token is missing.</p>",
            "headers": (("Content-Type", "text/html; charset=utf-8"),),
        },
    ),
    (
        "csrf.preflight",
        "cors-preflight",
        "framework",
        {
            "status": 400,
            "body": b"Disallowed CORS origin",
            "headers": (("Content-Type", "text/plain; charset=utf-8"),),
            "method": "OPTIONS",
            "sent_headers": (("Access-Control-Request-Method", "POST"),),
        },
    ),
]


@pytest.mark.parametrize(("code", "cause", "layer", "answered"), FINDINGS)
def test_the_first_finding_names_cause_and_layer(
    findings_of: Callable[..., tuple[Finding, ...]], code: str, cause: str, layer: str, answered: dict[str, Any]
) -> None:
    first = findings_of(**answered)[0]
    assert (first.code, first.cause, first.layer) == (code, cause, layer)
    assert first.title and first.hint and first.evidence


def test_the_hint_is_written_for_the_framework(findings_of: Callable[..., tuple[Finding, ...]]) -> None:
    assert "@csrf_exempt" in findings_of(403, b"CSRF verification failed. Request aborted.")[0].hint
