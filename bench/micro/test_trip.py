"""The relay's part of 64 deliveries that are in flight together, all but the sockets: requests in, Deliver frames out,
replies in, answers out.

The figure is that of all 64, so a sixty-fourth of it is a delivery's. The log is on disk.
"""

from __future__ import annotations

import asyncio
from typing import Any

from sink import Sink

from hookscope_relay.app import Relay
from hookscope_relay.hub import Hub
from hookscope_relay.log.protocol import EndpointRecord
from hookscope_relay.session import Session
from hookscope_relay.settings import Rates, RelaySettings
from hookscope_relay.wire import Deliver, Reply, decode, encode

IN_FLIGHT = 64


class Trip:
    """One relay, its senders' connections, and an inspector that answers at once."""

    def __init__(self, relay: Relay, session: Session, hub: Hub, request: bytes) -> None:
        self._session = session
        self._hub = hub
        self._request = request
        self._answered = 0
        self._wanted = 0
        self._all = asyncio.Event()
        assert relay._runner is not None
        assert relay._runner.server is not None
        self.ends = [(relay._runner.server(), Sink(self._count)) for _ in range(IN_FLIGHT)]
        for connection, sink in self.ends:
            connection.connection_made(sink)

    async def run(self, count: int = IN_FLIGHT) -> None:
        self._answered, self._wanted = 0, count
        self._all.clear()
        for connection, _ in self.ends[:count]:
            connection.data_received(self._request)
        replied = 0
        while replied < count:
            messages = await self._hub.next_messages(self._session)
            assert not isinstance(messages, int)
            for message in messages:
                if message[0] == 2:
                    self._answer(message)
                    replied += 1
        await self._all.wait()

    def _count(self) -> None:
        self._answered += 1
        if self._answered == self._wanted:
            self._all.set()

    def _answer(self, message: bytes) -> None:
        frame, _ = decode(message) or (None, b"")
        assert isinstance(frame, Deliver)
        reply = Reply(
            seq=frame.seq,
            status=200,
            reason="OK",
            headers=(("Content-Type", "text/plain"), ("Content-Length", "2")),
            size=2,
        )
        self._hub.receive(self._session, encode(reply, b"ok"))


async def prepared(key: Any, request: bytes, path: Any) -> tuple[Relay, Trip]:
    rates = Rates(endpoint=0, address=0, frames=0)
    relay = Relay(RelaySettings(port=0, database=path, rates=rates, public_url="https://relay.example"))
    await relay.start()
    assert relay._log is not None
    assert relay._hub is not None
    await relay._log.keep_endpoint(EndpointRecord(key.id, key.public, key.seal))
    session = relay._hub.attach(bytes(16), key.id, "handler", 0)
    trip = Trip(relay, session, relay._hub, request)
    await asyncio.sleep(0)
    await trip.run()
    return relay, trip


async def ended(relay: Relay, trip: Trip) -> None:
    for connection, _ in trip.ends:
        connection.connection_lost(None)
    await relay.stop()


def test_trip(benchmark, key, request_bytes, tmp_path):
    with asyncio.Runner() as runner:
        relay, trip = runner.run(prepared(key, request_bytes, tmp_path / "relay.db"))
        benchmark(lambda: runner.run(trip.run()))
        runner.run(ended(relay, trip))


def test_trip_alone(benchmark, key, request_bytes, tmp_path):
    """One in flight."""
    with asyncio.Runner() as runner:
        relay, trip = runner.run(prepared(key, request_bytes, tmp_path / "relay.db"))
        benchmark(lambda: runner.run(trip.run(1)))
        runner.run(ended(relay, trip))
