"""How a relay is asked; the ways through proxies are tried by `doctor`, in its tests."""

import asyncio

import pytest

from hookscope.tunnel.ask import ask
from raw_http import RawServer
from relays import relaying
from self_signed import self_signed


@pytest.mark.parametrize("below", ["", "/hooks"])
async def test_a_relay_is_asked_below_its_path(below: str) -> None:
    async with relaying() as relay:
        relay.announce(f"http://127.0.0.1:{relay.settings.port}{below}")
        reply = await asyncio.to_thread(ask, relay.origin + below, "GET", "/-/health")
    assert reply.status == 200
    assert reply.value("content-TYPE") == "application/json"
    assert reply.value("Server") == ""


async def test_what_is_sent_is_what_was_given_and_nothing_else() -> None:
    async with RawServer() as server:
        await asyncio.to_thread(ask, server.url, "POST", "/x", b"{}", {"X-A": "b"})
    assert (
        server.last.raw
        == b"POST /x HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nX-A: b\r\nContent-Length: 2\r\n\r\n{}" % server.port
    )


async def test_over_tls_the_certificate_is_looked_at() -> None:
    server_tls, trusting = self_signed()
    async with RawServer(tls=server_tls) as server:
        url = f"https://localhost:{server.port}"
        assert (await asyncio.to_thread(ask, url, "GET", "/", tls=trusting)).status == 200
