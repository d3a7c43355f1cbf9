"""How quickly the SQLite log makes deliveries durable: python bench/log.py [--seconds S] [--directory DIR]

Prints appends a second and their p50 and p99 (2.5 KB, 64 in flight), the same for a single one in flight, and what
small appends wait beside 25 MB ones. `--directory` says on which disk.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from hookscope_relay.delivery import new_delivery_id
from hookscope_relay.log.sqlite import SqliteLog

SMALL = (os.urandom(600), os.urandom(1900))
PIECE = os.urandom(256 * 1024)
LARGE = (os.urandom(600), *[PIECE] * 100)


async def append(log: SqliteLog, endpoint: str, pieces: Sequence[bytes]) -> float:
    """One append; how long it took, in seconds."""
    started = time.perf_counter()
    now = time.time()
    await log.append(endpoint, new_delivery_id(now, os.urandom(10)), pieces, at=now, owed=False)
    return time.perf_counter() - started


async def repeat(until: float, once: Callable[[], Awaitable[float]], pause_s: float = 0.0) -> list[float]:
    took = []
    while time.perf_counter() < until:
        took.append(await once())
        await asyncio.sleep(pause_s)
    return took


async def measure(log: SqliteLog, seconds: float, in_flight: int, pause_s: float = 0.0) -> list[float]:
    until = time.perf_counter() + seconds
    lanes = [repeat(until, lambda: append(log, "small", SMALL), pause_s) for _ in range(in_flight)]
    return [one for lane in await asyncio.gather(*lanes) for one in lane]


async def measure_beside_large(log: SqliteLog, seconds: float, uploads: int) -> tuple[list[float], list[float]]:
    """Small appends (4 lanes, each every 5 ms), and so many 25 MB ones at a time beside them."""
    until = time.perf_counter() + seconds
    lanes = [repeat(until, lambda: append(log, "large", LARGE)) for _ in range(uploads)]
    small, *large = await asyncio.gather(measure(log, seconds, 4, 0.005), *lanes)
    return small, [one for lane in large for one in lane]


def line(name: str, took: list[float], seconds: float) -> str:
    ordered = sorted(took)
    p50, p99 = (ordered[int(len(ordered) * part)] * 1000 for part in (0.5, 0.99))
    return f"{name:44} {len(took) / seconds:9,.0f}/s   p50 {p50:7.2f} ms   p99 {p99:7.2f} ms   max {ordered[-1] * 1000:7.2f} ms"


async def main(seconds: float, directory: Path) -> None:
    log = await SqliteLog.open(directory / "bench.db")
    try:
        print(line("2.5 KB, 64 in flight", await measure(log, seconds, 64), seconds))
        print(line("2.5 KB, 1 in flight", await measure(log, seconds, 1), seconds))
        print(line("2.5 KB every 5 ms in 4 lanes, alone", await measure(log, seconds, 4, 0.005), seconds))
        for uploads in (1, 4):
            small, large = await measure_beside_large(log, seconds, uploads)
            print(line(f"2.5 KB beside {uploads} x 25 MB", small, seconds))
            print(line(f"  and those {uploads} x 25 MB", large, seconds))
    finally:
        await log.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="for each figure")
    parser.add_argument("--directory", type=Path, help="where the database is made (default: a temporary directory)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.directory) as made:
        asyncio.run(main(options.seconds, Path(made)))
