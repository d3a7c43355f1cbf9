from __future__ import annotations

from answers import HTML, JSON, TEXT, Row, answer, first_findings

FINDINGS: list[Row] = [
    (
        "handler.exception",
        "app-exception",
        "handler",
        answer(500, b"<pre>Error: x<br> &nbsp; &nbsp;at /srv/node_modules/a.js:1:1</pre>", HTML),
    ),
    (
        "handler.worker-killed",
        "worker-killed",
        "framework",
        answer(500, b"<h1><p>Internal Server Error</p></h1>", HTML, elapsed_ms=2500.0),
    ),
    (
        "handler.dependency-down",
        "app-dependency-down",
        "handler",
        answer(503, b'{"error":"database unavailable"}', JSON),
    ),
    ("handler.not-implemented", "not-implemented", "handler", answer(501, b"Not implemented", (("Server", "x"),))),
    ("handler.unusual-status", "unusual-status", "handler", answer(418)),
    (
        "handler.unsupported-event",
        "unsupported-event",
        "handler",
        answer(400, b'{"error":"Unsupported event type"}', JSON),
    ),
    ("handler.duplicate", "duplicate-delivery", "handler", answer(409, b'{"error":"already processed"}', JSON)),
    ("handler.replay-detected", "replay-detected", "handler", answer(401, b'{"error":"nonce already used"}', JSON)),
    (
        "handler.timestamp-stale",
        "timestamp-stale",
        "handler",
        answer(400, b"Webhook Error: Timestamp outside the tolerance zone", TEXT),
    ),
    ("handler.verification-failed", "verification-failed", "handler", answer(403, b"Verification failed", TEXT)),
    (
        "handler.signature-missing",
        "signature-missing",
        "handler",
        answer(400, b'{"error":"Missing required headers"}', JSON),
    ),
    (
        "handler.signature-rejected",
        "signature-rejected",
        "handler",
        answer(401, b'{"error":"invalid signature"}', JSON),
    ),
    ("handler.signature-rejected", "signature-rejected", "handler", answer(401, sent_headers=(("X-Signature", "1"),))),
]


test_the_first_finding_names_cause_and_layer = first_findings(FINDINGS)
