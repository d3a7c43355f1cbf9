from __future__ import annotations

from collections.abc import Callable

import pytest

from answers import HTML, JSON, NGINX, TEXT, Row, answer, first_findings, nginx_page
from hookscope.model.finding import Finding

FINDINGS: list[Row] = [
    ("edge.firewall", "waf-rule", "waf", answer(403, b"error code: 1020", TEXT)),
    (
        "edge.firewall",
        "waf-rule",
        "waf",
        answer(403, nginx_page("403 Forbidden"), NGINX, sent=b'{"a":"<script>alert(1)</script>"}'),
    ),
    (
        "edge.proxy-rule",
        "proxy-rule-denied",
        "reverse-proxy",
        answer(
            403,
            b"<html><body><h1>403 Forbidden</h1>\nRequest forbidden by administrative rules.\n</body></html>\n",
            HTML,
        ),
    ),
    (
        "edge.challenge",
        "challenge-page",
        "edge",
        answer(403, b"<title>Just a moment...</title>", (("cf-mitigated", "challenge"), ("Content-Type", "text/html"))),
    ),
    (
        "edge.interstitial",
        "interstitial",
        "edge",
        answer(200, b"<html>You are about to visit</html>", (("ngrok-error-code", "ERR_NGROK_6024"),)),
    ),
    (
        "edge.deployment-protection",
        "deployment-protection",
        "edge",
        answer(401, b"<title>Authentication Required</title>", (("Set-Cookie", "_vercel_sso_nonce=x"),)),
    ),
    ("edge.upstream-down", "upstream-down", "reverse-proxy", answer(502, nginx_page("502 Bad Gateway"), NGINX)),
    (
        "edge.upstream-timeout",
        "upstream-timeout",
        "reverse-proxy",
        answer(504, nginx_page("504 Gateway Time-out"), NGINX),
    ),
    (
        "edge.upstream-bad-response",
        "upstream-bad-response",
        "reverse-proxy",
        answer(
            502,
            b"<html><body><h1>502 Bad Gateway</h1>\nThe server returned an invalid or incomplete response.\n</body></html>",
            HTML,
        ),
    ),
    ("edge.upstream-tls", "upstream-tls-mismatch", "edge", answer(526, headers=(("Server", "cloudflare"),))),
    (
        "edge.rate-limited",
        "rate-limited",
        "framework",
        answer(429, b'{"error":"Rate limit exceeded: 1 per 1 hour"}', JSON),
    ),
    ("edge.maintenance", "maintenance", "handler", answer(503, b"down for maintenance", TEXT)),
    ("edge.overloaded", "overloaded", "framework", answer(503, b"Service Unavailable", (("Server", "uvicorn"),))),
    ("edge.tunnel-down", "tunnel-down", "edge", answer(404, headers=(("ngrok-error-code", "ERR_NGROK_3200"),))),
]


test_the_first_finding_names_cause_and_layer = first_findings(FINDINGS)


def test_a_carrying_header_of_a_cdn_is_no_proof(findings_of: Callable[..., tuple[Finding, ...]]) -> None:
    headers = (("Server", "cloudflare"), ("cf-ray", "8a"), ("Content-Type", "application/json"))
    first = findings_of(403, b'{"error":"invalid signature"}', headers)[0]
    assert (first.cause, first.layer) == ("signature-rejected", "handler")


@pytest.mark.parametrize(
    ("body", "calls", "advice"),
    [
        (
            b'{"object":"error","status":429,"code":"rate_limited","message":"Slow"}',
            "your handler's calls",
            "answer first",
        ),
        (b'{"object": "error", "code": "rate_limited", "message": "Slow"}', "your handler's calls", "Retry-After"),
        (
            b'{"error":{"object":"error","status":429,"code":"rate_limited"}}',
            "your handler's calls",
            "three calls a second",
        ),
        (b'{"error":"Rate limit exceeded: 1 per 1 hour"}', "deliveries", "Exempt the webhook's path"),
        (b"", "deliveries", "Exempt the webhook's path"),
    ],
)
def test_a_limit_speaks_of_whose_calls_it_counts(
    findings_of: Callable[..., tuple[Finding, ...]], body: bytes, calls: str, advice: str
) -> None:
    first = findings_of(status=429, body=body, headers=(("Content-Type", "application/json"),))[0]
    assert first.cause == "rate-limited"
    assert first.title.endswith(f" limits the rate of {calls}")
    assert advice in first.hint
    assert ("deliver" in first.title + first.hint) is (calls == "deliveries")
