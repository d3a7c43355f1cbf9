from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hookscope.model.finding import Finding

FINDINGS: list[tuple[str, str, str, dict[str, Any]]] = [
    (
        "handler.exception",
        "app-exception",
        "handler",
        {
            "status": 500,
            "body": b"<pre>Error: x<br> &nbsp; &nbsp;at /srv/node_modules/a.js:1:1</pre>",
            "headers": (("Content-Type", "text/html; charset=utf-8"),),
        },
    ),
    (
        "handler.worker-killed",
        "worker-killed",
        "framework",
        {
            "status": 500,
            "body": b"<h1><p>Internal Server Error</p></h1>",
            "headers": (("Content-Type", "text/html; charset=utf-8"),),
            "elapsed_ms": 2500.0,
        },
    ),
    (
        "handler.dependency-down",
        "app-dependency-down",
        "handler",
        {
            "status": 503,
            "body": b'{"error":"database unavailable"}',
            "headers": (("Content-Type", "application/json"),),
        },
    ),
    (
        "handler.not-implemented",
        "not-implemented",
        "handler",
        {"status": 501, "body": b"Not implemented", "headers": (("Server", "x"),)},
    ),
    ("handler.unusual-status", "unusual-status", "handler", {"status": 418}),
    (
        "handler.unsupported-event",
        "unsupported-event",
        "handler",
        {
            "status": 400,
            "body": b'{"error":"Unsupported event type"}',
            "headers": (("Content-Type", "application/json"),),
        },
    ),
    (
        "handler.duplicate",
        "duplicate-delivery",
        "handler",
        {"status": 409, "body": b'{"error":"already processed"}', "headers": (("Content-Type", "application/json"),)},
    ),
    (
        "handler.replay-detected",
        "replay-detected",
        "handler",
        {"status": 401, "body": b'{"error":"nonce already used"}', "headers": (("Content-Type", "application/json"),)},
    ),
    (
        "handler.timestamp-stale",
        "timestamp-stale",
        "handler",
        {
            "status": 400,
            "body": b"Webhook Error: Timestamp outside the tolerance zone",
            "headers": (("Content-Type", "text/plain; charset=utf-8"),),
        },
    ),
    (
        "handler.verification-failed",
        "verification-failed",
        "handler",
        {"status": 403, "body": b"Verification failed", "headers": (("Content-Type", "text/plain; charset=utf-8"),)},
    ),
    (
        "handler.signature-missing",
        "signature-missing",
        "handler",
        {
            "status": 400,
            "body": b'{"error":"Missing required headers"}',
            "headers": (("Content-Type", "application/json"),),
        },
    ),
    (
        "handler.signature-rejected",
        "signature-rejected",
        "handler",
        {"status": 401, "body": b'{"error":"invalid signature"}', "headers": (("Content-Type", "application/json"),)},
    ),
    (
        "handler.signature-rejected",
        "signature-rejected",
        "handler",
        {"status": 401, "sent_headers": (("X-Signature", "1"),)},
    ),
]


@pytest.mark.parametrize(("code", "cause", "layer", "answered"), FINDINGS)
def test_the_first_finding_names_cause_and_layer(
    findings_of: Callable[..., tuple[Finding, ...]], code: str, cause: str, layer: str, answered: dict[str, Any]
) -> None:
    first = findings_of(**answered)[0]
    assert (first.code, first.cause, first.layer) == (code, cause, layer)
    assert first.title and first.hint and first.evidence
