from __future__ import annotations

from typing import Any

import pytest

from answers import JSON, NGINX, TEXT, Row, answer, first_findings, nginx_page

FINDINGS: list[Row] = [
    ("auth.basic", "basic-auth", "framework", answer(401, headers=(("WWW-Authenticate", 'Basic realm="x"'),))),
    ("auth.digest", "digest-auth", "framework", answer(401, headers=(("WWW-Authenticate", 'Digest realm="x"'),))),
    (
        "auth.bearer",
        "bearer-missing",
        "framework",
        answer(
            401,
            b'{"detail":"Not authenticated"}',
            (("WWW-Authenticate", "Bearer"), ("Content-Type", "application/json")),
        ),
    ),
    ("auth.api-key", "api-key-missing", "framework", answer(400, b'{"message":"missing key in request header"}', JSON)),
    (
        "auth.token",
        "token-missing",
        "framework",
        answer(401, b'{"detail":"Authentication credentials were not provided."}', (("WWW-Authenticate", "Token"),)),
    ),
    ("auth.token-expired", "token-expired", "handler", answer(401, b'{"message":"Token expired"}', JSON)),
    ("auth.token-malformed", "token-malformed", "framework", answer(401, b"jwt malformed", TEXT)),
    ("auth.session", "session-required", "framework", answer(401, b'{"message":"Unauthenticated."}', JSON)),
    (
        "auth.required",
        "auth-required",
        "reverse-proxy",
        answer(
            401,
            b"<html><head><title>401 Authorization Required</title></head><body><center><h1>401 Authorization Required</h1></center><hr><center>nginx</center></body></html>",
            NGINX,
        ),
    ),
    (
        "auth.guard",
        "guard-denied",
        "framework",
        answer(403, b'{"message":"Forbidden resource","error":"Forbidden","statusCode":403}', JSON),
    ),
    (
        "auth.permission",
        "permission-denied",
        "handler",
        answer(403, b'{"message":"Your plan does not include webhooks"}', JSON),
    ),
    (
        "auth.client-certificate",
        "client-cert-required",
        "reverse-proxy",
        answer(400, b"<center>No required SSL certificate was sent</center><hr><center>nginx</center>", NGINX),
    ),
    (
        "auth.service-down",
        "auth-service-down",
        "reverse-proxy",
        answer(500, nginx_page("500 Internal Server Error"), NGINX),
    ),
    (
        "auth.url-signature",
        "url-signature",
        "framework",
        answer(403, b'{"message": "Invalid signature.", "exception": "InvalidSignatureException"}', JSON),
    ),
]


test_the_first_finding_names_cause_and_layer = first_findings(FINDINGS)


@pytest.mark.parametrize(
    ("body", "hint"),
    [(b'{"detail":"Forbidden"}', "403; the answer does not say why"), (b'{"detail":"No plan"}', "the message")],
)
def test_a_refusal_of_your_own_points_at_its_words(findings_of: Any, body: bytes, hint: str) -> None:
    first, *_ = [finding for finding in findings_of(403, body) if finding.code == "auth.permission"]
    assert f"answers with {hint}" in first.hint
