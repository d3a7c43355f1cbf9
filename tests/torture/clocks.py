"""Clocks that jump: the relay's and the inspector's own by a day, forth and back,
while deliveries come and the link breaks."""

from __future__ import annotations

import asyncio
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from torture.checker import check_exactly_once
from torture.figures import Figures
from torture.load import Load
from torture.processes import Program
from torture.rig import Rig

# The process's own idea of the time, moved a day on by SIGUSR1 and back by SIGUSR2.
JUMPING = """
import signal, time
_shift, _real = [0.0], time.time
time.time = lambda: _real() + _shift[0]
def _jump(number, frame):
    _shift[0] += 86400.0 if number == signal.SIGUSR1 else -86400.0
signal.signal(signal.SIGUSR1, _jump)
signal.signal(signal.SIGUSR2, _jump)
"""
ON, BACK = signal.SIGUSR1, signal.SIGUSR2
RUN_WITHIN_S = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """`between` deliveries are acknowledged after each jump."""

    between: int
    rounds: int


QUICK = Size(between=5, rounds=1)
LONG = Size(between=500, rounds=5)


async def run(directory: Path, size: Size) -> Figures:
    """The scenario, in a directory that is empty."""
    figures = Figures("clock-jumps")
    rig = Rig(directory)
    load = Load(rig.port, rig.endpoint("inspector"), 10**9, 4, away_pause_s=0.05)
    async with rig.proxy, asyncio.timeout(RUN_WITHIN_S):
        relay, listen = rig.relay(preamble=JUMPING, deadline="1s"), rig.listen("inspector", preamble=JUMPING)
        async with relay, listen:
            await relay.start()
            await relay.said("listening")
            await listen.start()
            await listen.said("ready")
            sending = asyncio.create_task(load.run())
            jumps = [(relay, ON), (relay, BACK), (listen, ON), (listen, BACK)] * size.rounds
            back_s = [await _jump(rig, load, listen, whose, way, size.between) for whose, way in jumps]
            load.total = 0
            await sending
            await rig.settled("inspector", load.endpoint)
            figures.note(
                jumps=len(jumps),
                acknowledged=len(load.acknowledged),
                refused=dict(sorted(load.refused.items())) or 0,
                slowest_back_s=max(back_s),
            )
            figures.demand("the inspector stops in order", await listen.stop() == 0)
            figures.demand("the relay stops in order", await relay.stop() == 0)
    check_exactly_once(figures, captures=rig.captures("inspector"), log=rig.log, load=load)
    return figures


async def _jump(rig: Rig, load: Load, listen: Program, whose: Program, way: signal.Signals, between: int) -> float:
    """Let a clock jump and cut the link; how long until the inspector is back, in seconds."""
    whose.signal(way)
    await load.reached(len(load.acknowledged) + between)
    cut_at = time.monotonic()
    rig.proxy.cut()
    await listen.said("connection", state="waiting", since=cut_at)
    connected = await listen.said("connection", state="connected", since=cut_at)
    await load.reached(len(load.acknowledged) + between)
    back_s: float = connected["seen_at"] - cut_at
    return back_s
