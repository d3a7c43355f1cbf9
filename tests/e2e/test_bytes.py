"""What a handler receives is what the sender sent, and what the sender gets is what the handler answered,
byte for byte.

Sender and handler are raw sockets; between them run a relay and a `listen` session. Left out of the comparison are
Host, what belongs to one connection, and our own `X-Forwarded-*` and `Hookscope-*`; a chunked body arrives with its
length.
"""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from raw_http import OK, RawClient, RawMessage
from ways import WITHIN_S, Way, assert_answer, compared, open_way, post

pytestmark = pytest.mark.asyncio(loop_scope="module")  # one way for all

MIB = 1024 * 1024


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def way(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Way]:
    async with open_way(tmp_path_factory.mktemp("bytes")) as way:
        yield way


HEADERS = {
    "case": b"x-lower: a\r\nX-UPPER: b\r\nx-MiXeD: c\r\n",
    "order": b"Zebra: 1\r\nApple: 2\r\nMango: 3\r\nBanana: 4\r\n",
    "repeats in the same case": b"X-Tag: one\r\nX-Other: between\r\nX-Tag: two\r\nX-Tag: one\r\n",
    "repeats in different cases": b"X-Tag: one\r\nx-tag: two\r\nX-TAG: three\r\n",
    "cookies in two lines": b"Cookie: a=1\r\nCookie: b=2\r\n",
    "an empty value": b"X-Empty:\r\nX-After: 1\r\n",
    "latin-1": b"X-Name: caf\xe9 \xff\r\n",
    "utf-8": "X-Name: żółć ✓\r\n".encode(),
    "a tab and spaces inside": b"X-Spaced: a  b\tc\r\n",
    "odd names": b"x_under: 1\r\nX.Dot: 2\r\nX!#$%&'*+^`|~: 3\r\n",
    "100": b"".join(b"X-Header-%d: value %d\r\n" % (number, number) for number in range(98)),
    "8 KiB": b"X-Long: " + b"v" * 8192 + b"\r\n",
    "no user agent, an odd accept": b"Accept: */*;q=0\r\nAccept-Encoding: br;q=0.1, identity\r\n",
}


@pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS)
async def test_headers_reach_the_handler_as_they_were_sent(way: Way, headers: bytes) -> None:
    request = post(b"{}", headers)
    received, _ = await way.through(request)
    assert compared(received) == compared(RawMessage(request))
    assert received.body == b"{}"


@pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS)
async def test_headers_reach_the_sender_as_they_were_answered(way: Way, headers: bytes) -> None:
    answer = b"HTTP/1.1 200 OK\r\n" + headers + b"Content-Length: 2\r\n\r\nok"
    _, got = await way.through(post(), answer)
    assert_answer(got, answer)


TARGETS = (
    b"/a%2Fb",
    b"/a%2fb",
    b"/a%20b",
    b"/a+b?c+d",
    b"//a//b",
    b"//evil.example/x",
    b"/a;b=c",
    b"/a?",
    b"/a??b=?",
    b"/a?b=1&b=2&&c",
    b"/a?" + b"q" * 4096,
    b"/a",
    b"/a/",
    b"/",
    b"/%7Euser/%E2%9C%93?%zz",
    b"/a/./b/../c",
    b"/a:b@c,d'(e)*!$&=",
    b'/a?x={"k":[1]}|^`',
    b"/a#b?c#d",
    b"/a\\b",
)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target[:24].decode())
async def test_the_target_reaches_the_handler_as_it_was_sent(way: Way, target: bytes) -> None:
    received, _ = await way.through(post(b"{}", target=target))
    assert received.first_line == b"POST " + target + b" HTTP/1.1"


@pytest.mark.parametrize(
    ("tail", "target"), [(b"", b"/"), (b"?", b"/?"), (b"?a=1", b"/?a=1")], ids=["nothing", "empty query", "query"]
)
async def test_an_endpoint_alone_is_the_handlers_root(way: Way, tail: bytes, target: bytes) -> None:
    received, _ = await way.through(post(b"{}", target=tail))
    assert received.target == target


METHODS = (b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"PURGE", b"PROPFIND", b"QUERY")


@pytest.mark.parametrize("method", METHODS, ids=bytes.decode)
async def test_the_method_reaches_the_handler(way: Way, method: bytes) -> None:
    answer = b"HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 2\r\n\r\n" + (b"" if method == b"HEAD" else b"ok")
    body = b"" if method in {b"GET", b"HEAD"} else b"{}"
    request = post(body, method=method)
    if not body:
        request = request.replace(b"Content-Length: 0\r\n", b"")
    received, got = await way.through(request, answer)
    assert received.first_line == method + b" /hook HTTP/1.1"
    assert received.body == body
    assert compared(received) == compared(RawMessage(request))
    assert_answer(got, answer)


