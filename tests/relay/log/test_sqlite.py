"""What is particular to the log on disk: it lives through restarts, kill -9, a full disk;
it tells nobody what it holds."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from factories import NOW, make_delivery, make_key, make_record
from hookscope_relay.delivery import new_delivery_id
from hookscope_relay.errors import CannotWrite, DamagedFile, LogUnavailable
from hookscope_relay.group_commit import GroupCommit
from hookscope_relay.keys.seal import Sealer
from hookscope_relay.log import sqlite as module
from hookscope_relay.log.numbers import BLOCK
from hookscope_relay.log.protocol import Record, Retention
from hookscope_relay.log.sqlite import SqliteLog

PIECE = 256 * 1024


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "relay.db"


@pytest.fixture
async def log(path: Path) -> AsyncIterator[SqliteLog]:
    made = await SqliteLog.open(path)
    yield made
    await made.close()


async def append(log: SqliteLog, *pieces: bytes, endpoint: str = "one") -> Record:
    return await log.append(
        endpoint, new_delivery_id(NOW, os.urandom(10)), pieces or (b"head", b"body"), at=NOW, owed=False
    )


def query(path: Path, statement: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


async def read_all(log: SqliteLog, endpoint: str) -> list[Record]:
    found: list[Record] = []
    while records := await log.read(endpoint, found[-1].seq if found else 0, 100):
        found += records
    return found


async def first_piece(path: Path) -> None:
    """Gives way until a piece of an upload is durable."""
    for _ in iter(lambda: query(path, "SELECT count(*) > 0 FROM pieces"), [(1,)]):
        await asyncio.sleep(0)


def stalled(log: SqliteLog) -> sqlite3.Connection:
    """Another process's transaction: until it ends nothing can be committed."""
    path = log._reading.execute("PRAGMA database_list").fetchone()[2]
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    return other


# Restarts


async def test_everything_is_there_after_a_restart(path: Path) -> None:
    log = await SqliteLog.open(path)
    small, large = await append(log), await append(log, b"head", bytes(PIECE), b"rest")
    await append(log, endpoint="trimmed")
    await log.trim(NOW, Retention(age_s=-1, count=2))
    small, large = await append(log), await append(log, b"head", bytes(PIECE), b"rest")
    record, nonce, epoch = make_record(generation=4), os.urandom(16), log.epoch
    await log.keep_endpoint(record)
    await log.remember_nonce(nonce, NOW)
    await log.close()

    again = await SqliteLog.open(path)
    assert again.epoch == epoch
    assert await again.read("one", 0, 10) == [small, large]
    assert await again.piece("one", 4, 2) == b"rest"
    assert (await again.ends("one"), await again.ends("trimmed")) == ((2, 4), (1, 1))
    assert await again.endpoint(record.id) == record
    assert not await again.remember_nonce(nonce, NOW + 60)
    assert (await append(again)).seq == 5
    assert (await append(again, endpoint="trimmed")).prev == 1
    await again.close()


async def test_a_new_epoch_outlives_a_restart(path: Path) -> None:
    log = await SqliteLog.open(path)
    first, (one, other) = log.epoch, await asyncio.gather(log.new_epoch(), log.new_epoch())
    assert first != one == other
    await log.close()
    again = await SqliteLog.open(path)
    assert again.epoch == one
    await again.close()


CRASHING = """
import asyncio, os, sys
from pathlib import Path
from hookscope_relay.delivery import new_delivery_id
from hookscope_relay.log.sqlite import SqliteLog

async def lane(log, number):
    while True:
        large = number == 0
        body = os.urandom(256 * 1024 if large else 500)
        pieces = (body[:40], *[body] * (12 if large else 1))
        name = new_delivery_id(0, os.urandom(10))
        record = await log.append(f"endpoint{number % 3}", name, pieces, at=0.0, owed=False)
        os.write(1, f"endpoint{number % 3} {record.seq} {name}\\n".encode())

async def main():
    log = await SqliteLog.open(Path(sys.argv[1]))
    await asyncio.gather(*(lane(log, number) for number in range(8)))

asyncio.run(main())
"""


