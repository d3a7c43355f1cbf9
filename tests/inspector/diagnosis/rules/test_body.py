from __future__ import annotations

import pytest

from answers import HTML, NGINX, TEXT, Row, answer, first_findings, nginx_page
from factories import make_delivery
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.engine import diagnose
from hookscope.model.capture import Attempt, Failure

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


@pytest.mark.parametrize(
    ("broken", "hint"), [("sender-gone", "the sender send it again"), ("", "a replay hands it over")]
)
def test_what_to_do_about_a_request_that_broke_off_depends_on_what_is_kept(broken: str, hint: str) -> None:
    failure = Failure(kind="cut-off", detail="the sender hung up")
    attempt = Attempt(number=1, origin="live", handler_url="http://h", started_at=0.0, failure=failure)
    first = diagnose(Case(delivery=make_delivery(broken=broken), attempt=attempt))[0]
    assert first.code == "body.cut-off"
    assert hint in first.hint
