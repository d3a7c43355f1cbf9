"""What every log must hold to, the same tests for each."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from factories import NOW, make_key, make_record
from hookscope_relay.delivery import new_delivery_id
from hookscope_relay.errors import LogUnavailable
from hookscope_relay.log.memory import MemoryLog
from hookscope_relay.log.nats.log import NatsLog
from hookscope_relay.log.protocol import INLINE_BYTES, READ_BYTES, TRIM_AT_ONCE, Log, Record, Retention, inline_pieces
from hookscope_relay.log.sqlite import SqliteLog
from nats_servers import SMALL, NatsServer, nats_settings, open_log

KEEP_ALL = Retention(age_s=1e9, count=10**9, bytes=10**12, total_bytes=10**12)
PIECE = 256 * 1024


@pytest.fixture(params=["memory", "sqlite", "sqlite without a tail", "nats"])
async def log(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Log]:
    if request.param == "sqlite without a tail":
        monkeypatch.setattr("hookscope_relay.log.sqlite.TAIL_BYTES", 0)
    made: Log
    if request.param == "memory":
        made = MemoryLog()
    elif request.param == "nats":
        made = await open_log(request.getfixturevalue("nats"), tmp_path / "journal.db")
    else:
        made = await SqliteLog.open(tmp_path / "relay.db")
    yield made
    await made.close()


async def append(
    log: Log, endpoint: str = "one", pieces: tuple[bytes, ...] = (b"head", b"body"), at: float = NOW
) -> Record:
    return await log.append(endpoint, new_delivery_id(at, os.urandom(10)), pieces, at=at, owed=False)


async def append_many(log: Log, count: int, endpoint: str = "one", size: int = 100) -> list[Record]:
    return [await append(log, endpoint, (bytes(size),)) for _ in range(count)]


async def read_all(log: Log, endpoint: str = "one", after: int = 0) -> list[Record]:
    found: list[Record] = []
    while records := await log.read(endpoint, found[-1].seq if found else after, 7):
        found += records
    return found


async def seqs(log: Log, endpoint: str = "one") -> list[int]:
    return [record.seq for record in await read_all(log, endpoint)]


# Appending and reading


async def test_a_record_says_what_was_appended(log: Log) -> None:
    kept = await log.append("one", "01k0000000000000000000000a", (b"head", b"body"), at=12.5, owed=True)
    expected = Record(1, 0, "01k0000000000000000000000a", 12.5, True, 2, 8, (b"head", b"body"))
    assert kept == expected
    assert list(await log.read("one", 0, 10)) == [expected]


async def test_seqs_grow_by_endpoint_and_name_the_one_before(log: Log) -> None:
    order = ["one", "two", "one", "one", "two"]
    kept = [await append(log, name) for name in order]
    for endpoint in ("one", "two"):
        of_it = [record for record, name in zip(kept, order, strict=True) if name == endpoint]
        assert [record.prev for record in of_it] == [0, *(record.seq for record in of_it[:-1])]
        assert [record.seq for record in of_it] == sorted({record.seq for record in of_it})
        assert await read_all(log, endpoint) == of_it


@pytest.mark.parametrize(
    ("after", "limit", "expected"),
    [(0, 3, [1, 2, 3]), (0, 100, [*range(1, 11)]), (7, 100, [8, 9, 10]), (9, 1, [10]), (10, 100, []), (99, 100, [])],
)
async def test_a_read_begins_behind_its_cursor_and_ends_at_its_limit(
    log: Log, after: int, limit: int, expected: list[int]
) -> None:
    await append_many(log, 10)
    assert [record.seq for record in await log.read("one", after, limit)] == expected


async def test_an_endpoint_without_deliveries_reads_as_empty(log: Log) -> None:
    await append(log, "other")
    assert list(await log.read("one", 0, 10)) == []
    assert await log.ends("one") == (0, 0)


async def test_a_thousand_appends_at_once_keep_their_order(log: Log) -> None:
    ids = [new_delivery_id(NOW, number.to_bytes(10, "big")) for number in range(1000)]
    kept = await asyncio.gather(*(log.append("one", one, (b"x",), at=NOW, owed=False) for one in ids))
    assert [record.seq for record in kept] == list(range(1, 1001))
    read = await read_all(log)
    assert [record.delivery_id for record in read] == ids
    assert [record.prev for record in read] == list(range(1000))


async def test_a_reader_beside_writers_misses_nothing(log: Log) -> None:
    """It reads again whenever an append has returned, as the hub does."""
    seen: list[int] = []
    rung = asyncio.Event()

    async def write(endpoint: str) -> None:
        for number in range(50):
            await append(log, endpoint, (b"h", bytes(PIECE), b"t") if number % 10 == 0 else (b"h",))
            rung.set()

    async def follow() -> None:
        while len(seen) < 150:
            await rung.wait()
            rung.clear()
            while records := await log.read("one", seen[-1] if seen else 0, 7):
                assert records[0].prev == (seen[-1] if seen else 0)
                seen.extend(record.seq for record in records)

    async with asyncio.timeout(20):
        await asyncio.gather(follow(), *(write("one") for _ in range(3)), write("two"))
    assert seen == await seqs(log, "one")
    assert len(set(seen)) == 150


# Pieces


@pytest.mark.parametrize(
    ("lengths", "inline"),
    [
        ((0,), 1),
        ((50,), 1),
        ((50, 1), 2),
        ((50, PIECE), 1),
        ((INLINE_BYTES - 10, 10), 2),
        ((INLINE_BYTES - 10, 11), 1),
        ((INLINE_BYTES * 2,), 1),
        ((50, 10, 10), 1),
        ((50, PIECE, PIECE, 7), 1),
        ((50, *[PIECE] * 20, 7), 1),
    ],
)
async def test_every_piece_comes_back_and_small_ones_travel_inline(
    log: Log, lengths: tuple[int, ...], inline: int
) -> None:
    pieces = tuple(os.urandom(length) for length in lengths)
    kept = await append(log, pieces=pieces)
    assert (kept.pieces, kept.size) == (len(pieces), sum(lengths))
    assert kept.inline == inline_pieces(pieces) if len(pieces[0]) <= INLINE_BYTES else pieces[:1]
    assert len(kept.inline) == inline
    assert list(await log.read("one", 0, 1)) == [kept]
    assert tuple([await log.piece("one", 1, number) for number in range(len(pieces))]) == pieces


@pytest.mark.parametrize(
    ("endpoint", "seq", "number"),
    [("one", 1, 2), ("one", 1, -1), ("one", 2, 3), ("one", 3, 0), ("one", 0, 0), ("two", 1, 0)],
)
async def test_a_piece_that_is_not_kept_is_unavailable(log: Log, endpoint: str, seq: int, number: int) -> None:
    await append(log)
    await append(log, pieces=(b"head", b"b", b"c"))
    with pytest.raises(LogUnavailable):
        await log.piece(endpoint, seq, number)


async def test_a_delivery_without_pieces_is_a_mistake_of_the_caller(log: Log) -> None:
    with pytest.raises(ValueError, match="at least one piece"):
        await append(log, pieces=())
    assert await log.ends("one") == (0, 0)


async def test_a_read_is_bounded_in_bytes_and_still_gets_on(log: Log) -> None:
    for _ in range(40):
        await append(log, pieces=(bytes(PIECE),))
    read = await log.read("one", 0, 1000)
    assert READ_BYTES <= sum(record.size for record in read) < READ_BYTES + PIECE
    assert await seqs(log) == list(range(1, 41))


# Trimming


async def test_trimming_keeps_exactly_the_newest(log: Log) -> None:
    kept = await append_many(log, 100, "one")
    few = await append_many(log, 5, "two")
    assert await log.trim(NOW, replace(KEEP_ALL, count=10)) == 90
    assert await read_all(log, "one") == kept[-10:]
    assert await read_all(log, "two") == few
    assert await log.trim(NOW, replace(KEEP_ALL, count=10)) == 0


async def test_trimming_by_bytes_keeps_the_newest_that_fit(log: Log) -> None:
    for size in (300, 100, 100, 100, 250):
        await append(log, pieces=(bytes(size),))
    assert await log.trim(NOW, replace(KEEP_ALL, bytes=500)) == 2
    assert await seqs(log) == [3, 4, 5]


async def test_trimming_by_age_goes_by_when_a_delivery_came(log: Log) -> None:
    for age in (300, 50, 40, 20, 10):
        await append(log, at=NOW - age)
    assert await log.trim(NOW, replace(KEEP_ALL, age_s=45)) == 2
    assert await seqs(log) == [3, 4, 5]
    assert [record.prev for record in await read_all(log)] == [2, 3, 4]


async def test_what_is_out_of_age_may_stay_while_one_before_it_stays(log: Log) -> None:
    """Nodes whose clocks differ, or that kept a delivery for a while, bring them in out of that order."""
    for age in (50, 40, 300, 20, 10):
        await append(log, at=NOW - age)
    dropped = await log.trim(NOW, replace(KEEP_ALL, age_s=45))
    left = [2, 3, 4, 5] if isinstance(log, NatsLog) else [2, 4, 5]
    assert (dropped, await seqs(log)) == (5 - len(left), left)
    assert [record.prev for record in await read_all(log)] == ([1, 2, 3, 4] if isinstance(log, NatsLog) else [1, 3, 4])
    await log.trim(NOW, replace(KEEP_ALL, age_s=35))
    assert await seqs(log) == [4, 5]


async def test_where_the_whole_log_is_too_large_the_endpoint_with_most_gives_first(log: Log) -> None:
    quiet = await append_many(log, 3, "quiet")
    loud = await append_many(log, 50, "loud")
    middling = await append_many(log, 10, "middling")
    assert await log.trim(NOW, replace(KEEP_ALL, total_bytes=2300)) == 40
    assert await read_all(log, "quiet") == quiet
    assert await read_all(log, "middling") == middling
    assert await read_all(log, "loud") == loud[40:]
    assert await log.trim(NOW, replace(KEEP_ALL, total_bytes=1100)) == 12
    left = {name: len(await seqs(log, name)) for name in ("quiet", "loud", "middling")}
    assert left == {"quiet": 3, "loud": 4, "middling": 4}


async def test_trimming_does_a_bounded_part_at_a_time(log: Log) -> None:
    await asyncio.gather(*(append(log) for _ in range(TRIM_AT_ONCE + 500)))
    first = await log.trim(NOW, replace(KEEP_ALL, count=1))
    assert TRIM_AT_ONCE <= first < TRIM_AT_ONCE + 100
    assert first + await log.trim(NOW, replace(KEEP_ALL, count=1)) == TRIM_AT_ONCE + 499


async def test_the_gap_after_trimming_can_be_seen(log: Log) -> None:
    await append_many(log, 10)
    assert await log.ends("one") == (0, 10)
    await log.trim(NOW, replace(KEEP_ALL, count=3))
    assert await log.ends("one") == (7, 10)
    assert (await log.read("one", 2, 1))[0].prev == 7


async def test_the_newest_seq_survives_trimming(log: Log) -> None:
    await append_many(log, 10)
    await log.trim(NOW, replace(KEEP_ALL, count=0))
    assert await log.ends("one") == (10, 10)
    assert list(await log.read("one", 0, 10)) == []
    after = await append(log)
    assert (after.seq, after.prev) == (11, 10)
    assert await log.ends("one") == (10, 11)
    assert await seqs(log) == [11]


async def test_a_large_delivery_goes_with_its_pieces(log: Log) -> None:
    await append(log, pieces=(b"head", bytes(PIECE), bytes(PIECE)))
    await append(log)
    assert await log.trim(NOW, replace(KEEP_ALL, count=1)) == 1
    with pytest.raises(LogUnavailable):
        await log.piece("one", 1, 1)
    assert await log.piece("one", 2, 1) == b"body"


# Epoch, endpoints, nonces


async def test_an_epoch_is_eight_bytes_in_hex_and_a_new_one_differs(log: Log) -> None:
    first = log.epoch
    assert len(bytes.fromhex(first)) == 8
    await append(log)
    second = await log.new_epoch()
    assert second == log.epoch != first
    assert await seqs(log) == [1]
    assert (await append(log)).seq == 2


async def test_an_endpoint_is_as_it_was_last_kept(log: Log) -> None:
    record = make_record(make_key(1), away="refuse", away_status=200)
    assert await log.endpoint(record.id) is None
    await log.keep_endpoint(record)
    assert await log.endpoint(record.id) == record
    changed = replace(record, seal=bytes(32), generation=3, away="store", used_at=NOW + 9, statement=b"signed")
    await log.keep_endpoint(changed)
    assert await log.endpoint(record.id) == changed
    assert await log.endpoints() == 1


async def test_an_older_generation_changes_nothing(log: Log) -> None:
    newer = make_record(generation=2)
    await log.keep_endpoint(newer)
    await log.keep_endpoint(replace(newer, key=bytes(32), generation=1))
    assert await log.endpoint(newer.id) == newer
    same = replace(newer, used_at=NOW + 5)
    await log.keep_endpoint(same)
    assert await log.endpoint(newer.id) == same


async def test_an_endpoint_is_forgotten_when_it_is_empty_and_unused(log: Log) -> None:
    empty, holding, emptied, used = (make_record(make_key(seed)) for seed in range(1, 5))
    for record in (empty, holding, emptied, replace(used, used_at=NOW + 10)):
        await log.keep_endpoint(record)
    await append(log, holding.id)
    gone = await append(log, emptied.id, at=NOW - 100)
    await log.trim(NOW, replace(KEEP_ALL, age_s=50))
    assert await log.forget_unused(NOW + 1) == 2
    known = [record.id for record in (empty, holding, emptied, used) if await log.endpoint(record.id)]
    assert known == [holding.id, used.id]
    assert await log.endpoints() == 2
    await log.keep_endpoint(emptied)
    assert (await append(log, emptied.id)).seq > gone.seq


async def test_a_nonce_is_good_once_within_its_time(log: Log) -> None:
    first, second = os.urandom(16), os.urandom(16)
    assert await log.remember_nonce(first, NOW)
    assert not await log.remember_nonce(first, NOW + 1)
    assert await log.remember_nonce(second, NOW + 119)
    assert not await log.remember_nonce(first, NOW + 119)
    assert await log.remember_nonce(first, NOW + 121)
    assert not await log.remember_nonce(second, NOW + 121)


async def test_of_one_nonce_used_at_once_only_one_is_good(log: Log) -> None:
    nonce = os.urandom(16)
    assert sorted(await asyncio.gather(*(log.remember_nonce(nonce, NOW) for _ in range(20)))) == [False] * 19 + [True]


# The end


async def test_an_open_log_is_ready_and_a_closed_one_is_not(log: Log) -> None:
    assert await log.ready()
    await log.close()
    await log.close()
    assert not await log.ready()


@pytest.mark.parametrize("pieces", [(b"small",), (b"head", b"b", b"c")], ids=["small", "large"])
async def test_a_closed_log_keeps_nothing(log: Log, pieces: tuple[bytes, ...]) -> None:
    await log.close()
    with pytest.raises(LogUnavailable):
        await append(log, pieces=pieces)
    with pytest.raises(LogUnavailable):
        await log.keep_endpoint(make_record())
    with pytest.raises(LogUnavailable):
        await log.ends("one")


async def test_a_new_log_says_since_when_it_remembers(log: Log) -> None:
    assert log.began_at is not None
    assert 0 <= time.monotonic() - log.began_at < 60


@pytest.mark.parametrize("kind", ["sqlite", "nats"])
async def test_a_log_that_lasts_remembers_what_an_earlier_process_did(
    kind: str, tmp_path: Path, nats: NatsServer
) -> None:
    settings = nats_settings(nats, tmp_path / "journal.db")
    for expected in (False, True):
        opened: Log = await (
            SqliteLog.open(tmp_path / "relay.db") if kind == "sqlite" else NatsLog.open(settings, SMALL)
        )
        assert (opened.began_at is None) is expected
        await opened.close()