def acknowledged_until_killed(path: Path, lines: int) -> dict[tuple[str, int], str]:
    """Append in a child process, and kill it (-9) after so many acknowledgements; all that it acknowledged."""
    with subprocess.Popen([sys.executable, "-c", CRASHING, str(path)], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        said = [child.stdout.readline() for _ in range(lines)]
        child.kill()
        said += child.stdout.readlines()
    whole = [line.decode().split() for line in said if line.endswith(b"\n")]
    return {(endpoint, int(seq)): name for endpoint, seq, name in whole}


async def test_what_was_acknowledged_is_kept_over_kill_9_and_what_was_torn_is_not_seen(path: Path) -> None:
    chance = random.Random(7)
    acknowledged: dict[tuple[str, int], str] = {}
    for _ in range(5):
        said = acknowledged_until_killed(path, chance.randrange(1, 400))
        assert not said.keys() & acknowledged.keys()
        acknowledged |= said
    log = await SqliteLog.open(path)
    for endpoint in ("endpoint0", "endpoint1", "endpoint2"):
        records = await read_all(log, endpoint)
        # After a kill the numbers go on behind all that may have left: a hole, but never the same one twice.
        assert [record.prev for record in records] == [0, *(record.seq for record in records)][:-1]
        own = {seq: name for (name_of, seq), name in acknowledged.items() if name_of == endpoint}
        assert own.items() <= {record.seq: record.delivery_id for record in records}.items()
        for record in records:
            pieces = [await log.piece(endpoint, record.seq, number) for number in range(record.pieces)]
            assert sum(map(len, pieces)) == record.size
            assert all(piece.startswith(pieces[0]) for piece in pieces)
    await log.close()
    orphans = "SELECT count(*) FROM pieces WHERE upload NOT IN (SELECT upload FROM records WHERE upload IS NOT NULL)"
    assert query(path, orphans) == [(0,)]
    assert query(path, "PRAGMA integrity_check") == [("ok",)]


# Uploads


async def test_a_large_delivery_is_not_seen_before_it_is_whole(log: SqliteLog, path: Path) -> None:
    upload = asyncio.ensure_future(append(log, b"head", *[bytes(PIECE)] * 40))
    await first_piece(path)
    assert await log.read("one", 0, 10) == ()
    assert await log.ends("one") == (0, 0)
    assert not upload.done()
    assert (await upload).seq == 1


async def test_a_small_delivery_overtakes_a_large_one(log: SqliteLog) -> None:
    upload = asyncio.ensure_future(append(log, b"head", *[bytes(PIECE)] * 60))
    await asyncio.sleep(0)
    assert (await append(log)).seq == 1
    assert (await upload).seq == 2


async def test_an_upload_whose_caller_went_leaves_nothing(log: SqliteLog, path: Path) -> None:
    upload = asyncio.ensure_future(append(log, b"head", *[bytes(PIECE)] * 40))
    await first_piece(path)
    upload.cancel()
    with pytest.raises(asyncio.CancelledError):
        await upload
    assert (await append(log)).seq == 1
    assert query(path, "SELECT count(*) FROM pieces") == [(0,)]


async def test_an_upload_whose_pieces_were_swept_by_another_process_is_not_kept(log: SqliteLog, path: Path) -> None:
    other = stalled(log)
    upload = asyncio.ensure_future(append(log, b"head", *[bytes(PIECE)] * 5))
    await asyncio.sleep(0)
    other.execute("COMMIT")
    await first_piece(path)
    other.execute("DELETE FROM pieces")
    other.close()
    with pytest.raises(LogUnavailable, match="gone"):
        await upload
    assert await log.ends("one") == (0, 0)


async def test_a_cancelled_caller_does_not_lose_what_was_committed(log: SqliteLog) -> None:
    other = stalled(log)
    waiting = asyncio.ensure_future(append(log))
    await asyncio.sleep(0)
    waiting.cancel()
    other.execute("ROLLBACK")
    other.close()
    assert (await append(log)).prev == 1
    assert [record.seq for record in await log.read("one", 0, 10)] == [1, 2]


# Failure


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch) -> list[sqlite3.Connection]:
    """The writer's connection of the logs that are opened."""
    found: list[sqlite3.Connection] = []

    def commits(connection: sqlite3.Connection, **keywords: str) -> GroupCommit:
        found.append(connection)
        return GroupCommit(connection, name=keywords["name"])

    monkeypatch.setattr(module, "GroupCommit", commits)
    monkeypatch.setattr(module, "READY_KEPT_S", 0.0)
    return found


@pytest.mark.parametrize("pieces", [(b"x" * 100_000,), (b"head", *[bytes(PIECE)] * 9)], ids=["small", "large"])
async def test_a_full_disk_refuses_until_there_is_room(
    handle: list[sqlite3.Connection], log: SqliteLog, path: Path, pieces: tuple[bytes, ...]
) -> None:
    kept = [await append(log) for _ in range(20)]
    handle[0].execute("PRAGMA max_page_count = 30")
    refused = 0
    for _ in range(10):
        try:
            kept.append(await append(log, *pieces))
        except LogUnavailable as error:
            assert "full" in str(error)
            refused += 1
    assert refused >= 9
    assert [record.seq for record in await log.read("one", 0, 100)] == [record.seq for record in kept]
    handle[0].execute("PRAGMA max_page_count = 100000")
    again = await append(log, *pieces)
    assert again.seq > again.prev == kept[-1].seq
    assert query(path, "SELECT count(DISTINCT upload) FROM pieces") == [(1 if len(pieces) > 1 else 0,)]


