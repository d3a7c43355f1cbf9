from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import NOW
from hookscope.tools.imports.raw import parse_answer, parse_request
from hookscope_relay.errors import InputError

HEAD = b"POST /a?b HTTP/1.1\r\nHost: h\r\n"


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (HEAD + b"\r\nabc", b"abc"),
        (HEAD + b"\r\n", b""),
        (HEAD, b""),
        (HEAD.rstrip(), b""),
        (HEAD + b"Content-Length: 3\r\n\r\nabc", b"abc"),
        (HEAD + b"Content-Length: 3\r\n\r\nabc\n", b"abc"),
        (HEAD + b"Content-Length: 3\r\n\r\nabc\r\n", b"abc"),
        (HEAD + b"\r\n\r\n\r\n", b"\r\n\r\n"),
        (HEAD.replace(b"\r", b"") + b"\nabc\r\n", b"abc\r\n"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n3;x=1\r\nabc\r\n2\r\nde\r\n0\r\nT: 1\r\n\r\n", b"abcde"),
        (HEAD + b"Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n", b""),
    ],
)
def test_a_request_is_read(data: bytes, body: bytes) -> None:
    delivery = parse_request(data, "a", NOW)
    assert (delivery.method, delivery.target, delivery.body, delivery.headers[0]) == (
        "POST",
        "/a?b",
        body,
        ("Host", "h"),
    )


def test_headers_keep_order_case_repeats_and_bytes() -> None:
    data = b"GET / HTTP/1.0\r\nb: 1\r\nB:2\t\r\nX: \xc3\x85\x85\xe9\x0b\r\nE:\r\n\r\n"
    delivery = parse_request(data, "a", NOW)
    assert delivery.headers == (("b", "1"), ("B", "2"), ("X", "\xc3\x85\x85\xe9\x0b"), ("E", ""))
    assert delivery.http_version == "1.0"


def test_an_absolute_target_is_the_url() -> None:
    delivery = parse_request(b"POST https://h:1//a?b HTTP/1.1\r\n\r\n", "a", NOW)
    assert (delivery.url, delivery.target, delivery.headers) == ("https://h:1//a?b", "//a?b", (("Host", "h:1"),))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "line 1 is no request line"),
        (b"POST / HTTP/1.1 x\r\n", "line 1 is no request line"),
        (b"POST /\r\n\r\n", "line 1 is no request line"),
        (b"POST x HTTP/1.1\r\n\r\n", "the target 'x'"),
        (HEAD + b"no header\r\n\r\n", "line 3: 'no header' is not a header"),
        (HEAD + b" folded: 1\r\n\r\n", "line 3"),
        (HEAD + b"A : 1\r\n\r\n", "line 3"),
        (HEAD + b"Content-Length: 9\r\n\r\nabc", "has 3 of the 9 bytes"),
        (HEAD + b"Content-Length: 1\r\n\r\nabc", "has 2 bytes more"),
        (HEAD + b"Content-Length: -1\r\n\r\nabc", "is no number"),
        (HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\nabc", "is no number"),
        (HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n", "transfer coding"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabc", "breaks off at byte 0"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "breaks off at byte 8"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", "breaks off at byte 0"),
    ],
)
def test_a_broken_request_is_told_with_its_place(data: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words) as told:
        parse_request(data, "a.txt", NOW)
    assert str(told.value).startswith("a.txt: ")


def test_an_answer_is_read() -> None:
    answer = parse_answer(b"HTTP/1.1 404 Not Found\r\nA: 1\r\nContent-Length: 2\r\n\r\nno", "a")
    assert (answer.status, answer.reason, answer.headers[0], answer.body) == (404, "Not Found", ("A", "1"), b"no")
    assert parse_answer(b"HTTP/2 204\r\n\r\n", "a").reason == ""


@pytest.mark.parametrize("data", [b"", b"HTTP/1.1 99 x\r\n\r\n", b"404\r\n\r\n"])
def test_what_is_no_answer_is_told(data: bytes) -> None:
    with pytest.raises(InputError, match="no status line"):
        parse_answer(data, "a")


@given(data=st.binary(max_size=80), start=st.sampled_from([b"", HEAD, HEAD + b"Transfer-Encoding: chunked\r\n\r\n"]))
def test_nothing_but_an_input_error_is_raised(data: bytes, start: bytes) -> None:
    try:
        parse_request(start + data, "a", NOW)
    except InputError:
        pass