MULTIPART = b'--b\r\nContent-Disposition: form-data; name="f"; filename="\xff"\r\n\r\n\x00\r\n--b--\r\n'
BODIES = {
    "empty": b"",
    "one byte": b"\x00",
    "oddly spaced JSON": b'{ "b" :1.0,\r\n\t"a":  [ ] , "a":"\\u00e9/\\/"}\n',
    "gzip": gzip.compress(b'{"a": 1}' * 50),
    "brotli": b"\x0b\x02\x80hello\x03",
    "invalid UTF-8": b"\xff\xfe\x80{\xc3(",
    "multipart": MULTIPART,
    "what looks like an answer": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "1 MB": bytes(range(256)) * 4096,
}
BODY_HEADERS = {
    "gzip": b"Content-Encoding: gzip\r\n",
    "brotli": b"Content-Encoding: br\r\n",
    "multipart": b"Content-Type: multipart/form-data; boundary=b\r\n",
}


@pytest.mark.parametrize("name", BODIES)
async def test_a_body_reaches_the_handler_and_comes_back(way: Way, name: str) -> None:
    body, headers = BODIES[name], BODY_HEADERS.get(name, b"")
    answer = b"HTTP/1.1 200 OK\r\n" + headers + b"Content-Length: %d\r\n\r\n" % len(body) + body
    request = post(body, headers)
    received, got = await way.through(request, answer)
    assert received.body == body
    assert compared(received) == compared(RawMessage(request))
    assert_answer(got, answer)