async def test_an_upload_that_could_not_be_undone_is_dropped_by_the_next_trim(
    handle: list[sqlite3.Connection], log: SqliteLog, path: Path
) -> None:
    upload = asyncio.ensure_future(append(log, b"head", *[bytes(PIECE)] * 20))
    await first_piece(path)
    handle[0].execute("PRAGMA query_only = ON")
    with pytest.raises(LogUnavailable):
        await upload
    # Works keep their order: when this one has failed, so has the undoing.
    with pytest.raises(LogUnavailable):
        await append(log)
    handle[0].execute("PRAGMA query_only = OFF")
    await append(log)
    assert query(path, "SELECT count(*) > 0 FROM pieces") == [(1,)]
    await log.trim(NOW, Retention())
    while query(path, "SELECT count(*) FROM pieces") != [(0,)]:
        await append(log)
    (first,) = await log.read("one", 0, 1)
    assert (first.seq, first.prev) == (2, 0)


async def test_readiness_tells_whether_a_delivery_would_fit(handle: list[sqlite3.Connection], log: SqliteLog) -> None:
    answers = [await log.ready()]
    handle[0].execute("VACUUM")
    ((pages,),) = handle[0].execute("PRAGMA page_count").fetchall()
    for pragma in ("query_only = ON", "query_only = OFF", f"max_page_count = {pages}", "max_page_count = 100000"):
        handle[0].execute(f"PRAGMA {pragma}")
        answers.append(await log.ready())
        handle[0].execute("PRAGMA query_only = OFF")
        handle[0].execute("VACUUM")
    assert answers == [True, False, True, False, True]


async def test_readiness_is_asked_of_the_disk_at_most_once_a_second(log: SqliteLog, path: Path) -> None:
    def written() -> int:
        return path.with_name("relay.db-wal").stat().st_size

    assert await log.ready()
    before = written()
    assert all(await asyncio.gather(*(log.ready() for _ in range(50))))
    assert written() == before


async def test_a_read_only_database_refuses_and_recovers(handle: list[sqlite3.Connection], log: SqliteLog) -> None:
    record, nonce = make_record(), os.urandom(16)
    handle[0].execute("PRAGMA query_only = ON")
    for refused in (append(log), log.keep_endpoint(record), log.remember_nonce(nonce, NOW), log.new_epoch()):
        with pytest.raises(LogUnavailable, match="readonly"):
            await refused
    assert await log.endpoint(record.id) is None
    assert await log.read("one", 0, 10) == ()
    handle[0].execute("PRAGMA query_only = OFF")
    assert ((again := await append(log)).seq, again.prev) == (2, 0)
    assert await log.remember_nonce(nonce, NOW)


# Ahead of the commit


def begin(log: SqliteLog, told: list[Exception | None], endpoint: str = "one") -> int:
    name = new_delivery_id(NOW, os.urandom(10))
    return log.begin(endpoint, name, (b"head", b"body"), at=NOW, owed=False, kept=told.append)


async def told_of(told: list[Exception | None], count: int) -> None:
    async with asyncio.timeout(10):
        while len(told) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.001)


async def test_a_record_is_seen_before_it_is_kept_once_its_number_is_reserved(log: SqliteLog) -> None:
    await append(log)
    told: list[Any] = []
    other = stalled(log)
    assert begin(log, told) == 2
    assert [record.seq for record in log.recent("one", 1, 10) or ()] == [2]
    assert told == []
    other.execute("ROLLBACK")
    other.close()
    await told_of(told, 1)
    assert told == [None]


async def test_the_first_number_of_an_endpoint_does_not_leave_before_it_is_reserved(log: SqliteLog, path: Path) -> None:
    told: list[Any] = []
    other = stalled(log)
    assert (begin(log, told), begin(log, told)) == (1, 2)
    assert log.recent("one", 0, 10) == ()
    other.execute("ROLLBACK")
    other.close()
    await told_of(told, 2)
    assert query(path, "SELECT newest, reserved FROM heads") == [(2, 1 + BLOCK)]
    assert [(record.seq, record.prev) for record in log.recent("one", 0, 10) or ()] == [(1, 0), (2, 1)]


async def test_what_left_and_was_not_kept_leaves_a_hole_and_nothing_leaves_early_until_the_disk_is_well(
    handle: list[sqlite3.Connection], log: SqliteLog
) -> None:
    await append(log)
    told: list[Exception | None] = []
    handle[0].execute("PRAGMA query_only = ON")
    begin(log, told)
    await told_of(told, 1)
    assert isinstance(told[0], LogUnavailable)
    begin(log, told)
    assert list(log.recent("one", 1, 10) or await log.read("one", 1, 10)) == []
    await told_of(told, 2)
    handle[0].execute("PRAGMA query_only = OFF")
    kept = await append(log)
    assert (kept.seq, kept.prev) == (4, 1)
    begin(log, told)
    assert [(record.seq, record.prev) for record in log.recent("one", 4, 10) or ()] == [(5, 4)]
    await told_of(told, 3)
    assert [record.seq for record in await read_all(log, "one")] == [1, 4, 5]


