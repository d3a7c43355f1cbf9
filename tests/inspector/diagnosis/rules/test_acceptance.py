from __future__ import annotations

from collections.abc import Callable

import pytest

from answers import HTML, JSON, TEXT, Row, answer, first_findings
from hookscope.model.finding import Finding

FINDINGS: list[Row] = [
    ("accepted.ok", "ok", "handler", answer(200, b'{"ok":true}', JSON)),
    (
        "accepted.ok",
        "ok",
        "handler",
        answer(200, b"<p>Thanks, 403 things were processed; login not required.</p>", HTML),
    ),
    ("accepted.ok", "ok", "handler", answer(204)),
    ("accepted.slow", "slow-ok", "handler", answer(200, b"ok", TEXT, elapsed_ms=3100.0)),
    (
        "accepted.login-page",
        "login-page-200",
        "handler",
        answer(200, b'<html><form action="/login"><input type="password"></form></html>', HTML),
    ),
    (
        "accepted.page-rendered",
        "page-rendered-200",
        "reverse-proxy",
        answer(
            200,
            b"<h1>index</h1>",
            (("Server", "nginx/1.27"), ("Content-Type", "text/html"), ("Last-Modified", "x"), ("ETag", "x")),
        ),
    ),
    (
        "accepted.spa-fallback",
        "spa-fallback",
        "framework",
        answer(
            200,
            b'<!doctype html><html><body><div id="root"></div><script type="module" src="/a.js"></script></body></html>',
            HTML,
        ),
    ),
    ("accepted.no-route", "no-route-200", "reverse-proxy", answer(200, headers=(("Server", "Caddy"),))),
    ("accepted.error-body", "ok-with-error-body", "handler", answer(200, b'{"success":false}', JSON)),
    ("accepted.error-body", "ok-with-error-body", "handler", answer(200, b"Invalid signature", TEXT)),
    (
        "accepted.streaming",
        "streaming-response",
        "handler",
        answer(200, b"data: tick\n\n", (("Content-Type", "text/event-stream"),)),
    ),
    ("accepted.upgrade", "unexpected-upgrade", "handler", answer(101, headers=(("Upgrade", "websocket"),))),
]


test_the_first_finding_names_cause_and_layer = first_findings(FINDINGS)


@pytest.mark.parametrize(
    "body",
    [
        b'{"ok":true}',
        b'{"errors":[],"signature":"valid"}',
        b'{"status":"ignored","reason":"unauthorized author"}',
        b"OK",
        b"",
    ],
)
def test_a_healthy_answer_has_no_warning(findings_of: Callable[..., tuple[Finding, ...]], body: bytes) -> None:
    findings = findings_of(200, body, (("Content-Type", "application/json"),))
    assert findings[0].cause == "ok"
    assert {finding.severity for finding in findings} == {"info"}
