"""What is read as a plain answer is what h11 reads; everything else is left to it."""

from __future__ import annotations

import asyncio
import socket

import pytest

from hookscope.forward.connection import Connection
from hookscope.forward.exchange import ForwardProgress, exchange
from hookscope.forward.plain import MAX_BODY, MAX_HEAD, PlainAnswer, PlainHead, read_head
from hookscope.model.capture import SentRequest

REQUEST = SentRequest(method="POST", target="/", headers=(("Host", "h"),), body=b"")

PLAIN = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 \r\ncontent-length:2\r\n\r\nok",
    b"HTTP/1.1 500 Ung\xfcltig  x\r\nContent-Length: \t 0 \t\r\nX-A: caf\xe9\r\nx-a:\r\nX-A:  \t\r\n\r\n",
    b"HTTP/1.0 404 No\r\nContent-Length: 0002\r\nSet-Cookie: a=1; b\r\nSet-Cookie: c\r\n\r\n\r\n",
    b"HTTP/1.1 301 Moved\r\nLocation: /x/\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\nContent-Length: 1\r\n\r\n\n",
    b"HTTP/1.1 204 No Content\r\nX-B: c:d\r\n\r\n",
]


@pytest.mark.parametrize("said", PLAIN)
async def test_a_plain_answer_is_what_h11_reads(said: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        theirs.sendall(said)
        by_h11 = await asyncio.wait_for(exchange(Connection(ours, "h"), REQUEST, 100, ForwardProgress()), 5)
    head = read_head(said)
    assert isinstance(head, PlainHead)
    assert head.complete(said) == PlainAnswer(by_h11.answer, by_h11.reusable)
    assert head.complete(said + b"x") == "unusual"
    assert head.body_at == head.end or head.complete(said[:-1]) == "more"


@pytest.mark.parametrize("said", PLAIN)
def test_a_head_that_is_not_whole_needs_more(said: bytes) -> None:
    end = said.index(b"\r\n\r\n") + 3
    assert {read_head(said[:length]) for length in range(end)} == {"more"}


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\nContent-Length: 0\n\r\n\r\n",
        b"HTTP/1.1 200  OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK \r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 999 Far\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nX-Content-Length: 1\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nX-A: a\r\n b\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-A: a\x00b\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-A: a\x7fb\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-A: a\rb\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX A: b\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: close, x\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nProxy-Connection: close\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY + 1),
        b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * MAX_HEAD,
        b"\x15\x03\x01 \r\n\r\n",
        b"hello\r\n\r\n",
    ],
)
def test_what_needs_rules_is_left_to_h11(said: bytes) -> None:
    assert read_head(said) == "unusual"
