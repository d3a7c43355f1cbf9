"""A plain request is read as aiohttp's parser reads it; everything else is left to that."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpRequestParser
from aiohttp.http_exceptions import HttpProcessingError
from hypothesis import given, settings
from hypothesis import strategies as st

from hookscope_relay.plain_request import PlainRequest, read_plain

MOST = 16 * 1024


def post(headers: bytes = b"", body: bytes = b"", start: bytes = b"POST /a/b?c=%20d HTTP/1.1") -> bytes:
    return start + b"\r\nHost: relay.example\r\n" + headers + b"\r\n" + body


def sized(body: bytes, headers: bytes = b"") -> bytes:
    return post(b"Content-Length: %d\r\n" % len(body) + headers, body)


def as_aiohttp_reads(data: bytes) -> tuple[Any, ...] | None:
    """What aiohttp's parser makes of the same bytes;
    None where that is not one whole request that leaves the connection as it is."""
    loop = asyncio.new_event_loop()
    try:
        protocol = BaseProtocol(loop)
        parser = HttpRequestParser(protocol, loop, 2**16, max_line_size=MOST, max_field_size=MOST, max_headers=400)
        try:
            messages, upgraded, tail = parser.feed_data(data)
        except HttpProcessingError:
            return None
        if len(messages) != 1 or upgraded or tail:
            return None
        message, body = messages[0]
        if message.should_close or message.chunked or message.upgrade or message.version != (1, 1) or not body.is_eof():
            return None
        content = body.read_nowait() if body.total_bytes else b""
        return message.method, message.path, message.raw_headers, content
    finally:
        loop.close()


def as_raw(request: PlainRequest) -> tuple[Any, ...]:
    headers = tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in request.headers)
    return request.method, request.target, headers, request.body


PLAIN = {
    "no body": post(),
    "a body": sized(b'{"a": 1}'),
    "a body that looks like a head": sized(b"\r\n\r\nPOST / HTTP/1.1\r\n\r\n"),
    "a length of nothing": post(b"Content-Length: 0\r\n"),
    "a length with zeros before it": post(b"Content-Length: 002\r\n", b"hi"),
    "a connection that is to stay": sized(b"hi", b"Connection: Keep-Alive\r\n"),
    "blanks within a value": sized(b"hi", b"X-A: a  b\tc\r\n"),
    "latin-1 in a value": sized(b"hi", b"X-A: caf\xe9\r\n"),
    "a colon in a value": sized(b"hi", b"X-A: b: c\r\n"),
    "other methods": post(start=b"OPTIONS /* HTTP/1.1"),
    "an odd target": post(start=b"PUT //x/..;a=b?{}|^[]\"<>'`\\ HTTP/1.1"),
}


@pytest.mark.parametrize("data", PLAIN.values(), ids=PLAIN)
def test_a_plain_request_is_read_as_aiohttp_reads_it(data: bytes) -> None:
    request = read_plain(data, MOST)
    assert request is not None
    assert as_raw(request) == as_aiohttp_reads(data)
    assert request.fields == {name.lower(): value for name, value in request.headers}


@pytest.mark.parametrize("came", [0, 1, 4])
def test_the_end_of_a_body_may_be_missing(came: int) -> None:
    whole = sized(b"hello")
    request = read_plain(whole[: len(whole) - 5 + came], MOST)
    assert request is not None
    assert (request.body, request.missing) == (b"hello"[:came], 5 - came)
    assert read_plain(whole, MOST) == msgspec.structs.replace(request, body=b"hello", missing=0)


OTHER = {
    "nothing": b"",
    "half a head": post()[:-1],
    "more than a body": sized(b"hi") + b"x",
    "a second request": post() + post(),
    "more than a body of nothing": post(b"Content-Length: 0\r\n", b"x"),
    "no length before a body": post(body=b"hi"),
    "a blank line before it": b"\r\n" + post(),
    "line ends without CR": post().replace(b"\r\n", b"\n"),
    "a CR in a value": post(b"X-A: a\rb\r\n"),
    "a LF in a value": post(b"X-A: a\nb\r\n"),
    "a NUL in a value": post(b"X-A: a\0b\r\n"),
    "a folded line": post(b"X-A: a\r\n b\r\n"),
    "an empty value": post(b"X-A:\r\n"),
    "an empty value after a blank": post(b"X-A: \r\n"),
    "no blank before a value": post(b"X-A:b\r\n"),
    "two blanks before a value": post(b"X-A:  b\r\n"),
    "a tab before a value": post(b"X-A: \tb\r\n"),
    "a blank behind a value": post(b"X-A: b \r\n"),
    "a blank before the colon": post(b"X-A : b\r\n"),
    "no name": post(b": b\r\n"),
    "a name that is no token": post(b"X(A): b\r\n"),
    "a name in latin-1": post(b"X-\xe9: b\r\n"),
    "a line without a colon": post(b"X-A\r\n"),
    "a name twice": post(b"X-A: a\r\nx-a: b\r\n"),
    "two hosts": post(b"Host: other.example\r\n"),
    "no host": post().replace(b"Host", b"X-Host"),
    "a signed length": post(b"Content-Length: +2\r\n", b"hi"),
    "a length in other digits": post("Content-Length: \xb2\r\n".encode("latin-1"), b"hi"),
    "chunks": post(b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    "chunks beside a length": post(b"Transfer-Encoding: chunked\r\nContent-Length: 0\r\n"),
    "an upgrade": post(b"Upgrade: websocket\r\nConnection: Upgrade\r\n"),
    "a connection that is to end": post(b"Connection: close\r\n"),
    "a header of the connection": post(b"Connection: X-A\r\nX-A: 1\r\n"),
    "a question before the body": post(b"Expect: 100-continue\r\n"),
    "a browser's navigation": post(b"Sec-Fetch-Mode: navigate\r\n", start=b"GET / HTTP/1.1"),
    "an older browser's": post(b"Upgrade-Insecure-Requests: 1\r\n", start=b"GET / HTTP/1.1"),
    "HTTP/1.0": post(start=b"POST / HTTP/1.0"),
    "HTTP/2": post(start=b"POST / HTTP/2.0"),
    "RTSP": post(start=b"POST / RTSP/1.0"),
    "a method that nobody knows": post(start=b"PURGE / HTTP/1.1"),
    "a method in lower case": post(start=b"post / HTTP/1.1"),
    "two blanks in the request line": post(start=b"POST  / HTTP/1.1"),
    "a target with its host": post(start=b"POST http://relay.example/ HTTP/1.1"),
    "a target in latin-1": post(start=b"POST /\xe9 HTTP/1.1"),
    "a fragment": post(start=b"POST /#a HTTP/1.1"),
    "a star": post(start=b"OPTIONS * HTTP/1.1"),
    "another's address": post(start=b"CONNECT relay.example:443 HTTP/1.1"),
    "a large head": post(b"X-A: " + b"a" * MOST + b"\r\n"),
}


@pytest.mark.parametrize("data", OTHER.values(), ids=OTHER)
def test_everything_else_is_left_to_the_parser_that_reads_everything(data: bytes) -> None:
    assert read_plain(data, MOST) is None


FRAGMENTS = st.sampled_from(
    (
        *(b"POST", b"GET", b" ", b"/", b"/a?b", b"HTTP/1.1", b"\r\n", b"\r\n\r\n", b"\n", b"\r", b"\t", b":", b": "),
        *(b"Host", b"Host: a\r\n", b"Content-Length: 2\r\n", b"Content-Length: ", b"2", b"hi", b"X-A: b\r\n", b"x"),
        *(
            b"Transfer-Encoding: chunked\r\n",
            b"Connection: keep-alive\r\n",
            b"#",
            b"\x7f",
            b"\x00",
            b"\xe9",
            b",",
            b'"',
        ),
        b"POST / HTTP/1.1\r\n",
    )
)


@settings(max_examples=400, deadline=None)
@given(
    st.one_of(st.lists(FRAGMENTS, max_size=12).map(b"".join), st.binary(max_size=60)),
    st.sampled_from([*PLAIN.values()]),
)
def test_whatever_is_read_as_plain_aiohttp_reads_likewise(noise: bytes, whole: bytes) -> None:
    for at in (0, whole.index(b"\r\n"), whole.index(b"Host"), whole.index(b"\r\n\r\n") + 2, len(whole)):
        for data in (whole[:at] + noise + whole[at:], whole[:at] + noise + whole[at + len(noise) :]):
            request = read_plain(data, MOST)
            assert request is None or request.missing or as_raw(request) == as_aiohttp_reads(data)
