from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hookscope.model.finding import Finding

FINDINGS: list[tuple[str, str, str, dict[str, Any]]] = [
    (
        "accepted.ok",
        "ok",
        "handler",
        {"status": 200, "body": b'{"ok":true}', "headers": (("Content-Type", "application/json"),)},
    ),
    (
        "accepted.ok",
        "ok",
        "handler",
        {
            "status": 200,
            "body": b"<p>Thanks, 403 things were processed; login not required.</p>",
            "headers": (("Content-Type", "text/html; charset=utf-8"),),
        },
    ),
    ("accepted.ok", "ok", "handler", {"status": 204}),
    (
        "accepted.slow",
        "slow-ok",
        "handler",
        {
            "status": 200,
            "body": b"ok",
            "headers": (("Content-Type", "text/plain; charset=utf-8"),),
            "elapsed_ms": 3100.0,
        },
    ),
    (
        "accepted.login-page",
        "login-page-200",
        "handler",
        {
            "status": 200,
            "body": b'<html><form action="/login"><input type="password"></form></html>',
            "headers": (("Content-Type", "text/html; charset=utf-8"),),
        },
    ),
    (
        "accepted.page-rendered",
        "page-rendered-200",
        "reverse-proxy",
        {
            "status": 200,
            "body": b"<h1>index</h1>",
            "headers": (("Server", "nginx/1.27"), ("Content-Type", "text/html"), ("Last-Modified", "x"), ("ETag", "x")),
        },
    ),
    (
        "accepted.spa-fallback",
        "spa-fallback",
        "framework",
        {
            "status": 200,
            "body": b'<!doctype html><html><body><div id="root"></div><script type="module" src="/a.js"></script></body></html>',
            "headers": (("Content-Type", "text/html; charset=utf-8"),),
        },
    ),
    ("accepted.no-route", "no-route-200", "reverse-proxy", {"status": 200, "headers": (("Server", "Caddy"),)}),
    (
        "accepted.error-body",
        "ok-with-error-body",
        "handler",
        {"status": 200, "body": b'{"success":false}', "headers": (("Content-Type", "application/json"),)},
    ),
    (
        "accepted.error-body",
        "ok-with-error-body",
        "handler",
        {"status": 200, "body": b"Invalid signature", "headers": (("Content-Type", "text/plain; charset=utf-8"),)},
    ),
    (
        "accepted.streaming",
        "streaming-response",
        "handler",
        {"status": 200, "body": b"data: tick\n\n", "headers": (("Content-Type", "text/event-stream"),)},
    ),
    ("accepted.upgrade", "unexpected-upgrade", "handler", {"status": 101, "headers": (("Upgrade", "websocket"),)}),
]


@pytest.mark.parametrize(("code", "cause", "layer", "answered"), FINDINGS)
def test_the_first_finding_names_cause_and_layer(
    findings_of: Callable[..., tuple[Finding, ...]], code: str, cause: str, layer: str, answered: dict[str, Any]
) -> None:
    first = findings_of(**answered)[0]
    assert (first.code, first.cause, first.layer) == (code, cause, layer)
    assert first.title and first.hint and first.evidence


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
