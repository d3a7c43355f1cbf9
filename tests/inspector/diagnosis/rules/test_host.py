from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hookscope.model.finding import Finding

FINDINGS: list[tuple[str, str, str, dict[str, Any]]] = [
    (
        "host.not-allowed",
        "host-not-allowed",
        "dev-server",
        {
            "status": 403,
            "body": b'Blocked request. This host ("x.example") is not allowed.',
            "headers": (("Content-Type", "text/plain; charset=utf-8"),),
            "base": "http://x.example",
        },
    ),
    (
        "host.no-such-site",
        "host-route-mismatch",
        "reverse-proxy",
        {
            "status": 404,
            "body": b"<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n<hr><center>nginx/1.27.0</center>\r\n</body>\r\n</html>\r\n",
            "headers": (("Server", "nginx/1.27.0"), ("Content-Type", "text/html")),
            "base": "http://x.example",
        },
    ),
    (
        "host.address-denied",
        "ip-denied",
        "reverse-proxy",
        {
            "status": 403,
            "body": b"<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n<center><h1>403 Forbidden</h1></center>\r\n<hr><center>nginx/1.27.0</center>\r\n</body>\r\n</html>\r\n",
            "headers": (("Server", "nginx/1.27.0"), ("Content-Type", "text/html")),
        },
    ),
    (
        "host.user-agent-denied",
        "user-agent-denied",
        "edge",
        {"status": 403, "body": b"error code: 1010", "headers": (("Content-Type", "text/plain; charset=utf-8"),)},
    ),
    (
        "host.referer-denied",
        "referer-denied",
        "reverse-proxy",
        {
            "status": 403,
            "body": b"<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n<center><h1>403 Forbidden</h1></center>\r\n<hr><center>nginx/1.27.0</center>\r\n</body>\r\n</html>\r\n",
            "headers": (("Server", "nginx/1.27.0"), ("Content-Type", "text/html")),
            "sent_headers": (("Referer", "https://other.example/"),),
        },
    ),
    (
        "host.wrong-process",
        "wrong-environment",
        "transport",
        {"status": 403, "headers": (("Server", "AirTunes/870.14.1"),)},
    ),
]


@pytest.mark.parametrize(("code", "cause", "layer", "answered"), FINDINGS)
def test_the_first_finding_names_cause_and_layer(
    findings_of: Callable[..., tuple[Finding, ...]], code: str, cause: str, layer: str, answered: dict[str, Any]
) -> None:
    first = findings_of(**answered)[0]
    assert (first.code, first.cause, first.layer) == (code, cause, layer)
    assert first.title and first.hint and first.evidence


def test_forwarded_headers_that_are_off_explain_an_https_redirect(find: Callable[..., Finding | None]) -> None:
    to_https = (("Location", "https://127.0.0.1:3000/hook"),)
    assert find("host.forwarded-headers", 301, headers=to_https) is None
    assert find("host.forwarded-headers", 301, headers=to_https, forwarded_headers=False) is not None


def test_a_bare_refusal_of_a_proxy_lists_what_it_cannot_exclude(
    findings_of: Callable[..., tuple[Finding, ...]],
) -> None:
    page = b"<center><h1>403 Forbidden</h1></center><hr><center>nginx</center>"
    first = findings_of(403, page, (("Server", "nginx"), ("Content-Type", "text/html")))[0]
    assert {"proxy-rule-denied", "waf-rule"} <= set(first.alternatives)
