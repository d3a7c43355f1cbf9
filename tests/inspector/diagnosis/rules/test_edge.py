from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hookscope.model.finding import Finding

FINDINGS: list[tuple[str, str, str, dict[str, Any]]] = [
    (
        "edge.firewall",
        "waf-rule",
        "waf",
        {"status": 403, "body": b"error code: 1020", "headers": (("Content-Type", "text/plain; charset=utf-8"),)},
    ),
    (
        "edge.firewall",
        "waf-rule",
        "waf",
        {
            "status": 403,
            "body": b"<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n<center><h1>403 Forbidden</h1></center>\r\n<hr><center>nginx/1.27.0</center>\r\n</body>\r\n</html>\r\n",
            "headers": (("Server", "nginx/1.27.0"), ("Content-Type", "text/html")),
            "sent": b'{"a":"<script>alert(1)</script>"}',
        },
    ),
    (
        "edge.proxy-rule",
        "proxy-rule-denied",
        "reverse-proxy",
        {
            "status": 403,
            "body": b"<html><body><h1>403 Forbidden</h1>\nRequest forbidden by administrative rules.\n</body></html>\n",
            "headers": (("Content-Type", "text/html; charset=utf-8"),),
        },
    ),
    (
        "edge.challenge",
        "challenge-page",
        "edge",
        {
            "status": 403,
            "body": b"<title>Just a moment...</title>",
            "headers": (("cf-mitigated", "challenge"), ("Content-Type", "text/html")),
        },
    ),
    (
        "edge.interstitial",
        "interstitial",
        "edge",
        {
            "status": 200,
            "body": b"<html>You are about to visit</html>",
            "headers": (("ngrok-error-code", "ERR_NGROK_6024"),),
        },
    ),
    (
        "edge.deployment-protection",
        "deployment-protection",
        "edge",
        {
            "status": 401,
            "body": b"<title>Authentication Required</title>",
            "headers": (("Set-Cookie", "_vercel_sso_nonce=x"),),
        },
    ),
    (
        "edge.upstream-down",
        "upstream-down",
        "reverse-proxy",
        {
            "status": 502,
            "body": b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx/1.27.0</center>\r\n</body>\r\n</html>\r\n",
            "headers": (("Server", "nginx/1.27.0"), ("Content-Type", "text/html")),
        },
    ),
    (
        "edge.upstream-timeout",
        "upstream-timeout",
        "reverse-proxy",
        {
            "status": 504,
            "body": b"<html>\r\n<head><title>504 Gateway Time-out</title></head>\r\n<body>\r\n<center><h1>504 Gateway Time-out</h1></center>\r\n<hr><center>nginx/1.27.0</center>\r\n</body>\r\n</html>\r\n",
            "headers": (("Server", "nginx/1.27.0"), ("Content-Type", "text/html")),
        },
    ),
    (
        "edge.upstream-bad-response",
        "upstream-bad-response",
        "reverse-proxy",
        {
            "status": 502,
            "body": b"<html><body><h1>502 Bad Gateway</h1>\nThe server returned an invalid or incomplete response.\n</body></html>",
            "headers": (("Content-Type", "text/html; charset=utf-8"),),
        },
    ),
    ("edge.upstream-tls", "upstream-tls-mismatch", "edge", {"status": 526, "headers": (("Server", "cloudflare"),)}),
    (
        "edge.rate-limited",
        "rate-limited",
        "framework",
        {
            "status": 429,
            "body": b'{"error":"Rate limit exceeded: 1 per 1 hour"}',
            "headers": (("Content-Type", "application/json"),),
        },
    ),
    (
        "edge.maintenance",
        "maintenance",
        "handler",
        {"status": 503, "body": b"down for maintenance", "headers": (("Content-Type", "text/plain; charset=utf-8"),)},
    ),
    (
        "edge.overloaded",
        "overloaded",
        "framework",
        {"status": 503, "body": b"Service Unavailable", "headers": (("Server", "uvicorn"),)},
    ),
    ("edge.tunnel-down", "tunnel-down", "edge", {"status": 404, "headers": (("ngrok-error-code", "ERR_NGROK_3200"),)}),
]


@pytest.mark.parametrize(("code", "cause", "layer", "answered"), FINDINGS)
def test_the_first_finding_names_cause_and_layer(
    findings_of: Callable[..., tuple[Finding, ...]], code: str, cause: str, layer: str, answered: dict[str, Any]
) -> None:
    first = findings_of(**answered)[0]
    assert (first.code, first.cause, first.layer) == (code, cause, layer)
    assert first.title and first.hint and first.evidence


def test_a_carrying_header_of_a_cdn_is_no_proof(findings_of: Callable[..., tuple[Finding, ...]]) -> None:
    headers = (("Server", "cloudflare"), ("cf-ray", "8a"), ("Content-Type", "application/json"))
    first = findings_of(403, b'{"error":"invalid signature"}', headers)[0]
    assert (first.cause, first.layer) == ("signature-rejected", "handler")
