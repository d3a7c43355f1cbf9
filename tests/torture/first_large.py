"""The first delivery that an inspector ever sees is large, the second small;
it is killed when it has the second and half of the first."""

from __future__ import annotations

import asyncio
from pathlib import Path

from torture.checker import newest, read_held
from torture.figures import Figures
from torture.load import Bodies, Sender
from torture.processes import until
from torture.rig import Rig

LARGE_BYTES = 16_000_000
LINK_BYTES_A_SECOND = 8_000_000
RUN_WITHIN_S = 60.0


async def run(directory: Path) -> Figures:
    """The scenario, in a directory that is empty."""
    figures = Figures("first-large")
    rig = Rig(directory)
    endpoint = rig.endpoint("inspector")
    async with (
        rig.proxy,
        asyncio.timeout(RUN_WITHIN_S),
        rig.relay(deadline="4s") as relay,
        rig.listen("inspector") as listen,
    ):
        await relay.start()
        await relay.said("listening")
        await listen.start()
        await listen.said("ready")
        rig.proxy.rate = LINK_BYTES_A_SECOND
        large, small = Sender(rig.port), Sender(rig.port)
        posting = asyncio.create_task(large.post(f"/{endpoint}/d/1", bytes(LARGE_BYTES)))
        await until("the large one is in the log", lambda: newest(rig.log, endpoint)[1] == 1)
        reply = await small.post(f"/{endpoint}/d/2", Bodies().body(2))
        listen.kill()
        await listen.ended()
        rig.proxy.rate = None
        await listen.start()
        await rig.settled("inspector", endpoint)
        held = [one.seq for one in read_held(rig.captures("inspector"), endpoint)]
        figures.note(small=reply.status, held=held)
        figures.demand("both are captured", sorted(held) == [1, 2])
        posting.cancel()
        large.close()
        small.close()
    return figures
