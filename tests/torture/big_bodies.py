"""25 MB bodies beside small ones, on another endpoint and on the same: the small ones must not wait for them."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import os
import time
from dataclasses import dataclass
from pathlib import Path

from torture.checker import caught_up
from torture.figures import Figures, percentile
from torture.load import measure
from torture.processes import until
from torture.rig import Rig

BIG_BYTES = 25 * 1024 * 1024
MOST_P99_MS = 100.0
WARM_UP = 20
RUN_WITHIN_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """`probes` small deliveries are measured on each endpoint, or more if the big ones take longer;
    their p99 has a limit."""

    probes: int
    bigs: int
    most_p99_ms: float = MOST_P99_MS


# So few say nothing of a p99; that nothing waits for whole bodies, they do.
QUICK = Size(probes=40, bigs=1, most_p99_ms=1000.0)
LONG = Size(probes=2000, bigs=20)


async def run(directory: Path, size: Size) -> Figures:
    """The scenario, in a directory that is empty."""
    figures = Figures("big-bodies")
    rig = Rig(directory, direct=True)
    both, small_only = rig.endpoint("both"), rig.endpoint("small")
    async with asyncio.timeout(RUN_WITHIN_S):
        async with rig.relay(deadline="25s") as relay, rig.listen("both") as listen, rig.listen("small") as other:
            await relay.start()
            await relay.said("listening")
            await asyncio.gather(listen.start(), other.start())
            await asyncio.gather(listen.said("ready"), other.said("ready"))
            await measure(rig.port, both, count=WARM_UP)
            await measure(rig.port, small_only, count=WARM_UP)
            alone = await measure(rig.port, both, count=size.probes)
            sending = asyncio.create_task(asyncio.to_thread(_send_big, rig.port, both, size.bigs))
            here, there = await asyncio.gather(
                measure(rig.port, both, count=size.probes, beside=sending, lanes=2),
                measure(rig.port, small_only, count=size.probes, beside=sending, lanes=2),
            )
            statuses = await sending
            await until("all are captured", lambda: caught_up(rig.captures("both"), rig.log, both), every_s=0.1)
            figures.note(
                big=len(statuses),
                big_seconds=max(seconds for _, seconds in statuses),
                small=len(here) + len(there),
                alone_p99_ms=percentile(alone, 0.99),
                same_p50_ms=percentile(here, 0.5),
                same_p99_ms=percentile(here, 0.99),
                same_max_ms=max(here),
                other_p50_ms=percentile(there, 0.5),
                other_p99_ms=percentile(there, 0.99),
                other_max_ms=max(there),
                relay_memory_mb=relay.memory_bytes() / 1e6,
                inspector_memory_mb=listen.memory_bytes() / 1e6,
            )
            figures.demand("every big one is answered 2xx", all(200 <= status < 300 for status, _ in statuses))
    figures.demand(f"the same endpoint's p99 is under {size.most_p99_ms} ms", percentile(here, 0.99) < size.most_p99_ms)
    figures.demand(
        f"the other endpoint's p99 is under {size.most_p99_ms} ms", percentile(there, 0.99) < size.most_p99_ms
    )
    return figures


def _send_big(port: int, endpoint: str, count: int) -> list[tuple[int, float]]:
    """The big ones, one after the other; the status of each, and how long its answer took in seconds."""
    body, answers = os.urandom(BIG_BYTES), []
    for number in range(count):
        started = time.monotonic()
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=RUN_WITHIN_S)) as sender:
            sender.request("POST", f"/{endpoint}/d/{number}", body)
            answer = sender.getresponse()
            answer.read()
        answers.append((answer.status, time.monotonic() - started))
    return answers