async def test_25_mb_reach_the_handler_and_come_back(way: Way) -> None:
    body = bytes(range(251)) * (25 * MIB // 251)
    received, got = await way.through(post(body), b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    assert received.body == body
    assert got.status == 200
    assert got.body == body


CHUNKS = b"5\r\nhello\r\n1;ext=1\r\n \r\n5\r\nworld\r\n0\r\n\r\n"


async def test_a_chunked_body_arrives_with_its_length_in_the_same_place(way: Way) -> None:
    received, _ = await way.through(post(CHUNKS, b"X-Before: 1\r\nTransfer-Encoding: chunked\r\nX-After: 2\r\n"))
    assert compared(received) == [(b"X-Before", b"1"), (b"Content-Length", b"11"), (b"X-After", b"2")]
    assert not received.values(b"transfer-encoding")
    assert received.body == b"hello world"


async def test_a_chunked_answer_arrives_with_its_length_in_the_same_place(way: Way) -> None:
    answer = b"HTTP/1.1 200 OK\r\nX-Before: 1\r\nTransfer-Encoding: chunked\r\nX-After: 2\r\n\r\n" + CHUNKS
    _, got = await way.through(post(), answer)
    assert compared(got) == [(b"X-Before", b"1"), (b"Content-Length", b"11"), (b"X-After", b"2")]
    assert got.body == b"hello world"


async def test_a_sender_that_expects_100_is_told_to_continue(way: Way) -> None:
    way.answer = OK
    request = post(b'{"a":1}', b"Expect: 100-continue\r\nX-A: 1\r\n").replace(b"ENDPOINT", way.endpoint.encode())
    head, _, body = request.partition(b"\r\n\r\n")
    async with asyncio.timeout(WITHIN_S), RawClient(way.relay.settings.port) as client:
        await client.send(head + b"\r\n\r\n")
        assert await client.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        await client.send(body)
        assert RawMessage(await client.answer(b"POST")).status == 200
    assert way.handler.last.body == b'{"a":1}'
    assert compared(way.handler.last) == compared(RawMessage(request))


ZIPPED = gzip.compress(b"answer")
ANSWERS = {
    "200": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "201": b"HTTP/1.1 201 Created\r\nLocation: /made/1\r\nContent-Length: 0\r\n\r\n",
    "204": b"HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n",
    "304": b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nContent-Length: 9\r\n\r\n',
    "301": b"HTTP/1.1 301 Moved Permanently\r\nLocation: /hook/\r\nContent-Length: 0\r\n\r\n",
    "308": b"HTTP/1.1 308 Permanent Redirect\r\nLocation: http://elsewhere.example/\r\nContent-Length: 0\r\n\r\n",
    "401 with two challenges": b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="a"\r\n'
    b'WWW-Authenticate: Bearer realm="b", error="c"\r\nContent-Length: 2\r\n\r\nno',
    "418": b"HTTP/1.1 418 I'm a teapot\r\nContent-Length: 6\r\n\r\nteapot",
    "500": b"HTTP/1.1 500 Oh dear\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\ndear",
    "gzip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(ZIPPED) + ZIPPED,
    "no body": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "two cookies": b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n",
    "no reason": b"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok",
    "a latin-1 reason": b"HTTP/1.1 200 D\xe9j\xe0 vu\r\nContent-Length: 0\r\n\r\n",
    "an unknown status": b"HTTP/1.1 599 Odd\r\nContent-Length: 0\r\n\r\n",
    "Date and Server of its own": b"HTTP/1.1 200 OK\r\nserver: mine\r\ndate: then\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
async def test_the_sender_gets_what_the_handler_answered(way: Way, answer: bytes) -> None:
    _, got = await way.through(post(b"{}"), answer)
    assert_answer(got, answer)


# Beyond these, header values may lose the white space around them: nobody is promised that.
MANY = b"".join(b"X-%d: quoted\r\n" % number for number in range(250))
REFUSED = {
    "an unknown method": (post(method=b"QUOTEDX"), 400),
    "a method in lower case": (post(method=b"post"), 400),
    "a raw byte over 127 in the target": (post(target=b"/quoted\xe9"), 400),
    "a control byte in the target": (post(target=b"/quoted\x01"), 400),
    "a zero byte in the target": (post(target=b"/quoted\x00"), 400),
    "a space in the target": (post(target=b"/quoted x"), 400),
    "two Hosts": (post(headers=b"Host: quoted\r\n"), 400),
    "two Content-Lengths": (post(b"ab", headers=b"Content-Length: 2\r\n"), 400),
    "two Content-Types": (post(headers=b"Content-Type: a/quoted\r\ncontent-type: c/d\r\n"), 400),
    "two User-Agents": (post(headers=b"User-Agent: quoted\r\nuser-agent: b\r\n"), 400),
    "two ETags": (post(headers=b'ETag: "quoted"\r\nETag: "b"\r\n'), 400),
    "a folded line": (post(headers=b"X-Quoted: quoted\r\n b\r\n"), 400),
    "a control byte in a value": (post(headers=b"X-Quoted: quoted\x01\r\n"), 400),
    "a zero byte in a value": (post(headers=b"X-Quoted: quoted\x00\r\n"), 400),
    "a bare carriage return in a value": (post(headers=b"X-Quoted: quoted\rb\r\n"), 400),
    "a bare line feed": (post(headers=b"X-Quoted: quoted\nX-B: b\r\n"), 400),
    "a space before the colon": (post(headers=b"X-Quoted : quoted\r\n"), 400),
    "a length that is none": (post().replace(b"Length: 0", b"Length: +quoted"), 400),
    "a length and chunks": (post(b"0\r\n\r\n", b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400),
    "two Transfer-Encodings": (post(b"0\r\n\r\n", b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"), 400),
    "a broken chunk": (post(b"quoted\r\n", b"Transfer-Encoding: chunked\r\n"), 400),
    "no Host": (post(b"quoted").replace(b"Host: localhost\r\n", b""), 400),
    "another version": (post(b"quoted").replace(b"HTTP/1.1", b"HTTP/1.2"), 400),
    "a whole URL as the target": (post(b"quoted").replace(b" /ENDPOINT", b" http://localhost/ENDPOINT"), 400),
    "another host": (post().replace(b"Host: localhost", b"Host: quoted.example"), 421),
    "more than 25 MiB": (post().replace(b"Length: 0", b"Length: %d" % (25 * MIB + 1)), 413),
    "a target over 16 KiB": (post(target=b"/quoted" + b"a" * 17_000), 414),
    "a target over any limit": (post(target=b"/quoted" + b"a" * 300_000), 414),
    "a header over 32 KiB": (post(headers=b"X-Quoted: quoted" + b"v" * 33_000 + b"\r\n"), 431),
    "more than 200 headers": (post(headers=MANY), 431),
    "headers over any limit": (post(headers=MANY * 100), 431),
    "Transfer-Encoding: gzip": (post(b"quoted", b"Transfer-Encoding: gzip\r\n"), 501),
    "Transfer-Encoding: gzip, chunked": (
        post(b"6\r\nquoted\r\n0\r\n\r\n", b"Transfer-Encoding: gzip, chunked\r\n"),
        501,
    ),
    "Transfer-Encoding: chunked, chunked": (post(b"0\r\n\r\n", b"Transfer-Encoding: chunked, chunked\r\n"), 501),
    "Transfer-Encoding: identity": (post(b"quoted", b"Transfer-Encoding: identity\r\n"), 501),
}
PROBLEM_OF = {
    400: "malformed",
    413: "body-too-large",
    414: "target-too-long",
    421: "host-not-served",
    431: "headers-too-large",
    501: "not-implemented",
}


@pytest.mark.parametrize(("request_", "status"), REFUSED.values(), ids=REFUSED)
async def test_what_cannot_be_passed_on_exactly_gets_an_answer_of_ours_that_quotes_nothing(
    way: Way, request_: bytes, status: int, capfd: pytest.CaptureFixture[str]
) -> None:
    problem = PROBLEM_OF[status]
    reached, counted = len(way.handler.requests), way.relay.metrics.refused[problem]
    got = await way.send(request_)
    assert got.status == status
    assert json.loads(got.body)["type"] == f"urn:hookscope:problem:{problem}"
    assert got.values(b"hookscope-answered-by") == [b"relay"]
    assert b"quoted" not in got.raw.lower()
    assert way.endpoint.encode() not in got.raw
    assert (len(way.handler.requests), way.relay.metrics.refused[problem]) == (reached, counted + 1)
    said = capfd.readouterr()
    assert "Traceback" not in said.err
    assert "quoted" not in (said.err + said.out).lower()
