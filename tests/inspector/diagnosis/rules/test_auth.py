from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hookscope.model.finding import Finding

FINDINGS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("auth.basic", "basic-auth", "framework", {"status": 401, "headers": (("WWW-Authenticate", 'Basic realm="x"'),)}),
    (
        "auth.digest",
        "digest-auth",
        "framework",
        {"status": 401, "headers": (("WWW-Authenticate", 'Digest realm="x"'),)},
    ),
    (
        "auth.bearer",
        "bearer-missing",
        "framework",
        {
            "status": 401,
            "body": b'{"detail":"Not authenticated"}',
            "headers": (("WWW-Authenticate", "Bearer"), ("Content-Type", "application/json")),
        },
    ),
    (
        "auth.api-key",
        "api-key-missing",
        "framework",
        {
            "status": 400,
            "body": b'{"message":"missing key in request header"}',
            "headers": (("Content-Type", "application/json"),),
        },
    ),
    (
        "auth.token",
        "token-missing",
        "framework",
        {
            "status": 401,
            "body": b'{"detail":"Authentication credentials were not provided."}',
            "headers": (("WWW-Authenticate", "Token"),),
        },
    ),
    (
        "auth.token-expired",
        "token-expired",
        "handler",
        {"status": 401, "body": b'{"message":"Token expired"}', "headers": (("Content-Type", "application/json"),)},
    ),
    (
        "auth.token-malformed",
        "token-malformed",
        "framework",
        {"status": 401, "body": b"jwt malformed", "headers": (("Content-Type", "text/plain; charset=utf-8"),)},
    ),
    (
        "auth.session",
        "session-required",
        "framework",
        {"status": 401, "body": b'{"message":"Unauthenticated."}', "headers": (("Content-Type", "application/json"),)},
    ),
    (
        "auth.required",
        "auth-required",
        "reverse-proxy",
        {
            "status": 401,
            "body": b"<html><head><title>401 Authorization Required</title></head><body><center><h1>401 Authorization Required</h1></center><hr><center>nginx</center></body></html>",
            "headers": (("Server", "nginx/1.27.0"), ("Content-Type", "text/html")),
        },
    ),
    (
        "auth.guard",
        "guard-denied",
        "framework",
        {
            "status": 403,
            "body": b'{"message":"Forbidden resource","error":"Forbidden","statusCode":403}',
            "headers": (("Content-Type", "application/json"),),
        },
    ),
    (
        "auth.permission",
        "permission-denied",
        "handler",
        {
            "status": 403,
            "body": b'{"message":"Your plan does not include webhooks"}',
            "headers": (("Content-Type", "application/json"),),
        },
    ),
    (
        "auth.client-certificate",
        "client-cert-required",
        "reverse-proxy",
        {
            "status": 400,
            "body": b"<center>No required SSL certificate was sent</center><hr><center>nginx</center>",
            "headers": (("Server", "nginx/1.27.0"), ("Content-Type", "text/html")),
        },
    ),
    (
        "auth.service-down",
        "auth-service-down",
        "reverse-proxy",
        {
            "status": 500,
            "body": b"<html>\r\n<head><title>500 Internal Server Error</title></head>\r\n<body>\r\n<center><h1>500 Internal Server Error</h1></center>\r\n<hr><center>nginx/1.27.0</center>\r\n</body>\r\n</html>\r\n",
            "headers": (("Server", "nginx/1.27.0"), ("Content-Type", "text/html")),
        },
    ),
    (
        "auth.url-signature",
        "url-signature",
        "framework",
        {
            "status": 403,
            "body": b'{"message": "Invalid signature.", "exception": "InvalidSignatureException"}',
            "headers": (("Content-Type", "application/json"),),
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


@pytest.mark.parametrize(
    ("body", "hint"),
    [(b'{"detail":"Forbidden"}', "403; the answer does not say why"), (b'{"detail":"No plan"}', "the message")],
)
def test_a_refusal_of_your_own_points_at_its_words(findings_of: Any, body: bytes, hint: str) -> None:
    first, *_ = [finding for finding in findings_of(403, body) if finding.code == "auth.permission"]
    assert f"answers with {hint}" in first.hint