async def test_only_what_is_owed_and_what_reserves_numbers_is_synced(
    handle: list[sqlite3.Connection], log: SqliteLog
) -> None:
    statements: list[str] = []
    await append(log)
    handle[0].set_trace_callback(lambda said: statements.append(said) if "synchronous" in said else None)
    for owed in (False, False, True, False):
        await log.append("one", new_delivery_id(NOW, os.urandom(10)), (b"head",), at=NOW, owed=owed)
    assert statements == [f"PRAGMA synchronous = {how}" for how in ("NORMAL", "FULL", "NORMAL")]


async def test_no_number_that_may_have_left_is_given_again(path: Path) -> None:
    log = await SqliteLog.open(path)
    await append(log)
    copy = path.with_name("copy.db")
    log._reading.execute("VACUUM INTO ?", (str(copy),))
    await log.close()
    assert query(path, "SELECT newest, reserved FROM heads") == [(1, 1)]
    crashed = await SqliteLog.open(copy)
    assert crashed.given("one") == 1 + BLOCK
    after = await append(crashed)
    assert (after.seq, after.prev) == (2 + BLOCK, 1)
    await crashed.close()


# The file


async def test_only_its_owner_can_read_the_log(log: SqliteLog, path: Path) -> None:
    await append(log)
    modes = {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in path.parent.iterdir()}
    assert modes == {"relay.db": 0o600, "relay.db-wal": 0o600, "relay.db-shm": 0o600}


async def test_closing_leaves_one_file(path: Path) -> None:
    log = await SqliteLog.open(path)
    await append(log)
    await log.ends("one")
    await log.close()
    assert [entry.name for entry in path.parent.iterdir()] == ["relay.db"]


async def test_nothing_of_a_delivery_can_be_read_in_the_files(log: SqliteLog, path: Path) -> None:
    planted = "canary-4711-in-the-coal-mine"
    key = make_key()
    for size in (1, 20_000):
        delivery = make_delivery(
            target=f"/{planted}",
            headers=((planted, planted),),
            body=planted.encode() * size,
            url=f"https://{planted}",
            remote=planted,
        )
        pieces = Sealer().seal(delivery, key.id, key.seal, 0.0)
        await log.append(key.id, delivery.id, pieces, at=NOW, owed=True)
    await log.keep_endpoint(make_record(key))
    files = [entry.read_bytes() for entry in path.parent.iterdir()]
    assert sum(map(len, files)) > 500_000
    assert not [None for content in files if planted.encode() in content]
    assert [None for content in files if key.id.encode() in content]


def make_newer(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()


def drop_epoch(path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("DELETE FROM log")
    connection.close()


def overwrite(path: Path) -> None:
    path.write_bytes(b"not a database at all" * 1000)


@pytest.mark.parametrize(
    ("harm", "says"), [(make_newer, "version 99"), (drop_epoch, "epoch"), (overwrite, "not a sound database")]
)
async def test_a_newer_or_damaged_log_is_refused(path: Path, harm: object, says: str) -> None:
    await (await SqliteLog.open(path)).close()
    assert callable(harm)
    harm(path)
    before = path.read_bytes()
    with pytest.raises(DamagedFile, match=says) as caught:
        await SqliteLog.open(path)
    assert str(path) in caught.value.what
    assert path.read_bytes() == before


async def test_a_log_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotWrite):
        await SqliteLog.open(tmp_path / "file" / "relay.db")


# The tail


@pytest.fixture
def counted(log: SqliteLog) -> Iterator[list[str]]:
    statements: list[str] = []
    log._reading.set_trace_callback(statements.append)
    yield statements
    log._reading.set_trace_callback(None)


async def test_a_live_reader_reads_nothing_from_the_disk(log: SqliteLog, counted: list[str]) -> None:
    for number in range(1, 101):
        await append(log)
        assert [record.seq for record in await log.read("one", number - 1, 64)] == [number]
        assert await log.read("one", number, 64) == ()
    assert counted == []


async def test_a_reader_from_before_the_restart_reads_the_disk_and_then_no_more(path: Path) -> None:
    first = await SqliteLog.open(path)
    for _ in range(3):
        await append(first)
    await first.close()
    log = await SqliteLog.open(path)
    await append(log)
    assert [record.seq for record in await log.read("one", 0, 2)] == [1, 2]
    assert [record.seq for record in await log.read("one", 2, 10)] == [3, 4]
    assert await log.read("one", 4, 10) == ()
    await log.close()
