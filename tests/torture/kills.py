"""Exactly once: senders are acknowledged while relay and inspector are killed (-9) and the link between them is cut.

Every deed comes at a random count of acknowledged deliveries, so that it always falls into full traffic, whatever the
machine's speed.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from torture.checker import check_exactly_once
from torture.figures import Figures
from torture.load import Bodies, Load
from torture.processes import Supervisor, until
from torture.rig import Rig

# The relay was down when the inspector started: what an init system starts again.
RELAY_UNREACHABLE = 4
KILLED = -9
STALL_S = 0.3
AWAY_PAUSE_S = 0.05
RUN_WITHIN_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of everything; kills are shared evenly between relay and inspector."""

    deliveries: int
    kills: int
    cuts: int
    senders: int = 16
    big_every: int = 0
    deadline: str = "2s"
    seed: int = 1


QUICK = Size(deliveries=1500, kills=3, cuts=3, senders=12, big_every=200, deadline="0.5s")
LONG = Size(deliveries=100_000, kills=44, cuts=44, big_every=500)


async def run(directory: Path, size: Size) -> Figures:
    """The scenario, in a directory that is empty."""
    figures = Figures("kills")
    rig = Rig(directory)
    async with rig.proxy, asyncio.timeout(RUN_WITHIN_S):
        listen, endpoint = rig.listen("inspector"), rig.endpoint("inspector")
        load = Load(rig.port, endpoint, size.deliveries, size.senders, Bodies(size.big_every), AWAY_PAUSE_S)
        async with Supervisor(rig.relay(deadline=size.deadline)) as relays, Supervisor(listen) as inspectors:
            # No sender is to find an endpoint that its owner has not opened yet.
            await inspectors.said("ready")
            chaos = asyncio.create_task(_wreak(rig, load, relays, inspectors, _plan(size)))
            took_s = await load.run()
            await chaos
            catching_up_s = await rig.settled("inspector", endpoint)
            figures.demand("the inspector stops in order", await inspectors.stop() == 0)
            figures.demand("the relay stops in order", await relays.stop() == 0)
    _note(figures, load, took_s, catching_up_s, relays, inspectors, rig)
    check_exactly_once(figures, captures=rig.captures("inspector"), log=rig.log, load=load)
    return figures


def _plan(size: Size) -> list[tuple[int, str]]:
    """What happens at which count of acknowledged deliveries."""
    chance = random.Random(size.seed)
    deeds = ["relay" if number % 2 else "inspector" for number in range(size.kills)]
    deeds += [("cut", "tear", "stall")[number % 3] for number in range(size.cuts)]
    chance.shuffle(deeds)
    first, last = size.deliveries // 50, size.deliveries * 19 // 20
    return list(zip(sorted(chance.sample(range(first, last), len(deeds))), deeds, strict=True))


async def _wreak(
    rig: Rig, load: Load, relays: Supervisor, inspectors: Supervisor, plan: Sequence[tuple[int, str]]
) -> None:
    for count, deed in plan:
        await load.reached(count)
        if deed == "relay":
            await relays.kill()
        elif deed == "inspector":
            await inspectors.kill()
        else:
            await _break_link(rig, deed)


async def _break_link(rig: Rig, deed: str) -> None:
    """Cut the link at once, in the middle of what passes next, or after a silence; waits for a link to cut."""
    await until("there is a link", lambda: rig.proxy.links() > 0, 60.0)
    before = rig.proxy.cuts
    if deed == "tear":
        rig.proxy.tear()
        # A link that fell silent, or broke by itself, is cut as it is.
        await asyncio.wait([asyncio.ensure_future(_cut(rig, before))], timeout=1.0)
    elif deed == "stall":
        rig.proxy.stall()
        await asyncio.sleep(STALL_S)
        rig.proxy.flow()
    if rig.proxy.cuts == before:
        rig.proxy.cut()


async def _cut(rig: Rig, before: int) -> None:
    await until("the link is torn", lambda: rig.proxy.cuts > before or not rig.proxy.links(), 1.0)


def _note(
    figures: Figures,
    load: Load,
    took_s: float,
    catching_up_s: float,
    relays: Supervisor,
    inspectors: Supervisor,
    rig: Rig,
) -> None:
    acknowledged = len(load.acknowledged)
    figures.note(
        acknowledged=acknowledged,
        relay_kills=relays.kills,
        inspector_kills=inspectors.kills,
        cuts=rig.proxy.cuts,
        answered_by_relay=load.away,
        failed_tries=load.broken,
        refused=dict(sorted(load.refused.items())) or 0,
        seconds=took_s,
        per_second=acknowledged / took_s,
        slowest_s=load.slowest_s,
        catching_up_s=catching_up_s,
    )
    ends = {code for ended in (relays, inspectors) for code in ended.exits}
    figures.demand(f"ends only by our hand: {ends}", ends <= {0, KILLED, RELAY_UNREACHABLE})
    refused = set(load.refused)
    figures.demand(f"no answer but 2xx, 503 and 504: {refused}", refused <= {503, 504})
