"""Every capture store holds exactly what was acknowledged: inspectors reconnect again and again, to either relay, while
senders post and servers of the cluster are killed.

An inspector is a real tunnel with a store of what came, which outlives its connections as a process's database would.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from hookscope.tunnel.client import ConnectionChange, Dialling, Tunnel
from hookscope.tunnel.frames import Arrival
from hookscope_relay.delivery import Answer
from hookscope_relay.keys.endpoint_key import EndpointKey
from nats_servers import NatsCluster
from torture.figures import Figures
from torture.node_kills import DOWN_S
from torture.nodes import Nodes, Senders
from torture.processes import until

RUN_WITHIN_S = 3600.0
FINE = Answer(status=200, reason="OK", headers=(), body=b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of everything; `lives_s` is between which times an inspector stays connected."""

    endpoints: int
    reconnects: int
    kills: int
    lives_s: tuple[float, float] = (1.0, 6.0)
    pause_s: float = 0.05
    seed: int = 1


QUICK = Size(endpoints=3, reconnects=8, kills=1, lives_s=(0.2, 0.5), pause_s=0.05)
LONG = Size(endpoints=100, reconnects=1000, kills=5)


@dataclass
class Inspector:
    """What one endpoint's inspector has, over all its connections: ids by (epoch, seq), in order."""

    key: EndpointKey
    held: list[tuple[str, int, str]] = field(default_factory=list)
    connections: int = 0
    gaps: int = 0
    session: bytes = field(default_factory=lambda: os.urandom(16))
    _tunnel: Tunnel | None = None

    async def live(self, origin: str, for_s: float) -> None:
        """Be connected for so long, then break off without a word."""
        dialling = Dialling(relay=origin, key=self.key, mode="handler")
        self._tunnel = Tunnel(dialling, cursor=self._cursor, receive=self._receive, changed=self._changed)
        # It comes back as the one that it was.
        self._tunnel._session_id = self.session
        running = asyncio.create_task(self._tunnel.run())
        await asyncio.wait([running], timeout=for_s)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    def _cursor(self) -> tuple[str, int] | None:
        return self.held[-1][:2] if self.held else None

    async def _receive(self, incoming: Any, _: Any) -> None:
        if isinstance(incoming, Arrival):
            self.held.append((incoming.epoch, incoming.seq, incoming.id))
            if incoming.answer and self._tunnel is not None:
                self._tunnel.replies.send(incoming.seq, FINE, "")
        elif type(incoming).__name__ == "Gap":
            self.gaps += 1

    def _changed(self, change: ConnectionChange) -> None:
        self.connections += change.state == "connected"


async def run(directory: Path, size: Size, cluster: NatsCluster | None = None) -> Figures:
    """The scenario, in a directory that is empty; with servers of its own unless a cluster is given."""
    figures = Figures("node-resume")
    async with asyncio.timeout(RUN_WITHIN_S), Nodes(directory, 2, "--deadline", "2s", cluster=cluster) as nodes:
        keys = await nodes.make_endpoints(size.endpoints)
        inspectors = [Inspector(key) for key in keys]
        senders = Senders(nodes.ports, [key.id for key in keys], size.endpoints, pause_s=size.pause_s)
        over = asyncio.Event()
        chance = random.Random(size.seed)
        origins = [f"http://127.0.0.1:{port}" for port in nodes.ports]
        living = [
            asyncio.create_task(_come_and_go(one, origins, size, over, random.Random(chance.random())))
            for one in inspectors
        ]
        sending = asyncio.create_task(senders.run())
        await _kill(nodes, inspectors, size)
        await until("enough reconnects", lambda: _connections(inspectors) >= size.reconnects, 1800.0, every_s=0.1)
        senders.stop()
        took_s = await sending
        await nodes.drained()
        over.set()
        await asyncio.gather(*living)
        catching_up_s = await _catch_up(nodes, inspectors, senders)
        _check(figures, inspectors, senders)
        for relay in nodes.relays:
            figures.demand("a relay stops in order", await relay.stop() == 0)
    figures.note(
        reconnects=_connections(inspectors),
        kills=size.kills,
        seconds=took_s,
        per_second=len(senders.told) / took_s,
        catching_up_s=catching_up_s,
        worst_s=max(one.took_s for one in senders.told),
    )
    return figures


async def _come_and_go(
    inspector: Inspector, origins: list[str], size: Size, over: asyncio.Event, chance: random.Random
) -> None:
    while not over.is_set():
        await inspector.live(chance.choice(origins), chance.uniform(*size.lives_s))


async def _kill(nodes: Nodes, inspectors: list[Inspector], size: Size) -> None:
    for turn in range(size.kills):
        goal = size.reconnects * (turn + 1) // (size.kills + 1)
        await until("the next kill is due", partial(_have_connected, inspectors, goal), 1800.0, every_s=0.05)
        await until("the cluster is well", nodes.is_well, 120.0, every_s=0.1)
        leader = nodes.leader() or 0
        hit = nodes.cluster.servers[leader if turn % 2 == 0 else (leader + 1) % 3]
        hit.kill()
        await asyncio.sleep(DOWN_S)
        hit.start(wait=False)
    await until("the cluster is well", nodes.is_well, 120.0, every_s=0.1)


def _have_connected(inspectors: list[Inspector], count: int) -> bool:
    return _connections(inspectors) >= count


def _connections(inspectors: list[Inspector]) -> int:
    return sum(one.connections for one in inspectors)


async def _catch_up(nodes: Nodes, inspectors: list[Inspector], senders: Senders) -> float:
    """Every inspector stays until it has what its senders were told of."""
    started = time.monotonic()
    wanted = Counter(one.endpoint for one in senders.told)
    origin = f"http://127.0.0.1:{nodes.ports[0]}"
    for start in range(0, len(inspectors), 25):
        behind = [one for one in inspectors[start : start + 25] if len(one.held) < wanted[one.key.id]]
        for _ in range(20):
            if not behind:
                break
            await asyncio.gather(*(one.live(origin, 1.0) for one in behind))
            behind = [one for one in behind if len(one.held) < wanted[one.key.id]]
    return time.monotonic() - started


def _check(figures: Figures, inspectors: list[Inspector], senders: Senders) -> None:
    told: dict[str, set[str]] = {}
    for one in senders.told:
        told.setdefault(one.endpoint, set()).add(one.delivery_id)
    counted: Counter[str] = Counter(missing=0, duplicates=0, out_of_order=0, unknown=0, gaps=0)
    for inspector in inspectors:
        names = [name for _, _, name in inspector.held]
        seqs = [seq for _, seq, _ in inspector.held]
        counted["missing"] += len(told.get(inspector.key.id, set()) - set(names))
        counted["duplicates"] += len(names) - len(set(names))
        counted["out_of_order"] += sum(1 for before, after in pairwise(seqs) if before >= after)
        counted["unknown"] += len(set(names) - told.get(inspector.key.id, set()))
        counted["gaps"] += inspector.gaps
    figures.note(acknowledged=len(senders.told), captured=sum(len(one.held) for one in inspectors))
    # One whose sender was answered 503 or 504, or whose connection broke, may be kept all the same.
    unanswered = senders.broken + senders.refused.total()
    figures.note(**counted, unanswered=unanswered)
    for name in ("missing", "duplicates", "out_of_order", "gaps"):
        figures.demand(f"{name} is {counted[name]}, not 0", counted[name] == 0)
    figures.demand(f"unknown is {counted['unknown']}", counted["unknown"] <= unanswered)
