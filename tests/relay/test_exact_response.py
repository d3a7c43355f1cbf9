"""Answers as bytes: a bare server with one handler, and what comes over its socket."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from hookscope_relay.delivery import Answer
from hookscope_relay.exact_response import WRITE_BYTES, respond, respond_problem
from raw_http import RawMessage, exchange

HEADERS = (("X-b", "1"), ("x-B", "caf\xe9"), ("X-b", ""), ("Content-Type", "text/odd"))


@contextlib.asynccontextmanager
async def serving(answer: Answer | str, *, keep_alive: bool = True) -> AsyncIterator[int]:
    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        if isinstance(answer, str):
            return respond_problem(answer, request, keep_alive=keep_alive)
        return respond(answer, request, (("Ours", "1"),), keep_alive=keep_alive)

    runner = web.ServerRunner(web.Server(handle, access_log=None))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def make_request(method: bytes = b"GET", version: bytes = b"1.1", headers: bytes = b"") -> bytes:
    return method + b" / HTTP/" + version + b"\r\nHost: x\r\n" + headers + b"\r\n"


async def test_an_answer_goes_out_byte_for_byte():
    async with serving(Answer(status=299, reason="Tr\xe8s bien", headers=HEADERS, body=b"\x00\xff")) as port:
        answer = await exchange(port, make_request())
    assert answer == (
        b"HTTP/1.1 299 Tr\xe8s bien\r\nX-b: 1\r\nx-B: caf\xe9\r\nX-b: \r\nContent-Type: text/odd\r\n"
        b"Content-Length: 2\r\nOurs: 1\r\n\r\n\x00\xff"
    )


CONNECTIONS = {
    "kept by default": (b"1.1", b"", True, []),
    "closed when the sender wants": (b"1.1", b"Connection: close\r\n", True, [b"close"]),
    "closed when we want": (b"1.1", b"", False, [b"close"]),
    "closed for HTTP/1.0": (b"1.0", b"", True, [b"close"]),
    "kept for HTTP/1.0 that asks": (b"1.0", b"Connection: keep-alive\r\n", True, [b"keep-alive"]),
}


@pytest.mark.parametrize(("version", "headers", "keep_alive", "said"), CONNECTIONS.values(), ids=CONNECTIONS)
async def test_connection_is_said_where_the_protocol_needs_it(version, headers, keep_alive, said):
    async with serving(Answer(status=200, reason="OK", headers=(), body=b"x"), keep_alive=keep_alive) as port:
        answer = RawMessage(await exchange(port, make_request(version=version, headers=headers)))
    assert answer.values(b"Connection") == said


@pytest.mark.parametrize("size", [0, 1, WRITE_BYTES, WRITE_BYTES + 1, 3 * WRITE_BYTES])
async def test_a_body_of_any_size_is_whole(size):
    body = bytes(index % 251 for index in range(size))
    async with serving(Answer(status=200, reason="OK", headers=(), body=body)) as port:
        assert RawMessage(await exchange(port, make_request())).body == body


@pytest.mark.parametrize(("method", "status"), [(b"HEAD", 200), (b"GET", 204), (b"GET", 304)])
async def test_what_has_no_body_sends_none(method, status):
    async with serving(Answer(status=status, reason="", headers=(("X", "1"),), body=b"body")) as port:
        answer = await exchange(port, make_request(method, headers=b"Connection: close\r\n"))
    assert RawMessage(answer).body == b""


async def test_a_problem_says_that_it_is_the_relays_own():
    async with serving("relay-busy") as port:
        answer = RawMessage(await exchange(port, make_request()))
    assert (answer.status, answer.values(b"Hookscope-Answered-By")) == (503, [b"relay"])
    assert answer.values(b"Content-Type") == [b"application/problem+json"]
    assert b"urn:hookscope:problem:relay-busy" in answer.body
