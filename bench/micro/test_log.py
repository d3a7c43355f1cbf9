"""Appending sealed deliveries of 2.6 KB to the log on disk: one a commit, and 64 a commit;
of the 64 the figure is that of all."""

from __future__ import annotations

import asyncio
import time

import pytest

from hookscope_relay.log.sqlite import SqliteLog

PIECES = (bytes(500), bytes(2100))


async def append(log: SqliteLog, count: int) -> None:
    loop = asyncio.get_running_loop()
    futures = [loop.create_future() for _ in range(count)]
    for future in futures:
        log.begin("one", "0" * 26, PIECES, at=time.time(), owed=False, kept=future.set_result)
    await asyncio.gather(*futures)


@pytest.mark.parametrize("count", [1, 64])
def test_append(benchmark, tmp_path, count):
    with asyncio.Runner() as runner:
        log = runner.run(SqliteLog.open(tmp_path / "relay.db"))
        # The first one waits for numbers to be reserved.
        runner.run(append(log, 1))
        benchmark(lambda: runner.run(append(log, count)))
        runner.run(log.close())
