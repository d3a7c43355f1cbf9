from __future__ import annotations

import asyncio
import time
from pathlib import Path
from threading import Thread

import pytest

from held import keep
from hookscope.model.errors import OutOfTime
from hookscope.store.captures import CaptureStore
from hookscope.store.reader import CaptureReader
from hookscope.tools.wait.expectation import Expectation
from hookscope.tools.wait.run import Wait, newest_before, wait_for


def test_what_another_writes_is_seen_and_told_once(store: CaptureStore, tmp_path: Path) -> None:
    asyncio.run(keep(store, 1))
    reader = CaptureReader(tmp_path / "captures.db")
    expectation = Expectation("", 2, newest_before(reader, 0.0))
    told: list[int] = []

    def write() -> None:
        for index in (2, 3):
            asyncio.run(keep(store, index))

    writer = Thread(target=write)
    writer.start()
    try:
        assert wait_for(Wait(reader, expectation, 20.0, told.append)).held == (2, 3) == tuple(told)
    finally:
        writer.join()
        reader.close()


def test_time_runs_out(store: CaptureStore) -> None:
    with pytest.raises(OutOfTime, match="none of what was awaited"):
        wait_for(Wait(store, Expectation("", 1, 0), 0.0))


def test_what_came_a_while_ago_can_be_counted(store: CaptureStore) -> None:
    asyncio.run(keep(store, 1, received_at=time.time() - 500))
    asyncio.run(keep(store, 2, received_at=time.time() - 5))
    assert [newest_before(store, since) for since in (0.0, 60.0, 5000.0)] == [2, 1, 0]
