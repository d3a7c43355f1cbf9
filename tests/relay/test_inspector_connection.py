"""One session's connection at the relay. What ends it in a whole relay: test_tunnel.py."""

from __future__ import annotations

import asyncio
import time

import pytest
from aiohttp import ClientSession, web

from hookscope_relay.inspector_connection import Link, watch

WITHIN_S = 5.0


async def served(port: int, behave) -> None:
    """Serve one WebSocket as `behave` says, and dial it."""

    async def handle(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=False, timeout=0.2)
        await socket.prepare(request)
        await behave(Link(socket))
        return socket

    application = web.Application()
    application.router.add_get("/", handle)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    address = runner.addresses[0]
    async with (
        asyncio.timeout(WITHIN_S),
        ClientSession() as client,
        client.ws_connect(f"http://127.0.0.1:{address[1]}/", autoping=False) as socket,
    ):
        async for _ in socket:
            pass
    await runner.cleanup()


async def test_the_first_code_that_a_link_is_closed_with_stands():
    closed: list[int] = []

    async def behave(link: Link) -> None:
        await link.close(4003)
        await link.close(1012)
        closed.append(link.closed_with)

    await served(0, behave)
    assert closed == [4003]


async def test_a_link_whose_other_end_is_silent_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("hookscope_relay.inspector_connection.PING_INTERVAL_S", 0.1)
    monkeypatch.setattr("hookscope_relay.inspector_connection.PONG_WITHIN_S", 0.1)
    waited: list[float] = []

    async def behave(link: Link) -> None:
        started = time.monotonic()
        await watch(link)
        waited.append(time.monotonic() - started)
        await link.close(4003)

    await served(0, behave)
    assert 0.19 <= waited[0] < WITHIN_S
