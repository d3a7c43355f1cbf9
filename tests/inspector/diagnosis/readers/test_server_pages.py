from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hookscope.diagnosis.attribute import likeliest
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readers.server_pages import PAGES, front_of, readings
from hookscope.diagnosis.registry import OUTCOMES
from hookscope_relay.delivery import Headers

SIGNED = b"<html><body><center><h1>403 Forbidden</h1></center>\r\n<hr><center>Zeus-Edge/4</center></body></html>"
ADDRESS = b"<html><h1>Forbidden</h1><hr>\n<address>Zeus/1.2 Server at localhost Port 80</address></html>"
LINKED = b'<html><h4>403 Forbidden</h4><hr><address><a href="http://x.example/">mini_httpd/1.30</a></address></html>'
ONLY_STATUS = b"<html><head><title>403 Forbidden</title></head><body><h1>403 Forbidden</h1></body></html>"
HTML = ("Content-Type", "text/html")


@pytest.mark.parametrize(
    ("body", "headers", "name"),
    [
        (SIGNED, (HTML,), "Zeus-Edge"),
        (ADDRESS, (HTML,), "Zeus"),
        (b"", (("Server", "h2o/2.2.6"),), "h2o"),
        (b"", (("Server", "Caddy"),), "Caddy"),
        (b"LiteSpeed says no", (("Server", "LiteSpeed"), HTML), "LiteSpeed"),
        (b"Invalid signature", (("Server", "nginx"),), ""),
        (b"", (("Server", "nginx"), HTML), ""),
        (b"", (("Server", "gunicorn"),), ""),
        (b'{"nginx": "no"}', (("Server", "nginx"),), ""),
        (SIGNED, (HTML, ("X-Powered-By", "Express")), ""),
        (SIGNED + b" " * 4000, (HTML,), ""),
        (LINKED, (HTML,), "mini_httpd"),
        (ONLY_STATUS, (HTML, ("Server", "lighttpd/1.4.69")), "lighttpd"),
        (ONLY_STATUS, (HTML, ("Server", "gunicorn")), ""),
    ],
)
def test_a_page_that_names_its_server_is_the_servers_own(
    make_case: Callable[..., Case], body: bytes, headers: Headers, name: str
) -> None:
    answer = make_case(403, body, headers).answer
    assert answer is not None
    assert front_of(answer) == name


@pytest.mark.parametrize(
    ("status", "request_", "cause", "layer"),
    [
        (400, {}, "malformed-request", "reverse-proxy"),
        (400, {"sent_headers": (("X-Big", "a" * 9000),)}, "header-too-large", "reverse-proxy"),
        (403, {}, "ip-denied", "reverse-proxy"),
        (403, {"target": "/hook?q=<script>"}, "waf-rule", "waf"),
        (404, {}, "not-found", "reverse-proxy"),
        (404, {"target": "/a%2Fb"}, "encoded-slash", "reverse-proxy"),
        (404, {"host_sent": "brave-otter.example"}, "host-route-mismatch", "reverse-proxy"),
        (404, {"host_sent": "shop.test"}, "not-found", "reverse-proxy"),
        (413, {}, "body-too-large", "reverse-proxy"),
        (429, {}, "rate-limited", "reverse-proxy"),
        (502, {}, "upstream-down", "reverse-proxy"),
        (502, {"elapsed_ms": 5000.0}, "upstream-timeout", "reverse-proxy"),
        (504, {}, "upstream-timeout", "reverse-proxy"),
    ],
)
def test_its_status_and_the_request_say_what_it_means(
    make_case: Callable[..., Case], status: int, request_: dict[str, Any], cause: str, layer: str
) -> None:
    reading = likeliest(make_case(status, SIGNED, (HTML,), **request_))
    assert reading is not None
    assert (reading.cause, reading.layer) == (cause, layer)


def test_an_accepted_delivery_has_no_such_reading(make_case: Callable[..., Case]) -> None:
    case = make_case(200, SIGNED, (HTML,))
    assert case.answer is not None
    assert list(readings(case, case.answer)) == []


def test_every_meaning_has_a_rule() -> None:
    for page in PAGES:
        assert {page.cause, *page.alternatives} <= set(OUTCOMES), page
        assert page.cause not in page.alternatives, page
