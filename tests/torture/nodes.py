"""Relay nodes over a cluster of NATS servers, all real processes, and senders that post to them as fast as answers come."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self, cast

from hookscope_relay.keys.endpoint_key import EndpointKey
from hookscope_relay.log.nats.log import NatsLog
from hookscope_relay.log.protocol import EndpointRecord
from hookscope_relay.settings import NatsSettings, Retention
from nats_servers import NatsCluster
from raw_http import free_port
from torture.processes import Program, until
from torture.rig import NO_RATES

SPACE = "hookscope"
KEEP_TOTAL = 4 << 30
RETENTION = Retention(total_bytes=KEEP_TOTAL)
ANSWER_WITHIN_S = 60.0
# No sender is to meet a limit of the relay's.
NO_LIMITS = ("--max-deliveries-endpoint", "100000", "--max-deliveries", "100000", "--max-connections-address", "50000")


_NUMBERS = count(1)


class Nodes:
    """Relays of one log, with three servers under them: those of `cluster` where it is given, which stay."""

    def __init__(
        self, directory: Path, relays: int = 2, *options: str, servers: int = 3, cluster: NatsCluster | None = None
    ) -> None:
        self.directory = directory
        self.cluster = cluster or NatsCluster(directory / "nats", servers)
        self._owns_cluster = cluster is None
        self.ports = [free_port() for _ in range(relays)]
        self.relays = [self._relay(number, options) for number in range(relays)]

    def _relay(self, number: int, options: Sequence[str]) -> Program:
        monitors = [word for page in self.cluster.monitors for word in ("--nats-monitor", page)]
        return Program(
            self.directory / f"relay{number}",
            "relay",
            *("--port", str(self.ports[number]), "--json", "--store", ",".join(self.cluster.urls)),
            *("--nats-replicas", str(len(self.cluster.servers)), "--keep-total", str(KEEP_TOTAL)),
            *("--keep-count", "1000000", "--keep-bytes", str(KEEP_TOTAL)),
            *monitors,
            *NO_RATES,
            *NO_LIMITS,
            *options,
        )

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._kill()
            raise
        return self

    async def _start(self) -> None:
        if self._owns_cluster:
            await asyncio.to_thread(self.cluster.start)
        await self._meet()
        for relay in self.relays:
            await relay.start()
        for relay in self.relays:
            await relay.said("listening", 60.0)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._kill()

    async def _kill(self) -> None:
        for relay in self.relays:
            if relay.alive:
                relay.kill()
                await relay.ended()
        if self._owns_cluster:
            await asyncio.to_thread(self.cluster.kill)

    async def _meet(self) -> None:
        """Three servers that have just started have no leader yet."""
        settings = NatsSettings(
            servers=self.cluster.urls,
            monitors=self.cluster.monitors,
            journal=self.directory / "first.db",
            replicas=len(self.cluster.servers),
        )
        log = await NatsLog.open(settings, RETENTION)
        await log.close()

    @asynccontextmanager
    async def log(self) -> AsyncIterator[NatsLog]:
        """The log itself, as one more node sees it."""
        settings = NatsSettings(
            servers=self.cluster.urls,
            monitors=self.cluster.monitors,
            journal=self.directory / "reader.db",
            replicas=len(self.cluster.servers),
        )
        log = await NatsLog.open(settings, RETENTION)
        try:
            yield log
        finally:
            await log.close()

    async def make_endpoints(self, count: int) -> list[EndpointKey]:
        """Endpoints that were opened by their owners, others at each call."""
        keys = [EndpointKey(number.to_bytes(32, "big")) for number in islice(_NUMBERS, count)]
        now = time.time()
        async with self.log() as log:
            for start in range(0, count, 200):
                records = [
                    EndpointRecord(key.id, key.public, key.seal, used_at=now) for key in keys[start : start + 200]
                ]
                await asyncio.gather(*map(log.keep_endpoint, records))
        return keys

    async def metric(self, number: int, name: str) -> float:
        """What a relay says of itself; 0 for what it has nothing to say of."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.ports[number])
        writer.write(b"GET /-/metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        page = await asyncio.wait_for(reader.read(), 30.0)
        writer.close()
        found = [line for line in page.decode().splitlines() if line.startswith(f"hookscope_relay_{name} ")]
        return float(found[0].split()[1]) if found else 0.0

    async def drained(self, within_s: float = 120.0) -> float:
        """Wait until nothing waits in any journal; how long that took, in seconds."""
        started = time.monotonic()
        async with asyncio.timeout(within_s):
            while any([await self.metric(number, "spilled") for number in range(len(self.relays))]):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        return time.monotonic() - started

    def is_well(self) -> bool:
        """Whether all servers run and the stream has a leader."""
        return all(server.is_well() for server in self.cluster.servers) and self.leader() is not None

    def leader(self) -> int | None:
        """Which server leads the stream of deliveries."""
        server = self.cluster.leader_of(f"{SPACE}-deliveries")
        return None if server is None else self.cluster.servers.index(server)


class Told(NamedTuple):
    """What a sender was told of one delivery: `sender` and its own `number` for it, in that order."""

    sender: int
    number: int
    endpoint: str
    delivery_id: str
    status: int
    took_s: float


class _Client(asyncio.Protocol):
    """One connection that posts, one request at a time."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self._came = b""
        self._answer: asyncio.Future[bytes]
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's is another class of the same form.
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._came = self._came + data if self._came else data
        head, found, body = self._came.partition(b"\r\n\r\n")
        if found and len(body) >= int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0):
            self._came = b""
            if not self._answer.done():
                self._answer.set_result(head)

    def connection_lost(self, error: Exception | None) -> None:
        if not self._answer.done():
            self._answer.set_exception(ConnectionResetError())

    async def post(self, request: bytes) -> bytes:
        """The head of the answer; `ConnectionResetError` where there is none, also within the time for it."""
        self._answer = self._loop.create_future()
        self.transport.write(request)
        late = self._loop.call_later(ANSWER_WITHIN_S, self.transport.abort)
        try:
            return await self._answer
        finally:
            late.cancel()


@dataclass(slots=True)
class Senders:
    """Senders that post until `stop`, each to one relay and to endpoints of its own in turn, each after the last answer.

    A request whose connection broke is sent again: it may be kept twice, as another delivery.
    """

    ports: Sequence[int]
    endpoints: Sequence[str]
    count: int
    body: bytes = b"x" * 1024
    pause_s: float = 0.0
    told: list[Told] = field(default_factory=list)
    refused: Counter[int] = field(default_factory=Counter)
    broken: int = 0
    _going: bool = True

    async def run(self) -> float:
        """Post until `stop`; how long it took, in seconds."""
        started = time.monotonic()
        await asyncio.gather(*map(self._send, range(self.count)))
        return time.monotonic() - started

    def stop(self) -> None:
        """No new deliveries."""
        self._going = False

    async def reached(self, count: int) -> None:
        """Wait until so many were acknowledged."""
        await until(f"{count} are acknowledged", lambda: len(self.told) >= count or not self._going, 7200.0)

    async def _send(self, sender: int) -> None:
        port = self.ports[sender % len(self.ports)]
        mine = [endpoint for place, endpoint in enumerate(self.endpoints) if place % self.count == sender]
        mine = mine or [self.endpoints[sender % len(self.endpoints)]]
        requests = [self._request(endpoint) for endpoint in mine]
        client: _Client | None = None
        number = 0
        while self._going:
            turn = number % len(mine)
            started = time.monotonic()
            try:
                if client is None:
                    _, client = await asyncio.get_running_loop().create_connection(_Client, "127.0.0.1", port)
                head = await client.post(requests[turn])
            except OSError:
                client, self.broken = None, self.broken + 1
                await asyncio.sleep(0.1)
                continue
            took_s = time.monotonic() - started
            status = int(head[9:12])
            if 200 <= status < 300:
                name = head.partition(b"Hookscope-Delivery: ")[2].partition(b"\r\n")[0].decode()
                self.told.append(Told(sender, number, mine[turn], name, status, took_s))
                number += 1
            else:
                self.refused[status] += 1
                await asyncio.sleep(0.05)
            if self.pause_s:
                await asyncio.sleep(self.pause_s)
        if client is not None:
            client.transport.close()

    def _request(self, endpoint: str) -> bytes:
        head = f"POST /{endpoint}/x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(self.body)}\r\n\r\n"
        return head.encode() + self.body
