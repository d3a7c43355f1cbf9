from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hookscope.model.finding import Finding

FINDINGS: list[tuple[str, str, str, dict[str, Any]]] = [
    (
        "body.too-large",
        "body-too-large",
        "framework",
        {
            "status": 413,
            "body": b"<pre>PayloadTooLargeError: request entity too large<br></pre>",
            "headers": (("Content-Type", "text/html; charset=utf-8"),),
        },
    ),
    (
        "body.too-large",
        "body-too-large",
        "reverse-proxy",
        {
            "status": 502,
            "headers": (("Server", "Caddy"),),
            "sent_headers": (("Content-Type", "application/json"), ("Content-Length", "2000000")),
        },
    ),
    ("body.header-too-large", "header-too-large", "framework", {"status": 431}),
    (
        "body.uri-too-long",
        "uri-too-long",
        "reverse-proxy",
        {
            "status": 414,
            "body": b"<html>\r\n<head><title>414 Request-URI Too Large</title></head>\r\n<body>\r\n<center><h1>414 Request-URI Too Large</h1></center>\r\n<hr><center>nginx/1.27.0</center>\r\n</body>\r\n</html>\r\n",
            "headers": (("Server", "nginx/1.27.0"), ("Content-Type", "text/html")),
        },
    ),
    (
        "body.malformed-request",
        "malformed-request",
        "framework",
        {
            "status": 400,
            "body": b"Invalid HTTP request received.",
            "headers": (("Content-Type", "text/plain; charset=utf-8"),),
        },
    ),
    (
        "body.length-required",
        "length-required",
        "reverse-proxy",
        {
            "status": 411,
            "body": b"<html>\r\n<head><title>411 Length Required</title></head>\r\n<body>\r\n<center><h1>411 Length Required</h1></center>\r\n<hr><center>nginx/1.27.0</center>\r\n</body>\r\n</html>\r\n",
            "headers": (("Server", "nginx/1.27.0"), ("Content-Type", "text/html")),
        },
    ),
    (
        "body.request-timeout",
        "request-timeout",
        "reverse-proxy",
        {
            "status": 408,
            "body": b"<html>\r\n<head><title>408 Request Time-out</title></head>\r\n<body>\r\n<center><h1>408 Request Time-out</h1></center>\r\n<hr><center>nginx/1.27.0</center>\r\n</body>\r\n</html>\r\n",
            "headers": (("Server", "nginx/1.27.0"), ("Content-Type", "text/html")),
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
