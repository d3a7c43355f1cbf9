"""The log on disk: SQLite in WAL mode, written by group commit, read by a thread beside the event loop.

The newest records are also held in memory, within a bound, so that live traffic reads nothing from the disk.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from hookscope_relay.commits import GroupCommit, StorageFailed, open_database
from hookscope_relay.errors import LogUnavailable
from hookscope_relay.log.protocol import inline_pieces as inline_of
from hookscope_relay.log.protocol import EndpointRecord, Record, Retention

APPLICATION = "hksl"
TAIL_BYTES = 16 * 1024 * 1024
TRIM_AT_ONCE = 500

MIGRATIONS = (
    """
    CREATE TABLE log (epoch TEXT NOT NULL);
    CREATE TABLE heads (endpoint TEXT PRIMARY KEY, newest INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE records (
        endpoint TEXT NOT NULL, seq INTEGER NOT NULL, prev INTEGER NOT NULL, delivery_id TEXT NOT NULL, at REAL NOT NULL,
        owed INTEGER NOT NULL, pieces INTEGER NOT NULL, size INTEGER NOT NULL, UNIQUE (endpoint, seq)
    );
    CREATE INDEX records_by_time ON records (at);
    CREATE TABLE pieces (delivery_id TEXT NOT NULL, number INTEGER NOT NULL, content BLOB NOT NULL, UNIQUE (delivery_id, number));
    CREATE TABLE endpoints (
        id TEXT PRIMARY KEY, key BLOB NOT NULL, seal BLOB NOT NULL, generation INTEGER NOT NULL, away TEXT NOT NULL,
        away_status INTEGER NOT NULL, opened_at REAL NOT NULL, used_at REAL NOT NULL, statement BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE nonces (nonce BLOB PRIMARY KEY, until REAL NOT NULL) WITHOUT ROWID;
    """,
)

T = TypeVar("T")

COLUMNS = "seq, prev, delivery_id, at, owed, pieces, size"


class SqliteLog:
    """A log in one database file; `open` one, `close` it in the end. For one process at a time."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self.epoch = _load_epoch(connection)
        self._endpoints = _load_endpoints(connection)
        self._sweep(connection)
        self._commits = GroupCommit(connection, "hookscope-log")
        self._reader = ThreadPoolExecutor(1, "hookscope-log-reader")
        self._local = threading.local()
        self._tail = _Tail(TAIL_BYTES)

    @classmethod
    async def open(cls, path: Path) -> SqliteLog:
        """The log in a file, made if there is none; raises `CannotWrite` or `DamagedFile`."""
        return cls(path, await asyncio.to_thread(open_database, path, MIGRATIONS, application=APPLICATION))

    async def append(
        self, endpoint: str, delivery_id: str, pieces: Sequence[bytes], *, at: float, owed: bool
    ) -> Record:
        inline = inline_of(pieces)
        size = sum(map(len, pieces))
        rest: list[Awaitable[None]] = [
            self._write(_insert_piece(delivery_id, number, pieces[number]), len(pieces[number]))
            for number in range(len(inline), len(pieces))
        ]
        if rest:
            await _all_of(rest)

        def add_head(connection: sqlite3.Connection) -> Record:
            row = connection.execute("SELECT newest FROM heads WHERE endpoint = ?", (endpoint,)).fetchone()
            prev = row[0] if row else 0
            record = Record(
                seq=prev + 1,
                prev=prev,
                delivery_id=delivery_id,
                at=at,
                owed=owed,
                pieces=len(pieces),
                size=size,
                inline=inline,
            )
            for number, content in enumerate(inline):
                _insert_piece(delivery_id, number, content)(connection)
            connection.execute(
                "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (endpoint, record.seq, prev, delivery_id, at, owed, len(pieces), size),
            )
            connection.execute("INSERT OR REPLACE INTO heads VALUES (?, ?)", (endpoint, record.seq))
            return record

        record = await self._write(add_head, sum(map(len, inline)))
        self._tail.add(endpoint, record)
        return record

    async def read(self, endpoint: str, after: int, limit: int) -> Sequence[Record]:
        if (records := self._tail.after(endpoint, after, limit)) is not None:
            return records
        return await self._read(lambda connection: _read_records(connection, endpoint, after, limit))

    async def piece(self, endpoint: str, seq: int, number: int) -> bytes:
        def look_up(connection: sqlite3.Connection) -> bytes | None:
            query = "SELECT content FROM pieces JOIN records USING (delivery_id) WHERE endpoint = ? AND seq = ? AND number = ?"
            row = connection.execute(query, (endpoint, seq, number)).fetchone()
            return bytes(row[0]) if row else None

        content = await self._read(look_up)
        if content is None:
            raise LogUnavailable(f"piece {number} of delivery {seq} is no longer kept")
        return content

    async def ends(self, endpoint: str) -> tuple[int, int]:
        def look_up(connection: sqlite3.Connection) -> tuple[int, int]:
            head = connection.execute("SELECT newest FROM heads WHERE endpoint = ?", (endpoint,)).fetchone()
            newest = head[0] if head else 0
            query = "SELECT prev FROM records WHERE endpoint = ? ORDER BY seq LIMIT 1"
            oldest = connection.execute(query, (endpoint,)).fetchone()
            return (oldest[0] if oldest else newest), newest

        return await self._read(look_up)

    async def new_epoch(self) -> str:
        epoch = os.urandom(8).hex()
        await self._write(lambda connection: connection.execute("UPDATE log SET epoch = ?", (epoch,)))
        self.epoch = epoch
        return epoch

    async def endpoint(self, endpoint: str) -> EndpointRecord | None:
        return self._endpoints.get(endpoint)

    async def keep_endpoint(self, record: EndpointRecord) -> None:
        values = [getattr(record, name) for name in EndpointRecord.__slots__]
        await self._write(
            lambda connection: connection.execute(
                "INSERT OR REPLACE INTO endpoints VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values
            )
        )
        self._endpoints[record.id] = record

    async def forget_unused(self, before: float) -> int:
        query = (
            "DELETE FROM endpoints WHERE used_at < ? AND id NOT IN (SELECT DISTINCT endpoint FROM records) RETURNING id"
        )
        names = await self._write(lambda connection: connection.execute(query, (before,)).fetchall())
        for (name,) in names:
            self._endpoints.pop(name, None)
        return len(names)

    async def remember_nonce(self, nonce: bytes, now: float, keep_s: float) -> bool:
        def note(connection: sqlite3.Connection) -> bool:
            connection.execute("DELETE FROM nonces WHERE until <= ?", (now,))
            return connection.execute("INSERT OR IGNORE INTO nonces VALUES (?, ?)", (nonce, now + keep_s)).rowcount == 1

        return await self._write(note)

    async def trim(self, now: float, retention: Retention) -> int:
        dropped = await self._write(lambda connection: _trim(connection, now, retention))
        self._tail.forget(dropped)
        return len(dropped)

    async def ready(self) -> bool:
        try:
            await self._write(lambda connection: connection.execute("UPDATE log SET epoch = epoch"))
        except LogUnavailable:
            return False
        return True

    async def close(self) -> None:
        await asyncio.to_thread(self._commits.close)
        self._reader.submit(self._close_reader).result()
        self._reader.shutdown()

    async def _write(self, work: Callable[[sqlite3.Connection], T], weight: int = 0) -> T:
        try:
            return await self._commits.run(work, weight)
        except StorageFailed as error:
            raise LogUnavailable(str(error)) from None

    async def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._reader, lambda: work(self._read_connection()))
        except (sqlite3.Error, RuntimeError) as error:
            raise LogUnavailable(type(error).__name__) from None

    def _read_connection(self) -> sqlite3.Connection:
        if not hasattr(self._local, "connection"):
            uri = f"{self._path.absolute().as_uri()}?mode=ro"
            self._local.connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=5)
        connection: sqlite3.Connection = self._local.connection
        return connection

    def _close_reader(self) -> None:
        if hasattr(self._local, "connection"):
            self._local.connection.close()

    @staticmethod
    def _sweep(connection: sqlite3.Connection) -> None:
        """Pieces without a head are what a crash left of an upload."""
        connection.execute("DELETE FROM pieces WHERE delivery_id NOT IN (SELECT delivery_id FROM records)")


