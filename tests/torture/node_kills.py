"""Acknowledged means kept: servers of the cluster are killed (-9) in turn, followers, the leader, all three, while senders
post to two relays.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from hookscope_relay.log.nats.log import NatsLog
from nats_servers import NatsCluster
from torture.figures import Figures, percentile
from torture.nodes import Nodes, Senders, Told
from torture.processes import until

DOWN_S = 0.5
RUN_WITHIN_S = 7200.0
WORST_S = 0.5
DEEDS = ("follower", "leader", "all")


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of everything."""

    deliveries: int
    kills: int
    endpoints: int = 100
    senders: int = 32
    seed: int = 1
    pause_s: float = 0.0
    worst_s: float = WORST_S


QUICK = Size(deliveries=200, kills=1, endpoints=10, senders=8, pause_s=0.01, worst_s=2.0)
LONG = Size(deliveries=400_000, kills=42)


async def run(directory: Path, size: Size, cluster: NatsCluster | None = None) -> Figures:
    """The scenario, in a directory that is empty; with servers of its own unless a cluster is given."""
    figures = Figures("node-kills")
    async with asyncio.timeout(RUN_WITHIN_S), Nodes(directory, cluster=cluster) as nodes:
        endpoints = [key.id for key in await nodes.make_endpoints(size.endpoints)]
        senders = Senders(nodes.ports, endpoints, size.senders, pause_s=size.pause_s)
        sending = asyncio.create_task(senders.run())
        killed = await _wreak(nodes, senders, size)
        await senders.reached(size.deliveries)
        senders.stop()
        took_s = await sending
        draining_s = await nodes.drained()
        spilled = [await nodes.metric(number, 'log_trouble_total{kind="spilled"}') for number in range(2)]
        async with nodes.log() as log:
            check(figures, senders.told, await read_all(log, endpoints), senders.broken)
        for relay in nodes.relays:
            figures.demand("a relay stops in order", await relay.stop() == 0)
    waits = [one.took_s for one in senders.told]
    figures.note(
        kills=killed.total(),
        **{f"kills_{what}": number for what, number in sorted(killed.items())},
        seconds=took_s,
        per_second=len(senders.told) / took_s,
        spilled=int(sum(spilled)),
        draining_s=draining_s,
        p50_s=percentile(waits, 0.5),
        p99_s=percentile(waits, 0.99),
        worst_s=max(waits),
        refused=dict(senders.refused) or 0,
    )
    figures.demand(f"the worst acknowledgement is {max(waits):.2f} s", max(waits) < size.worst_s)
    figures.demand(f"no answer but 2xx: {dict(senders.refused)}", not senders.refused)
    figures.demand("something was spilled", sum(spilled) > 0)
    return figures


async def _wreak(nodes: Nodes, senders: Senders, size: Size) -> Counter[str]:
    """Kill servers at counts of acknowledged deliveries, each time once the cluster is well again."""
    chance = random.Random(size.seed)
    killed: Counter[str] = Counter()
    for turn in range(size.kills):
        await senders.reached(size.deliveries * (turn + 1) // (size.kills + 2))
        await until("the cluster is well", nodes.is_well, 120.0, every_s=0.1)
        leader = nodes.leader() or 0
        deed = "leader" if size.kills < len(DEEDS) else DEEDS[turn % len(DEEDS)]
        servers = nodes.cluster.servers
        others = [number for number in range(len(servers)) if number != leader]
        hit = {"follower": [chance.choice(others)], "leader": [leader], "all": [*range(len(servers))]}[deed]
        for number in hit:
            servers[number].kill()
        killed[deed] += 1
        await asyncio.sleep(DOWN_S)
        for number in hit:
            servers[number].start(wait=False)
    await until("the cluster is well", nodes.is_well, 120.0, every_s=0.1)
    return killed


async def read_all(log: NatsLog, endpoints: list[str]) -> dict[str, list[tuple[str, int]]]:
    """Ids and seqs of all that the log holds, by endpoint."""
    held: dict[str, list[tuple[str, int]]] = {}
    for endpoint in endpoints:
        after, found = 0, held.setdefault(endpoint, [])
        await log.ends(endpoint)
        while records := await log.read(endpoint, after, 256):
            found += [(record.delivery_id, record.seq) for record in records]
            after = records[-1].seq
    return held


def check(figures: Figures, told: list[Told], held: dict[str, list[tuple[str, int]]], broken: int) -> None:
    """Note and demand that everything acknowledged is there once, in the order of its acknowledgements."""
    seqs = {name: seq for records in held.values() for name, seq in records}
    count = sum(len(records) for records in held.values())
    lines: defaultdict[tuple[int, str], list[str]] = defaultdict(list)
    for one in told:
        lines[one.sender, one.endpoint].append(one.delivery_id)
    counted = {
        "lost": sum(1 for one in told if one.delivery_id not in seqs),
        "duplicates": count - len(seqs),
        "out_of_order": sum(
            1
            for names in lines.values()
            for before, after in pairwise(names)
            if seqs.get(before, 0) >= seqs.get(after, 1 << 62)
        ),
        "more_than_sent": max(0, count - len(told) - broken),
    }
    figures.note(acknowledged=len(told), held=count, broken_tries=broken, **counted)
    for name, number in counted.items():
        figures.demand(f"{name} is {number}, not 0", number == 0)
