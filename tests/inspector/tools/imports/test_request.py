from __future__ import annotations

import pytest

from factories import make_delivery
from hookscope.model.capture import Capture
from hookscope.model.capture_file import dumps
from hookscope.tools.imports.request import build_request, read_request
from hookscope_relay.errors import InputError

RAW = b'POST /hook?a=1 HTTP/1.1\r\nHost: x.example\r\nX-Odd: caf\xe9\r\n\r\n{"a":1}\n'


def test_a_raw_request_is_taken_to_the_byte():
    delivery, provider = read_request(RAW, "r.http", 5.0)
    assert (delivery.method, delivery.target, delivery.body) == ("POST", "/hook?a=1", b'{"a":1}\n')
    assert delivery.headers == (("Host", "x.example"), ("X-Odd", "caf\xe9"))
    assert (delivery.received_at, provider) == (5.0, "")


def test_bare_line_feeds_and_an_absolute_target_are_understood():
    delivery, _ = read_request(b"GET https://x.example/hook?a HTTP/1.1\nHost: y\n\nbody", "r", 0)
    assert (delivery.url, delivery.target, delivery.body) == ("https://x.example/hook?a", "/hook?a", b"body")


def test_the_editors_newline_after_a_counted_body_is_dropped():
    delivery, _ = read_request(b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}\n", "r", 0)
    assert delivery.body == b"{}"


def test_chunks_are_joined():
    raw = b'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{"\r\n3;x=1\r\na":\r\n0\r\n\r\n'
    assert read_request(raw, "r", 0)[0].body == b'{"a":'


def test_a_capture_file_names_its_provider():
    text = dumps(Capture(delivery=make_delivery(), provider="notion"))
    delivery, provider = read_request(text.encode(), "c.json", 0)
    assert (delivery.target, provider) == ("/webhooks/notion", "notion")


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"{}", b"POST /\r\n\r\n", b"POST / HTTP/1.1\r\nno colon\r\n\r\n",
             b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"]
)  # fmt: skip
def test_anything_else_is_refused_by_name(data):
    with pytest.raises(InputError, match=r"file\.txt"):
        read_request(data, "file.txt", 0)


def test_a_body_and_headers_make_a_delivery():
    delivery = build_request(b"{}", ["X-A: 1", "X-B:2"], 3.0, "PUT")
    assert (delivery.headers, delivery.method) == ((("X-A", "1"), ("X-B", "2")), "PUT")
    with pytest.raises(InputError, match="--header"):
        build_request(b"", ["nonsense"], 0)


def test_bytes_that_unicode_takes_for_line_ends_stay_in_their_header():
    delivery, _ = read_request(b"POST / HTTP/1.1\r\nX-A: a\x85b\x0bc\x0cd\r\nX-B: 1\r\n\r\n", "file.txt", 0)
    assert delivery.headers == (("X-A", "a\x85b\x0bc\x0cd"), ("X-B", "1"))
