"""From the bytes of a request to a delivery in the hub, and from an answer to the bytes that its sender gets."""

from __future__ import annotations

import asyncio
from typing import Any

from hookscope_relay.app import Relay
from hookscope_relay.exact_response import complete, render_head
from hookscope_relay.keys.endpoint_key import EndpointKey
from hookscope_relay.log.protocol import EndpointRecord
from hookscope_relay.settings import Rates, RelaySettings


class Sink(asyncio.Transport):
    """A sender's transport that takes everything."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 4000)})
        self.written = 0

    def write(self, data: Any) -> None:
        self.written += 1

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        pass

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


async def opened(key: EndpointKey) -> Relay:
    rates = Rates(endpoint=0, address=0, frames=0)
    relay = Relay(RelaySettings(port=0, database=None, rates=rates, public_url="https://relay.example"))
    await relay.start()
    assert relay._log is not None
    await relay._log.keep_endpoint(EndpointRecord(key.id, key.public, key.seal))
    return relay


def test_request_stored_in_memory(benchmark, key, request_bytes):
    """Parsed, admitted, sealed, kept in a log in memory, answered 202: all but sockets and disk."""

    async def send(connection: Any, sink: Sink) -> None:
        before = sink.written
        connection.data_received(request_bytes)
        while sink.written == before:
            await asyncio.sleep(0)

    with asyncio.Runner() as runner:
        relay = runner.run(opened(key))
        assert relay._runner is not None
        assert relay._runner.server is not None
        connection, sink = relay._runner.server(), Sink()

        async def connect() -> None:
            connection.connection_made(sink)
            await asyncio.sleep(0)

        runner.run(connect())
        benchmark(lambda: runner.run(send(connection, sink)))

        async def end() -> None:
            connection.connection_lost(None)
            await relay.stop()

        runner.run(end())


def test_answer(benchmark, answer):
    ours = (("Hookscope-Delivery", "0" * 26), ("Hookscope-Seq", "7"))
    benchmark(lambda: render_head(complete(answer, "POST", ours), keep_alive=True) + answer.body)
