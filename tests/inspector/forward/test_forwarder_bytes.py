"""What the handler receives and what comes back, to the byte: the forwarder between two raw ends."""

from __future__ import annotations

import gzip
from dataclasses import replace

import pytest

from forwarding_ends import MIB, REQUEST, delivery, forwarded, forwarding
from hookscope.forward.request import build_request
from hookscope_relay.delivery import Answer, Headers
from hookscope_relay.made_answers import framed
from raw_http import OK, RawServer, free_port

EXACT_HEADERS: dict[str, Headers] = {
    "case and order": (("x-b", "2"), ("HOST", "hooks.example"), ("X-A", "1"), ("cOnTeNt-TyPe", "a/b")),
    "repeats": (("X-A", "1"), ("X-A", "1"), ("x-a", "2"), ("X-a", "3")),
    "empty values": (("X-Empty", ""), ("X-Empty", "")),
    "latin-1": (("X-Latin", "caf\xe9 \xff"),),
    "utf-8": (("X-Utf8", "caf\u00e9 \u20ac".encode().decode("latin-1")),),
    "100 headers": tuple((f"X-{number}", str(number)) for number in range(100)),
    "8 KiB": (("X-Long", "v" * 8192),),
    "odd characters": (("X!#$%&'*+-.^_`|~", 'a, "b"; c=d\te'),),
}


@pytest.mark.parametrize("headers", EXACT_HEADERS.values(), ids=EXACT_HEADERS)
async def test_headers_arrive_byte_for_byte_save_host_and_ours(headers: Headers) -> None:
    server = RawServer()
    async with forwarding(server) as forwarder:
        request = build_request(delivery(headers=headers), forwarder.handler, origin="live")
        await forwarder.forward(request, 5)
    host = f"127.0.0.1:{server.port}"
    received = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in server.last.headers]
    expected = [(name, host if name.lower() == "host" else value) for name, value in headers]
    if not any(name.lower() == "host" for name, _ in headers):
        expected.insert(0, ("Host", host))
    assert received[: len(expected)] == expected
    assert {name.lower().split("-")[0] for name, _ in received[len(expected) :]} <= {"x", "hookscope"}


@pytest.mark.parametrize(
    "target",
    [
        "",
        "?",
        "?x=1",
        "/",
        "/a",
        "/a/",
        "/a%2Fb",
        "/a%2fb",
        "/a%20b",
        "/a+b",
        "//a//b//",
        "//evil.test/x",
        "/a;b=c",
        "/a?",
        "/a??b?c",
        "/a?b=c&b=c&&=",
        "/a?" + "q" * 4096,
        "/.././a/./b/..",
        "/%zz%",
        '/"<>^`{|}\\',
    ],
)
@pytest.mark.parametrize("path", ["", "/hook", "/hook/"])
async def test_targets_arrive_byte_for_byte(target: str, path: str) -> None:
    server = RawServer()
    async with forwarding(server, f"PORT{path}") as forwarder:
        await forwarder.forward(build_request(delivery(target=target), forwarder.handler, origin="live"), 5)
    tail, mark, query = target.partition("?")
    expected = (path.removesuffix("/") + tail if tail else path or "/") + mark + query
    assert server.last.target == expected.encode()


