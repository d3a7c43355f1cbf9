"""The short way to a request makes the very bytes of the long one, or leaves it to that."""

from __future__ import annotations

import pytest

from factories import make_delivery
from hookscope.forward.plain_request import build_plain_request
from hookscope.forward.request import build_request, render_head
from hookscope.model.handler import handler_target, parse_handler
from hookscope_relay.delivery import Headers

HOST = ("Host", "relay.example")
BODY = b'{"a":1}'
LENGTH = ("content-LENGTH", "7")
HANDLER = parse_handler("http://127.0.0.1:3000/in")


@pytest.mark.parametrize("preserve_host", [False, True])
@pytest.mark.parametrize("forwarded", [False, True])
@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ((HOST, ("X-A", "1"), ("x-a", "2"), LENGTH), BODY),
        ((("User-Agent", "caf\xe9"), ("hOST", "relay.example")), b""),
        ((HOST, ("Connection", "Keep-Alive"), ("Keep-Alive", "5"), LENGTH), BODY),
        ((HOST, ("X-Forwarded-For", "1.2.3.4"), ("Forwarded", "for=x"), ("Hookscope-Delivery", "x"), LENGTH), BODY),
    ],
    ids=["ordinary", "no body", "of one connection", "ours to say"],
)
def test_it_is_what_the_long_way_makes(headers: Headers, body: bytes, forwarded: bool, preserve_host: bool) -> None:
    delivery = make_delivery(headers=headers, body=body, url="https://relay.example/k/abc", remote="203.0.113.7:80")
    target = handler_target(HANDLER, delivery.target)
    short = build_plain_request(delivery, HANDLER, preserve_host=preserve_host, forwarded=forwarded, target=target)
    long = build_request(
        delivery, HANDLER, origin="live", preserve_host=preserve_host, forwarded=forwarded, target=target
    )
    assert short == (long, render_head(long))


@pytest.mark.parametrize(
    "headers",
    [
        (LENGTH,),
        (HOST, HOST, LENGTH),
        (HOST,),
        (HOST, LENGTH, LENGTH),
        (HOST, ("Content-Length", "07")),
        (HOST, LENGTH, ("Transfer-Encoding", "chunked")),
        (HOST, LENGTH, ("Connection", "close, X-A")),
        (HOST, LENGTH, ("Expect", "100-continue")),
        (HOST, LENGTH, ("X-Forwarded-Prefix", "/a")),
        (HOST, LENGTH, ("X A", "1")),
        (HOST, LENGTH, ("X-A", "1\r\nX-B: 2")),
        (HOST, LENGTH, ("X-A", "\u20ac")),
    ],
    ids=str,
)
def test_what_takes_more_rules_is_left_to_the_long_way(headers: Headers) -> None:
    delivery = make_delivery(headers=headers, body=BODY)
    assert build_plain_request(delivery, HANDLER, preserve_host=False, forwarded=True, target="/in") is None
