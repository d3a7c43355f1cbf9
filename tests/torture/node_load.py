"""How much relay nodes take: many endpoints, many sessions, senders as fast as answers come; what the cluster takes by
itself in the same run, and where the processors' time goes.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hookscope.tunnel.client import ConnectionChange, Dialling, Tunnel
from hookscope.tunnel.frames import Arrival
from hookscope_relay.delivery import Answer
from hookscope_relay.errors import LogUnavailable
from hookscope_relay.keys.endpoint_key import EndpointKey
from hookscope_relay.log.nats.log import NatsLog
from torture.figures import Figures, percentile
from torture.nodes import Nodes, Senders
from torture.processes import until

RUN_WITHIN_S = 1800.0
MEMORY_BYTES = 400 << 20
CONNECTING = 20
IN_FLIGHT = 64
FINE = Answer(status=200, reason="OK", headers=(), body=b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of everything; `share` is what of the cluster's own rate the relays must reach, 0 for any."""

    endpoints: int
    sessions: int
    seconds: float
    senders: int = 64
    servers: int = 3
    share: float = 0.0


QUICK = Size(endpoints=30, sessions=6, seconds=0.3, senders=8, servers=1)
LONG = Size(endpoints=10_000, sessions=2_000, seconds=20.0, senders=256, share=0.5)


async def run(directory: Path, size: Size) -> Sequence[Figures]:
    """The scenario, in a directory that is empty: with one relay taking all senders, and with two."""
    figures = Figures("node-load")
    told = [figures]
    async with asyncio.timeout(RUN_WITHIN_S), Nodes(directory, 2, servers=size.servers) as nodes:
        async with nodes.log() as log:
            engine = await _publish(log, size)
        keys = await nodes.make_endpoints(size.endpoints)
        # They are spread over all senders' endpoints.
        step = max(1, size.endpoints // size.sessions)
        sessions = _Sessions(keys[::step][: size.sessions], nodes.ports)
        connecting_s = await sessions.connect()
        rates = [await _load(figures, nodes, keys, size, count) for count in (1, 2)]
        memory = [relay.memory_bytes() for relay in nodes.relays]
        servers = [server.memory_bytes() for server in nodes.cluster.servers]
        figures.demand(f"sessions answered {sessions.answered}", sessions.answered > 0)
        await sessions.close()
        for relay in nodes.relays:
            figures.demand("a relay stops in order", await relay.stop() == 0)
    figures.note(
        endpoints=size.endpoints,
        sessions=size.sessions,
        connecting_s=connecting_s,
        answered=sessions.answered,
        engine_per_second=engine,
        share_of_engine=max(rates) / engine,
        second_node=rates[1] / rates[0],
        relay_mib=[one >> 20 for one in memory],
        server_mib=[one >> 20 for one in servers],
    )
    figures.demand(f"a node has {max(memory) >> 20} MiB", max(*memory, *servers) < MEMORY_BYTES)
    figures.demand(
        f"{max(rates):.0f}/s of the cluster's own {engine:.0f}/s", not size.share or max(rates) >= size.share * engine
    )
    return told


async def _load(figures: Figures, nodes: Nodes, keys: Sequence[EndpointKey], size: Size, relays: int) -> float:
    """Accepted deliveries a second, with the senders at so many relays."""
    senders = Senders(nodes.ports[:relays], [key.id for key in keys], size.senders)
    before = _processor_s(nodes)
    sending = asyncio.create_task(senders.run())
    await asyncio.sleep(size.seconds)
    senders.stop()
    took_s = await sending
    after = _processor_s(nodes)
    draining_s = await nodes.drained()
    rate = len(senders.told) / took_s
    used = {what: round((after[what] - before[what]) / took_s, 2) for what in after}
    waits = [one.took_s for one in senders.told]
    by_status = Counter(one.status for one in senders.told)
    figures.note(
        **{
            f"at_{relays}_per_second": rate,
            f"at_{relays}_p50_s": percentile(waits, 0.5),
            f"at_{relays}_p99_s": percentile(waits, 0.99),
            f"at_{relays}_statuses": dict(by_status),
            f"at_{relays}_draining_s": draining_s,
            # Of so many processors: what is not idle bounds the rest.
            f"at_{relays}_processors": {**used, "of": os.cpu_count()},
        }
    )
    figures.demand(f"no answer but 2xx: {dict(senders.refused)}", not senders.refused)
    return rate


def _processor_s(nodes: Nodes) -> dict[str, float]:
    """The processor time that each kind of process has used."""
    pids = {
        "relays": [relay.pid for relay in nodes.relays],
        "servers": [server.process.pid for server in nodes.cluster.servers if server.process],
        "senders_and_inspectors": [os.getpid()],
    }
    tick = os.sysconf("SC_CLK_TCK")

    def used(pid: int) -> float:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / tick

    return {what: sum(map(used, several)) for what, several in pids.items()}


async def _publish(log: NatsLog, size: Size) -> float:
    """Messages a second that the cluster takes from one publisher."""
    names = log.names
    ends = time.monotonic() + min(size.seconds, 8.0)
    count = 0

    async def publish(number: int) -> None:
        nonlocal count
        while time.monotonic() < ends:
            try:
                await log.courier.keep(
                    names.of_endpoint(f"engine{number}"), bytes(1200), {"Nats-Msg-Id": os.urandom(13).hex()}
                )
            except LogUnavailable:
                continue
            count += 1

    started = time.monotonic()
    await asyncio.gather(*map(publish, range(IN_FLIGHT)))
    rate = count / (time.monotonic() - started)
    await log.courier.api(f"STREAM.PURGE.{names.deliveries}")
    return rate


class _Sessions:
    """Inspectors that answer at once, some at each relay."""

    def __init__(self, keys: Sequence[EndpointKey], ports: Sequence[int]) -> None:
        self.answered = 0
        self.connected = 0
        self._tunnels = [self._make(key, ports[number % len(ports)]) for number, key in enumerate(keys)]
        self._running: list[asyncio.Task[Any]] = []

    def _make(self, key: EndpointKey, port: int) -> Tunnel:
        async def receive(incoming: Any, _: Any) -> None:
            if isinstance(incoming, Arrival) and incoming.answer:
                self.answered += 1
                tunnel.reply(incoming.seq, FINE, "")

        def changed(change: ConnectionChange) -> None:
            self.connected += change.state == "connected"

        dialling = Dialling(relay=f"http://127.0.0.1:{port}", key=key, mode="handler")
        cursor: Callable[[], None] = lambda: None  # noqa: E731
        tunnel = Tunnel(dialling, cursor=cursor, receive=receive, changed=changed)
        return tunnel

    async def connect(self) -> float:
        """Connect them, some at a time; how long that took, in seconds."""
        started = time.monotonic()
        for first in range(0, len(self._tunnels), CONNECTING):
            batch = self._tunnels[first : first + CONNECTING]
            self._running += [asyncio.create_task(tunnel.run()) for tunnel in batch]
            wanted = first + len(batch)
            await until("they are connected", lambda wanted=wanted: self.connected >= wanted, 120.0, every_s=0.01)  # type: ignore[misc]
        return time.monotonic() - started

    async def close(self) -> None:
        for running in self._running:
            running.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
