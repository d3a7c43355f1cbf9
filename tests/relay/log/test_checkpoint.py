"""The write-ahead log is copied back beside the writers, and does not grow for ever."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from factories import NOW
from hookscope_relay.delivery import new_delivery_id
from hookscope_relay.log import sqlite as module
from hookscope_relay.log.checkpoint import Checkpoint
from hookscope_relay.log.sqlite import SqliteLog


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


@pytest.fixture
def writer(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE t (content BLOB)")
    yield connection
    connection.close()


@pytest.fixture
def checkpoint(writer: sqlite3.Connection, path: Path) -> Iterator[Checkpoint]:
    made = Checkpoint(sqlite3.connect(path, isolation_level=None, check_same_thread=False), 1000)
    yield made
    made.close()


async def copied(checkpoint: Checkpoint) -> None:
    async with asyncio.timeout(10):
        while not checkpoint.is_due:  # noqa: ASYNC110
            await asyncio.sleep(0.001)


async def test_it_is_due_when_so_much_was_written_and_copied_and_then_anew(
    checkpoint: Checkpoint, writer: sqlite3.Connection, path: Path
) -> None:
    before = path.stat().st_size
    for _ in range(2):
        writer.execute("INSERT INTO t VALUES (zeroblob(100000))")
        checkpoint.note_written(999)
        assert not checkpoint.is_due
        checkpoint.note_written(1)
        await copied(checkpoint)
        checkpoint.note_end()
        assert not checkpoint.is_due
    assert path.stat().st_size > before + 100_000


async def test_writers_that_are_faster_than_the_disk_wait_for_it(checkpoint: Checkpoint) -> None:
    checkpoint.note_written(3999)
    checkpoint.note_written(1)
    assert checkpoint.is_due


async def test_what_is_said_of_the_disk_is_left_to_the_commit_that_ends_it(
    checkpoint: Checkpoint, writer: sqlite3.Connection
) -> None:
    checkpoint._connection.close()
    checkpoint.note_written(1000)
    await copied(checkpoint)


async def test_under_load_the_write_ahead_log_begins_anew_and_nothing_is_lost(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHECKPOINT_BYTES", 256 * 1024)
    monkeypatch.setattr("hookscope_relay.group_commit.CHECKPOINT_PAGES", 10)
    log = await SqliteLog.open(path)
    content, largest = os.urandom(3000), 0
    for _ in range(60):
        ids = [new_delivery_id(NOW, os.urandom(10)) for _ in range(20)]
        await asyncio.gather(*(log.append("one", name, (content,), at=NOW, owed=False) for name in ids))
        largest = max(largest, path.with_name("log.db-wal").stat().st_size)
    seqs: list[int] = []
    while records := await log.read("one", seqs[-1] if seqs else 0, 500):
        seqs += [record.seq for record in records]
    assert seqs == list(range(1, 1201))
    assert largest < 4_000_000
    await log.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM records").fetchall() == [(1200,)]