@pytest.mark.parametrize(
    "method",
    [
        "GET",
        "HEAD",
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
        "OPTIONS",
        "PURGE",
        "PROPFIND",
        "QUERY",
        "CONNECT",
        "get",
        "X-Y_Z",
    ],
)
async def test_any_method_is_passed_on(method: str) -> None:
    server = RawServer(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    outcome = await forwarded(server, replace(REQUEST, method=method))
    assert server.last.method == method.encode()
    assert outcome.answer == Answer(status=200, reason="OK", headers=(("Content-Length", "0"),))


BODIES: dict[str, bytes] = {
    "empty": b"",
    "one byte": b"\x00",
    "odd spacing": b'\r\n{ "a" :1 ,\t"a":2.0 }\n\n',
    "gzip": gzip.compress(b"x" * 1000),
    "brotli": b"\x0b\x02\x80hello\x03",
    "invalid UTF-8": b"\xff\xfe\xc3\x28\x00\r\n\r\n",
    "multipart": b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n',
    "looks like a request": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "one write and a byte": b"w" * (256 * 1024 + 1),
    "1 MB": bytes(range(256)) * 4096,
    "25 MB": b"0123456789abcdef" * (25 * MIB // 16),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_bodies_arrive_byte_for_byte(body: bytes) -> None:
    server = RawServer()
    async with forwarding(server) as forwarder:
        headers = (("Transfer-Encoding", "chunked"), ("Expect", "100-continue"), ("Content-Encoding", "gzip"))
        request = build_request(delivery(headers=headers, body=body), forwarder.handler, origin="live")
        outcome = await forwarder.forward(request, 20)
    assert outcome.failure is None
    assert server.last.body == body
    names = [name for name, _ in server.last.headers][:3]
    assert names == [b"Host", b"Content-Length", b"Content-Encoding"]


async def test_nothing_is_added_to_a_request() -> None:
    server = RawServer()
    await forwarded(server)
    assert server.requests == [b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}"]


async def test_proxy_settings_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    assert (await forwarded(RawServer())).answer is not None


ANSWERS: dict[str, bytes] = {
    "200": OK,
    "201 with a location": b"HTTP/1.1 201 Created\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
    "204": b"HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n",
    "204 with a length": b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
    "304": b"HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\nContent-Length: 99\r\n\r\n",
    "301": b"HTTP/1.1 301 Moved Permanently\r\nLocation: /hook/\r\nContent-Length: 0\r\n\r\n",
    "308": b"HTTP/1.1 308 Permanent Redirect\r\nlocation: http://other.test/\r\nContent-Length: 0\r\n\r\n",
    "401": b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="a"\r\nWWW-Authenticate: Bearer\r\nContent-Length: 0\r\n\r\n',
    "418": b"HTTP/1.1 418 I'm a Teapot\r\nContent-Length: 1\r\n\r\n\xff",
    "500": b"HTTP/1.1 500 INTERNAL SERVER ERROR\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\noops",
    "gzip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(gzip.compress(b"x", mtime=0))
    + gzip.compress(b"x", mtime=0),
    "cookies": b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nX: y\r\nset-cookie: b=2\r\nContent-Length: 0\r\n\r\n",
    "no reason": b"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n",
    "bytes": b"HTTP/1.1 200 caf\xe9\r\nX-High: caf\xe9 caf\xc3\xa9\r\nX-Empty: \r\nContent-Length: 0\r\n\r\n",
}  # fmt: skip


def render(answer: Answer) -> bytes:
    head = f"HTTP/1.1 {answer.status} {answer.reason}\r\n" + "".join(f"{n}: {v}\r\n" for n, v in answer.headers)
    return head.encode("latin-1") + b"\r\n" + answer.body


@pytest.mark.parametrize("said", ANSWERS.values(), ids=ANSWERS)
async def test_an_answer_comes_back_byte_for_byte_and_so_does_what_the_sender_gets(said: bytes) -> None:
    server = RawServer(said)
    outcome = await forwarded(server)
    assert outcome.answer is not None
    assert render(outcome.answer) == said
    assert render(framed(outcome.answer, "POST")) == said
    assert server.connections == 1
    assert len(server.requests) == 1


async def test_a_head_request_keeps_the_length_of_the_body_it_did_not_get() -> None:
    outcome = await forwarded(
        RawServer(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"), replace(REQUEST, method="HEAD")
    )
    assert outcome.answer == Answer(status=200, reason="OK", headers=(("Content-Length", "99"),))


async def test_a_chunked_answer_is_captured_as_sent_and_passed_on_with_its_length() -> None:
    said = (
        b"HTTP/1.1 200 OK\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\nX-B: 2\r\n\r\n2\r\nok\r\n0\r\nX-Trailer: 1\r\n\r\n"
    )
    answer = (await forwarded(RawServer(said))).answer
    assert answer is not None
    assert answer.headers == (("X-A", "1"), ("Transfer-Encoding", "chunked"), ("X-B", "2"))
    assert framed(answer, "POST").headers == (("X-A", "1"), ("Content-Length", "2"), ("X-B", "2"))
    assert answer.body == b"ok"


async def test_an_answer_of_25_mb_comes_back() -> None:
    body = b"0123456789abcdef" * (25 * MIB // 16)
    outcome = await forwarded(
        RawServer(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body), timeout=20
    )
    assert outcome.answer is not None
    assert outcome.answer.body == body


async def test_an_outcome_says_where_it_was_and_how_long_it_took() -> None:
    server = RawServer()
    outcome = await forwarded(server)
    assert outcome.connected_to == f"127.0.0.1:{server.port}"
    assert 0 < outcome.elapsed_ms < 5000
