from __future__ import annotations

from answers import HTML, NGINX, TEXT, Row, answer, first_findings, nginx_page

FINDINGS: list[Row] = [
    (
        "body.too-large",
        "body-too-large",
        "framework",
        answer(413, b"<pre>PayloadTooLargeError: request entity too large<br></pre>", HTML),
    ),
    (
        "body.too-large",
        "body-too-large",
        "reverse-proxy",
        answer(
            502,
            headers=(("Server", "Caddy"),),
            sent_headers=(("Content-Type", "application/json"), ("Content-Length", "2000000")),
        ),
    ),
    ("body.header-too-large", "header-too-large", "framework", answer(431)),
    ("body.uri-too-long", "uri-too-long", "reverse-proxy", answer(414, nginx_page("414 Request-URI Too Large"), NGINX)),
    ("body.malformed-request", "malformed-request", "framework", answer(400, b"Invalid HTTP request received.", TEXT)),
    (
        "body.length-required",
        "length-required",
        "reverse-proxy",
        answer(
            411,
            nginx_page("411 Length Required"),
            NGINX,
        ),
    ),
    (
        "body.request-timeout",
        "request-timeout",
        "reverse-proxy",
        answer(408, nginx_page("408 Request Time-out"), NGINX),
    ),
]


test_the_first_finding_names_cause_and_layer = first_findings(FINDINGS)
