from __future__ import annotations

import asyncio
import socket

import pytest

from hookscope.forward.connection import Connection
from hookscope.forward.error import ForwardError
from hookscope.forward.exchange import Exchanged, ForwardProgress, exchange
from hookscope.model.capture import SentRequest
from hookscope_relay.delivery import Headers

LIMIT = 1024 * 1024


async def answered(said: bytes, method: str = "POST", body: bytes = b"", limit: int = LIMIT) -> Exchanged:
    """What comes of a request to a handler that says just this, and hangs up."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        connection = Connection(ours, "handler")
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LIMIT)
        theirs.sendall(said)
        theirs.shutdown(socket.SHUT_WR)
        request = SentRequest(method=method, target="/", headers=(("Host", "h"),), body=body)
        return await exchange(connection, request, limit, ForwardProgress())


def head(*lines: bytes, status: bytes = b"HTTP/1.1 200 OK") -> bytes:
    return b"\r\n".join((status, *lines, b"", b""))


LENGTH_2 = b"Content-Length: 2"


@pytest.mark.parametrize(
    ("said", "status", "reason"),
    [
        (head(LENGTH_2) + b"ok", 200, "OK"),
        (head(LENGTH_2, status=b"HTTP/1.1 200") + b"ok", 200, ""),
        (head(LENGTH_2, status=b"HTTP/1.1 200 ") + b"ok", 200, ""),
        (head(LENGTH_2, status=b"HTTP/1.1 418 I'm a teapot") + b"ok", 418, "I'm a teapot"),
        (head(LENGTH_2, status=b"HTTP/1.1 500 Ung\xfcltig  x") + b"ok", 500, "Ung\xfcltig  x"),
        (head(LENGTH_2, status=b"HTTP/1.0 299 Odd") + b"ok", 299, "Odd"),
        (head(LENGTH_2, status=b"HTTP/1.1 999 Far out") + b"ok", 999, "Far out"),
        (b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok", 200, "OK"),
    ],
)
async def test_status_and_reason_are_the_handler_s(said: bytes, status: int, reason: str) -> None:
    answer = (await answered(said)).answer
    assert (answer.status, answer.reason, answer.body) == (status, reason, b"ok")


@pytest.mark.parametrize(
    "headers",
    [
        (("x-b", "2"), ("X-A", "1")),
        (("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("set-cookie", "")),
        (("WWW-Authenticate", 'Basic realm="a, b"'), ("WWW-Authenticate", "Bearer")),
        (("X-Latin", "caf\xe9"), ("X-Utf8", "caf\xc3\xa9"), ("X-High", "".join(map(chr, range(0x80, 0x100))))),
        (("Location", "http://other.test//x?y#z"), ("Connection", "x-hop"), ("Keep-Alive", "timeout=5")),
        tuple((f"X-{number}", "v" * 300) for number in range(100)),
        (("Hookscope-Answered-By", "me"), ("Server", "s"), ("Date", "d")),
    ],
)
async def test_headers_keep_order_case_repeats_and_bytes(headers: Headers) -> None:
    lines = [f"{name}: {value}".encode("latin-1") for name, value in headers]
    answer = (await answered(head(*lines, LENGTH_2) + b"ok")).answer
    assert answer.headers == (*headers, ("Content-Length", "2"))


CHUNKED = b"Transfer-Encoding: chunked"


@pytest.mark.parametrize(
    ("said", "method", "body", "reusable"),
    [
        (head(b"Content-Length: 0"), "POST", b"", True),
        (head(b"Content-Length: 3") + b"\x1f\x8b\x00", "POST", b"\x1f\x8b\x00", True),
        (head(CHUNKED) + b"2\r\nok\r\n0\r\n\r\n", "POST", b"ok", True),
        (head(CHUNKED) + b"1;x=y\r\no\r\n01\r\nk\r\n0\r\nX-Trailer: 1\r\n\r\n", "POST", b"ok", True),
        (head(b"Content-Length: 9", CHUNKED) + b"2\r\nok\r\n0\r\n\r\n", "POST", b"ok", True),
        (head() + b"until the end", "POST", b"until the end", False),
        (head(), "POST", b"", False),
        (head(status=b"HTTP/1.0 200 OK") + b"ok", "POST", b"ok", False),
        (head(LENGTH_2, status=b"HTTP/1.0 200 OK") + b"ok", "POST", b"ok", False),
        (head(LENGTH_2, b"Connection: close") + b"ok", "POST", b"ok", False),
        (head(b"Content-Length: 500"), "HEAD", b"", True),
        (head(CHUNKED), "HEAD", b"", True),
        (head(status=b"HTTP/1.1 204 No Content"), "POST", b"", True),
        (head(b"Content-Length: 500", status=b"HTTP/1.1 304 Not Modified"), "GET", b"", True),
        (head(LENGTH_2) + b"ok" + b"extra", "POST", b"ok", False),
        (head(LENGTH_2) + b"ok" + head(LENGTH_2) + b"no", "POST", b"ok", False),
        (head(b"Content-Length: 2") + b"ok", "HEAD", b"", False),
        (head(status=b"HTTP/1.1 204 No Content") + b"body", "POST", b"", False),
        (head(status=b"HTTP/1.1 100 Continue") + head(LENGTH_2) + b"ok", "POST", b"ok", True),
        (head(b"Link: </a>", status=b"HTTP/1.1 103 Early Hints") * 3 + head(LENGTH_2) + b"ok", "POST", b"ok", True),
    ],
)
async def test_the_body_is_what_the_handler_sent_and_only_clean_connections_are_kept(
    said: bytes, method: str, body: bytes, reusable: bool
) -> None:
    result = await answered(said, method)
    assert (result.answer.body, result.reusable) == (body, reusable)


@pytest.mark.parametrize(
    ("said", "kind", "detail"),
    [
        (b"", "closed", "handler closed the connection without an answer"),
        (b"HT", "closed", "in the middle of the answer's head"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "closed", "in the middle of the answer's head"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 5000, "closed", "in the middle of the answer's head"),
        (head(status=b"HTTP/1.1 100 Continue"), "closed", "in the middle"),
        (head(b"Link: <" + b"a" * 99, status=b"HTTP/1.1 103 Early Hints"), "closed", "in the middle"),
        (head(b"Content-Length: 5") + b"abc", "closed", "after 3 of 5 bytes of the answer's body"),
        (head(b"Content-Length: 5"), "closed", "after 0 of 5 bytes of the answer's body"),
        (head(CHUNKED) + b"5\r\nabc", "closed", "after 3 bytes of the answer's body"),
        (head(CHUNKED) + b"5\r\nabcde\r\n", "closed", "after 5 bytes of the answer's body"),
        (head(CHUNKED) + b"5\r\nabcde\r\n0\r\nX-Tr", "closed", "after 5 bytes of the answer's body"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "bad-response", "it begins with 'SSH-2.0-OpenSSH_9.6\\r\\n'"),
        (b"\x00\x00\x12\x04\x00", "bad-response", "it begins with '\\x00\\x00\\x12\\x04\\x00'"),
        (b"\x1b]0;title\x07", "bad-response", "it begins with '\\x1b]0;title\\x07'"),
        (b"<html>", "bad-response", "it begins with '<html>'"),
        (b"\r\nHTTP/1.1 200 OK\r\n\r\n", "bad-response", "it begins with"),
        (b"http/1.1 200 OK\r\n\r\n", "bad-response", "it begins with 'http/1.1"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "bad-response", "the port speaks TLS: use https://"),
        (b"\x16\x03\x03\x00", "bad-response", "the port speaks TLS: use https://"),
        (head(status=b"HTTP/1.1 20 OK"), "bad-response", "not valid HTTP/1.1"),
        (head(status=b"HTTP/2 200"), "bad-response", "not valid HTTP/1.1"),
        (head(status=b"HTTP/1.1200 OK"), "bad-response", "not valid HTTP/1.1"),
        (head(b"X Y: 1"), "bad-response", "not valid HTTP/1.1"),
        (head(b"X-Y : 1"), "bad-response", "not valid HTTP/1.1"),
        (head(b"no colon"), "bad-response", "not valid HTTP/1.1"),
        (head(b"X: a\x00b"), "bad-response", "not valid HTTP/1.1"),
        (head(b"Content-Length: 1", b"Content-Length: 2"), "bad-response", "Content-Length"),
        (head(b"Content-Length: -1"), "bad-response", "Content-Length"),
        (head(b"Transfer-Encoding: gzip, chunked"), "bad-response", "Transfer-Encoding"),
        (head(CHUNKED) + b"xyz\r\n", "bad-response", "the body of the answer is not valid HTTP/1.1"),
        (head(b"Upgrade: websocket", status=b"HTTP/1.1 101 Switching Protocols"), "bad-response", "(101)"),
        (head(b"X: " + b"a" * 400_000), "too-large", "the head of the answer is larger than"),
        (head(b"Content-Length: 1048577"), "too-large", "has a body of 1048577 bytes; the limit is 1048576"),
        (head(CHUNKED) + b"20\r\n" + b"a" * 32, "too-large", "larger than 20 bytes"),
        (head() + b"a" * 32, "too-large", "larger than 20 bytes"),
    ],
)
async def test_an_answer_that_cannot_be_passed_on_says_why(said: bytes, kind: str, detail: str) -> None:
    with pytest.raises(ForwardError) as caught:
        await answered(said, limit=20 if "20 bytes" in detail else LIMIT)
    assert caught.value.failure.kind == kind
    assert detail in caught.value.failure.detail
    assert caught.value.failure.detail.isprintable()


@pytest.mark.parametrize("size", [1, 7])
async def test_an_answer_may_come_in_drops(size: int) -> None:
    said = head(b"Link: x", status=b"HTTP/1.1 103 x") + head(CHUNKED) + b"2\r\nok\r\n3\r\n!!!\r\n0\r\nT: 1\r\n\r\n"
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        theirs.setblocking(False)
        request = SentRequest(method="POST", target="/", headers=(), body=b"")
        waiting = asyncio.create_task(exchange(Connection(ours, "handler"), request, LIMIT, ForwardProgress()))
        for start in range(0, len(said), size):
            await asyncio.get_running_loop().sock_sendall(theirs, said[start : start + size])
            await asyncio.sleep(0)
        result = await waiting
    assert result.answer.body == b"ok!!!"
    assert result.reusable


async def test_an_answer_with_30_kib_of_headers_is_read() -> None:
    lines = [b"X-%d: " % number + b"v" * 1000 for number in range(30)]
    assert len((await answered(head(*lines, LENGTH_2) + b"ok")).answer.headers) == 31


@pytest.mark.parametrize(
    ("progress", "says"),
    [
        (ForwardProgress(), "waiting for its turn"),
        (ForwardProgress(stage="connecting to h"), "connecting to h"),
        (ForwardProgress(sent_bytes=1, total_bytes=9), "sending the request, 1 of 9 bytes so far"),
        (ForwardProgress(stage="waiting for the answer", sent_bytes=9, total_bytes=9), "waiting for the answer"),
        (ForwardProgress(has_head=True, received_bytes=3), "reading the body of the answer, 3 bytes so far"),
        (
            ForwardProgress(has_head=True, received_bytes=3, expected_bytes=5),
            "reading the body of the answer, 3 of 5 bytes so far",
        ),
    ],
)
def test_progress_says_how_far_a_forward_has_come(progress: ForwardProgress, says: str) -> None:
    assert progress.describe() == says
