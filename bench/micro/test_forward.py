"""A delivery handed over a warm connection, one after the other and 64 together; the handler answers from memory,
on the same loop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from hookscope.forward.forwarder import Forwarded, Forwarder
from hookscope.forward.plain_request import build_plain_request
from hookscope.model.handler import parse_handler
from hookscope_relay.delivery import Delivery

OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"ok":true}'


class Handler(asyncio.Protocol):
    """Answers when the body's last bytes are there."""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if data.endswith(b'"}'):
            self._transport.write(OK)


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    uvloop = pytest.importorskip("uvloop")
    loop = uvloop.new_event_loop()
    yield loop
    loop.close()


@pytest.mark.parametrize("together", [1, 64])
def test_forward(benchmark: Any, loop: asyncio.AbstractEventLoop, delivery: Delivery, together: int) -> None:
    async def open_ends() -> tuple[asyncio.Server, Forwarder]:
        server = await loop.create_server(Handler, "127.0.0.1", 0)
        return server, Forwarder(parse_handler(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"))

    async def forward_all() -> list[Forwarded]:
        ended: list[asyncio.Future[Forwarded]] = [loop.create_future() for _ in range(together)]
        for future in ended:
            plain = build_plain_request(
                delivery, forwarder.handler, preserve_host=False, forwarded=True, target="/hook"
            )
            assert plain is not None
            request, head = plain
            forwarder.begin(request, 10.0, future.set_result, head)
        return await asyncio.gather(*ended)

    server, forwarder = loop.run_until_complete(open_ends())
    outcomes = benchmark(lambda: loop.run_until_complete(forward_all()))
    assert {one.answer.status for one in outcomes if one.answer} == {200}
    assert len(outcomes) == together
    loop.run_until_complete(forwarder.close())
    server.close()
    loop.run_until_complete(server.wait_closed())
