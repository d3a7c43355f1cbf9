"""From the bytes of a request to a delivery in the hub, and from an answer to the bytes that its sender gets."""

from __future__ import annotations

import asyncio
from typing import Any

from sink import Sink

from hookscope_relay.app import Relay
from hookscope_relay.exact_response import complete, render_head
from hookscope_relay.keys.endpoint_key import EndpointKey
from hookscope_relay.log.protocol import EndpointRecord
from hookscope_relay.settings import Rates, RelaySettings


async def opened(key: EndpointKey) -> Relay:
    rates = Rates(endpoint=0, address=0, frames=0)
    relay = Relay(RelaySettings(port=0, database=None, rates=rates, public_url="https://relay.example"))
    await relay.start()
    assert relay._log is not None
    await relay._log.keep_endpoint(EndpointRecord(key.id, key.public, key.seal))
    return relay


def test_request_stored_in_memory(benchmark, key, request_bytes):
    """Parsed, admitted, sealed, kept in a log in memory, answered 202: all but sockets and disk."""

    answered = asyncio.Event()

    async def send(connection: Any) -> None:
        answered.clear()
        connection.data_received(request_bytes)
        await answered.wait()

    with asyncio.Runner() as runner:
        relay = runner.run(opened(key))
        assert relay._runner is not None
        assert relay._runner.server is not None
        connection, sink = relay._runner.server(), Sink(answered.set)

        async def connect() -> None:
            connection.connection_made(sink)
            await asyncio.sleep(0)

        runner.run(connect())
        benchmark(lambda: runner.run(send(connection)))

        async def end() -> None:
            connection.connection_lost(None)
            await relay.stop()

        runner.run(end())


def test_answer(benchmark, answer):
    ours = (("Hookscope-Delivery", "0" * 26), ("Hookscope-Seq", "7"))
    benchmark(lambda: render_head(complete(answer, "POST", ours), keep_alive=True) + answer.body)
