"""How much relay nodes take: many endpoints, many sessions, senders as fast as answers come; beside it what the cluster
keeps by itself, in the same run, with as many connections and as much in flight; and where the processors' time goes.
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
from hookscope_relay.keys.endpoint_key import EndpointKey
from hookscope_relay.log.nats.reader import Reader
from hookscope_relay.log.nats.streams import Names, wanted_streams
from hookscope_relay.settings import Retention
from torture.engine import Publishing, measure
from torture.figures import Figures, percentile
from torture.nodes import Nodes, Senders
from torture.processes import until
from torture.processors import Usage, used

RUN_WITHIN_S = 1800.0
MEMORY_BYTES = 400 << 20
# What of the cluster's own rate relays are to reach, and by how much a second one is to raise theirs.
SHARE_WANTED = 0.5
SECOND_WANTED = 1.2
CONNECTING = 20
ENGINE = Names("engine")
ENGINE_BYTES = 1 << 30
FINE = Answer(status=200, reason="OK", headers=(), body=b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of everything."""

    endpoints: int
    sessions: int
    seconds: float
    senders: int = 64
    servers: int = 3


QUICK = Size(endpoints=30, sessions=6, seconds=0.3, senders=8, servers=1)
LONG = Size(endpoints=10_000, sessions=2_000, seconds=20.0, senders=256)


async def run(directory: Path, size: Size) -> Sequence[Figures]:
    """The scenario, in a directory that is empty: with one relay taking all senders, and with two."""
    figures = Figures("node-load")
    loads: list[Usage] = []
    engines: list[Usage] = []
    async with asyncio.timeout(RUN_WITHIN_S), Nodes(directory, 2, servers=size.servers) as nodes:
        keys = await nodes.make_endpoints(size.endpoints)
        # They are spread over all senders' endpoints.
        step = max(1, size.endpoints // size.sessions)
        sessions = _Sessions(keys[::step][: size.sessions], nodes.ports)
        connecting_s = await sessions.connect()
        for relays in (1, 2):
            loads.append(await _load(figures, nodes, keys, size, relays))
            engines.append(await _measure_engine(nodes, keys[0].id, size, relays))
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
        relay_mib=[one >> 20 for one in memory],
        server_mib=[one >> 20 for one in servers],
    )
    figures.demand(f"a node has {max(memory) >> 20} MiB", max(*memory, *servers) < MEMORY_BYTES)
    return [figures, *_compare(loads, engines)]


def _compare(loads: Sequence[Usage], engines: Sequence[Usage]) -> list[Figures]:
    """What came of each number of relays, what the cluster did by itself, and what bounds them both."""
    told = []
    for relays, load, engine in zip((1, 2), loads, engines, strict=True):
        figures = Figures(f"node-load-{relays}")
        share, by_processors = (
            load.per_second / engine.per_second,
            load.allowed_per_second / engine.allowed_per_second,
        )
        figures.note(
            per_second=load.per_second,
            engine_per_second=engine.per_second,
            processor_us_each=load.each_us,
            engine_processor_us_each=engine.each_us,
            bound=load.bound,
            engine_bound=engine.bound,
        )
        figures.aim("share_of_engine", share, SHARE_WANTED)
        figures.aim("share_by_processor_time", by_processors, SHARE_WANTED)
        told.append(figures)
    told[-1].aim("second_node", loads[1].per_second / loads[0].per_second, SECOND_WANTED)
    return told


async def _load(figures: Figures, nodes: Nodes, keys: Sequence[EndpointKey], size: Size, relays: int) -> Usage:
    """What is accepted with the senders at so many relays, once each has had its first delivery."""
    senders = Senders(nodes.ports[:relays], [key.id for key in keys], size.senders)
    sending = asyncio.create_task(senders.run())
    await senders.reached(size.endpoints)
    with used(_pids(nodes) | {"senders_and_inspectors": [os.getpid()]}) as usage:
        before = len(senders.told)
        await asyncio.sleep(size.seconds)
        usage.count = len(senders.told) - before
    senders.stop()
    await sending
    spilled = [int(await nodes.metric(number, 'log_trouble_total{kind="spilled"}')) for number in range(2)]
    waits = [one.took_s for one in senders.told[before:]]
    figures.note(
        **{
            f"at_{relays}_p50_s": percentile(waits, 0.5),
            f"at_{relays}_p99_s": percentile(waits, 0.99),
            f"at_{relays}_statuses": dict(Counter(one.status for one in senders.told)),
            f"at_{relays}_spilled": spilled,
            f"at_{relays}_draining_s": await nodes.drained(),
        }
    )
    figures.demand(f"no answer but 2xx: {dict(senders.refused)}", not senders.refused)
    return usage


def _pids(nodes: Nodes) -> dict[str, list[int]]:
    return {
        "relays": [relay.pid for relay in nodes.relays],
        "servers": [server.process.pid for server in nodes.cluster.servers if server.process],
    }


async def _measure_engine(nodes: Nodes, endpoint: str, size: Size, publishers: int) -> Usage:
    """What the cluster keeps by itself, in a stream like the log's, of messages as long as the log's."""
    async with nodes.log() as log:
        message = await Reader(log.courier).last(log.names.deliveries, log.names.of_endpoint(endpoint))
        assert message is not None
        room = Retention(total_bytes=ENGINE_BYTES)
        stream = {"name": ENGINE.deliveries, **wanted_streams(ENGINE, size.servers, room)[ENGINE.deliveries]}
        await log.courier.api(f"STREAM.CREATE.{ENGINE.deliveries}", stream)
        what = Publishing(ENGINE.space, len(message.data), size.endpoints, size.senders, size.seconds)
        usage = await measure(nodes.cluster.urls, what, publishers, _pids(nodes))
        await log.courier.api(f"STREAM.DELETE.{ENGINE.deliveries}")
    return usage


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
                tunnel.replies.send(incoming.seq, FINE, "")

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
