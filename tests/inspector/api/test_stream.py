"""How an answer is written, beyond what the gateway's tests show: to an old client, and to one that closes."""

from __future__ import annotations

import contextlib

import pytest
from aiohttp import web

from hookscope.api.stream import ExactStream, Silence
from raw_http import RawClient


async def ask(request: bytes, *, chunked: bool, silent: bool = False) -> bytes:
    async def handle(asked: web.BaseRequest) -> web.StreamResponse:
        if silent:
            return Silence.instead_of(asked)
        stream = ExactStream(200, "Fine", (("X-A", "\xe9"), ("x-a", "2")), chunked=chunked)
        await stream.prepare(asked)
        await stream.write(b"ab")
        await stream.write(b"c")
        await stream.write_eof()
        return stream

    runner = web.ServerRunner(web.Server(handle, access_log=None))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        async with RawClient(runner.addresses[0][1]) as client:
            await client.send(request)
            return await client.rest()
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("version", "ends"),
    [
        (b"1.1", b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"),
        (b"1.0", b"x-a: 2\r\nConnection: close\r\n\r\nabc"),
    ],
)
async def test_a_body_of_unknown_length_is_framed_as_the_client_understands(version: bytes, ends: bytes) -> None:
    got = await ask(b"GET / HTTP/%b\r\nHost: x\r\nConnection: close\r\n\r\n" % version, chunked=True)
    assert got.startswith(b"HTTP/1.1 200 Fine\r\nX-A: \xe9\r\nx-a: 2\r\n")
    assert got.endswith(ends)


async def test_silence_is_no_answer() -> None:
    with contextlib.suppress(ConnectionError):  # hung up with a reset is no answer either
        assert await ask(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", chunked=False, silent=True) == b""