class _Tail:
    """The newest records of each endpoint, together within so many bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._records: OrderedDict[str, deque[Record]] = OrderedDict()

    def add(self, endpoint: str, record: Record) -> None:
        records = self._records.setdefault(endpoint, deque())
        if records and record.prev != records[-1].seq:
            # Appends may return out of order; a tail with a hole is of no use.
            self._size -= sum(_weight(one) for one in records)
            records.clear()
        records.append(record)
        self._records.move_to_end(endpoint)
        self._size += _weight(record)
        while self._size > self._limit:
            self._drop_oldest()

    def after(self, endpoint: str, after: int, limit: int) -> list[Record] | None:
        """The records behind a seq; None where the tail does not reach back so far."""
        records = self._records.get(endpoint)
        if not records or records[0].prev > after:
            return None
        missing = records[-1].seq - after
        newest = (
            [record for record in list(records)[-min(len(records), max(0, missing)) :] if record.seq > after]
            if missing > 0
            else []
        )
        return newest[:limit]

    def forget(self, dropped: Sequence[tuple[str, int]]) -> None:
        for endpoint, seq in dropped:
            records = self._records.get(endpoint)
            while records and records[0].seq <= seq:
                self._size -= _weight(records.popleft())

    def _drop_oldest(self) -> None:
        endpoint, records = next(iter(self._records.items()))
        self._size -= _weight(records.popleft())
        if not records:
            del self._records[endpoint]


def _weight(record: Record) -> int:
    return 500 + sum(map(len, record.inline))


def _insert_piece(delivery_id: str, number: int, content: bytes) -> Callable[[sqlite3.Connection], None]:
    def insert(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT OR REPLACE INTO pieces VALUES (?, ?, ?)", (delivery_id, number, content))

    return insert


def _read_records(connection: sqlite3.Connection, endpoint: str, after: int, limit: int) -> list[Record]:
    query = f"SELECT {COLUMNS} FROM records WHERE endpoint = ? AND seq > ? ORDER BY seq LIMIT ?"  # noqa: S608 - a constant
    rows = connection.execute(query, (endpoint, after, limit)).fetchall()
    return [_record(connection, row) for row in rows]


def _record(connection: sqlite3.Connection, row: tuple[int, int, str, float, int, int, int]) -> Record:
    seq, prev, delivery_id, at, owed, pieces, size = row
    query = "SELECT content FROM pieces WHERE delivery_id = ? AND number < 2 ORDER BY number"
    first = [bytes(content) for (content,) in connection.execute(query, (delivery_id,))]
    inline = inline_of(first) if pieces <= len(first) else (first[0],)
    return Record(
        seq=seq, prev=prev, delivery_id=delivery_id, at=at, owed=bool(owed), pieces=pieces, size=size, inline=inline
    )


def _load_epoch(connection: sqlite3.Connection) -> str:
    row = connection.execute("SELECT epoch FROM log").fetchone()
    if row is None:
        row = (os.urandom(8).hex(),)
        connection.execute("INSERT INTO log VALUES (?)", row)
    return str(row[0])


def _load_endpoints(connection: sqlite3.Connection) -> dict[str, EndpointRecord]:
    names = EndpointRecord.__slots__
    rows = connection.execute(
        "SELECT id, key, seal, generation, away, away_status, opened_at, used_at, statement FROM endpoints"
    )
    return {row[0]: EndpointRecord(**dict(zip(names, row, strict=True))) for row in rows}


def _trim(connection: sqlite3.Connection, now: float, retention: Retention) -> list[tuple[str, int]]:
    """Drop what is too old, too many or too much, the oldest first; (endpoint, seq) of each."""
    dropped = connection.execute(
        "SELECT endpoint, seq FROM records WHERE at < ? ORDER BY at LIMIT ?", (now - retention.age_s, TRIM_AT_ONCE)
    ).fetchall()
    dropped += connection.execute(_BEYOND, (retention.count, retention.bytes, TRIM_AT_ONCE)).fetchall()
    dropped += connection.execute(_BEYOND_ALL, (retention.total_bytes, TRIM_AT_ONCE)).fetchall()
    unique = sorted(set(dropped))
    for endpoint, seq in unique:
        query = "DELETE FROM records WHERE endpoint = ? AND seq = ? RETURNING delivery_id"
        for (delivery_id,) in connection.execute(query, (endpoint, seq)).fetchall():
            connection.execute("DELETE FROM pieces WHERE delivery_id = ?", (delivery_id,))
    return unique


_BEYOND = """
    SELECT endpoint, seq FROM (
        SELECT endpoint, seq,
            row_number() OVER newer AS place, sum(size) OVER newer AS together
        FROM records WINDOW newer AS (PARTITION BY endpoint ORDER BY seq DESC)
    ) WHERE place > ? OR together > ? LIMIT ?
"""
_BEYOND_ALL = """
    SELECT endpoint, seq FROM (SELECT endpoint, seq, sum(size) OVER (ORDER BY at DESC, seq DESC) AS together FROM records)
    WHERE together > ? LIMIT ?
"""


async def _all_of(writes: Sequence[Awaitable[None]]) -> None:
    await asyncio.gather(*writes)
