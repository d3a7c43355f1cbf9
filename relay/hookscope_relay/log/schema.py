"""The log's tables and every statement on them.

Each function works on a connection, within a transaction where it writes.

In clear there is only what names and measures a delivery: endpoint, seq, id, time, sizes, owed. `heads` outlive the
records, so that a seq is never given twice.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import astuple
from typing import NamedTuple

from hookscope_relay.log.batch import Batch, Row
from hookscope_relay.log.numbers import Place
from hookscope_relay.log.protocol import EndpointRecord, Record, Retention, within_read

APPLICATION = "relay log"

MIGRATIONS = (
    """
    CREATE TABLE log (id INTEGER PRIMARY KEY CHECK (id = 1), epoch TEXT NOT NULL);
    INSERT INTO log VALUES (1, lower(hex(randomblob(8))));
    CREATE TABLE heads (
        endpoint TEXT PRIMARY KEY, newest INTEGER NOT NULL, kept INTEGER NOT NULL, size INTEGER NOT NULL
    ) WITHOUT ROWID;
    -- head and body are pieces 0 and 1 of what travels inline; other pieces are held under the number in upload
    CREATE TABLE records (
        id INTEGER PRIMARY KEY, endpoint TEXT NOT NULL, seq INTEGER NOT NULL, prev INTEGER NOT NULL,
        delivery_id TEXT NOT NULL, at REAL NOT NULL, owed INTEGER NOT NULL, pieces INTEGER NOT NULL, size INTEGER NOT NULL,
        upload INTEGER, head BLOB NOT NULL, body BLOB, UNIQUE (endpoint, seq)
    );
    CREATE INDEX records_by_time ON records (at);
    CREATE INDEX records_by_upload ON records (upload) WHERE upload IS NOT NULL;
    CREATE TABLE pieces (
        upload INTEGER NOT NULL, number INTEGER NOT NULL, content BLOB NOT NULL, PRIMARY KEY (upload, number)
    );
    -- uploads whose pieces are to go, a few at a time
    CREATE TABLE dropped (upload INTEGER PRIMARY KEY);
    CREATE TABLE endpoints (
        id TEXT PRIMARY KEY, key BLOB NOT NULL, seal BLOB NOT NULL, generation INTEGER NOT NULL, away TEXT NOT NULL,
        away_status INTEGER NOT NULL, opened_at REAL NOT NULL, used_at REAL NOT NULL, statement BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE nonces (nonce BLOB PRIMARY KEY, until REAL NOT NULL) WITHOUT ROWID;
    CREATE INDEX nonces_by_end ON nonces (until);
    CREATE TABLE probe (id INTEGER PRIMARY KEY, content BLOB NOT NULL);
    """,
    # No number above `reserved` has ever left; `newest` is the last record that was kept.
    """
    ALTER TABLE heads ADD COLUMN reserved INTEGER NOT NULL DEFAULT 0;
    UPDATE heads SET reserved = newest;
    """,
)

# One work drops at most so many deliveries, and no more once it has dropped so many bytes; or so many pieces: others
# wait for it.
DROP_COUNT = 64
DROP_BYTES = 4 * 1024 * 1024
DROP_PIECES = 8
PROBE_BYTES = 64 * 1024
COLUMNS = "endpoint, seq, prev, delivery_id, at, owed, pieces, size, upload, head, body"
INSERT_SIZES = (64, 16, 4, 1)
INSERTS = {
    size: f"INSERT INTO records ({COLUMNS}) VALUES " + ", ".join([f"({', '.join('?' * 11)})"] * size)  # noqa: S608
    for size in INSERT_SIZES
}


class Surplus(NamedTuple):
    """A record that is to go."""

    id: int
    endpoint: str
    size: int
    upload: int | None


# Deliveries


def insert_rows(connection: sqlite3.Connection, batch: Batch) -> list[int | None]:
    """Make records visible; for each the seq of the record kept before it, None for one whose pieces are not all there.

    What was sent may be ahead of what is kept, so `prev` is decided here: it names a record that is kept, or was.
    """
    newest = {endpoint: _newest(connection, endpoint) for endpoint in {row.endpoint for row in batch.rows}}
    counts: dict[str, list[int]] = {endpoint: [0, 0] for endpoint in newest}
    prevs: list[int | None] = []
    values: list[Sequence[object]] = []
    for row in batch.rows:
        record, endpoint = row.record, row.endpoint
        if row.upload is not None and count_pieces(connection, row.upload) != record.pieces - 1:
            prevs.append(None)
            continue
        prevs.append(newest[endpoint])
        values.append(_row_values(row, newest[endpoint]))
        newest[endpoint] = record.seq
        counts[endpoint][0] += 1
        counts[endpoint][1] += record.size
    _insert_many(connection, values)
    connection.executemany(
        "INSERT INTO heads VALUES (?, ?, ?, ?, ?) ON CONFLICT (endpoint) DO UPDATE SET newest = excluded.newest,"
        " kept = kept + excluded.kept, size = size + excluded.size, reserved = max(reserved, excluded.reserved)",
        [
            (endpoint, newest[endpoint], *counts[endpoint], max(newest[endpoint], batch.reserve.get(endpoint, 0)))
            for endpoint in newest
        ],
    )
    return prevs


def _row_values(row: Row, prev: int) -> Sequence[object]:
    record = row.record
    head, body = record.inline[0], record.inline[1] if len(record.inline) > 1 else None
    return (
        row.endpoint,
        record.seq,
        prev,
        record.delivery_id,
        record.at,
        record.owed,
        record.pieces,
        record.size,
        row.upload,
        head,
        body,
    )


def _insert_many(connection: sqlite3.Connection, values: Sequence[Sequence[object]]) -> None:
    """One statement for many rows: the writer gives way to the event loop at every statement,
    which costs more than a row does."""
    start = 0
    for size in INSERT_SIZES:
        while len(values) - start >= size:
            flat = [value for row in values[start : start + size] for value in row]
            connection.execute(INSERTS[size], flat)
            start += size


def _newest(connection: sqlite3.Connection, endpoint: str) -> int:
    row = connection.execute("SELECT newest FROM heads WHERE endpoint = ?", (endpoint,)).fetchone()
    return int(row[0]) if row else 0


def update_reserved(connection: sqlite3.Connection, given: Mapping[str, int]) -> None:
    """Let numbers go on where they stopped: for an orderly end, when nothing leaves any more."""
    connection.executemany(
        "UPDATE heads SET reserved = ? WHERE endpoint = ?", [(seq, endpoint) for endpoint, seq in given.items()]
    )


def insert_piece(connection: sqlite3.Connection, upload: int, number: int, content: bytes) -> None:
    connection.execute("INSERT INTO pieces VALUES (?, ?, ?)", (upload, number, content))


def count_pieces(connection: sqlite3.Connection, upload: int) -> int:
    return _number(connection, "SELECT count(*) FROM pieces WHERE upload = ?", (upload,))


def drop_torn_uploads(connection: sqlite3.Connection) -> None:
    """Mark every upload that never became a record as dropped: for the start, when none is under way."""
    connection.execute(
        "INSERT OR IGNORE INTO dropped SELECT DISTINCT upload FROM pieces"
        " WHERE upload NOT IN (SELECT upload FROM records WHERE upload IS NOT NULL)"
    )


def drop_upload(connection: sqlite3.Connection, upload: int) -> None:
    """Mark one upload as dropped, unless it became a record."""
    query = "INSERT OR IGNORE INTO dropped SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM records WHERE upload = ?1)"
    connection.execute(query, (upload,))


def delete_dropped(connection: sqlite3.Connection) -> bool:
    """Delete a few pieces of dropped uploads; whether there may be more."""
    row = connection.execute("SELECT upload FROM dropped LIMIT 1").fetchone()
    if row is None:
        return False
    query = "DELETE FROM pieces WHERE rowid IN (SELECT rowid FROM pieces WHERE upload = ? LIMIT ?)"
    if connection.execute(query, (*row, DROP_PIECES)).rowcount < DROP_PIECES:
        connection.execute("DELETE FROM dropped WHERE upload = ?", row)
    return True


def select_records(connection: sqlite3.Connection, endpoint: str, after: int, limit: int) -> list[Record]:
    """As `Log.read`."""
    query = (
        "SELECT seq, prev, delivery_id, at, owed, pieces, size, head, body FROM records"
        " WHERE endpoint = ? AND seq > ? ORDER BY seq LIMIT ?"
    )
    with closing(connection.execute(query, (endpoint, after, limit))) as rows:
        return within_read(
            Record(seq, prev, delivery_id, at, bool(owed), pieces, size, (head,) if body is None else (head, body))
            for seq, prev, delivery_id, at, owed, pieces, size, head, body in rows
        )


def select_piece(connection: sqlite3.Connection, endpoint: str, seq: int, number: int) -> bytes | None:
    query = (
        "SELECT CASE ?3 WHEN 0 THEN head ELSE coalesce(CASE ?3 WHEN 1 THEN body END,"
        " (SELECT content FROM pieces WHERE upload = r.upload AND number = ?3)) END"
        " FROM records r WHERE endpoint = ?1 AND seq = ?2"
    )
    row = connection.execute(query, (endpoint, seq, number)).fetchone()
    return row[0] if row else None


def select_ends(connection: sqlite3.Connection, endpoint: str) -> tuple[int, int]:
    """As `Log.ends`."""
    query = (
        "SELECT coalesce((SELECT prev FROM records WHERE endpoint = ?1 ORDER BY seq LIMIT 1), newest), newest"
        " FROM heads WHERE endpoint = ?1"
    )
    oldest, newest = connection.execute(query, (endpoint,)).fetchone() or (0, 0)
    return oldest, newest


def select_places(connection: sqlite3.Connection) -> dict[str, Place]:
    """The numbers of every endpoint: they go on behind what was reserved, since any of that may have left."""
    query = "SELECT endpoint, newest, max(newest, reserved) FROM heads"
    return {
        endpoint: Place(given=reserved, reserved=reserved, last=newest, kept=newest, asked=reserved)
        for endpoint, newest, reserved in connection.execute(query)
    }


# Retention


def drop_surplus(connection: sqlite3.Connection, now: float, retention: Retention) -> list[str]:
    """Drop a bounded part of what is beyond retention; the endpoint of each delivery that went, none where all is well.

    What was uploaded in pieces is marked as dropped.
    """
    surplus = (
        _too_old(connection, now - retention.age_s)
        or _too_many(connection, retention)
        or _too_large(connection, retention.total_bytes)
    )
    for one in surplus:
        connection.execute("DELETE FROM records WHERE id = ?", (one.id,))
        if one.upload is not None:
            connection.execute("INSERT INTO dropped VALUES (?)", (one.upload,))
        connection.execute(
            "UPDATE heads SET kept = kept - 1, size = size - ? WHERE endpoint = ?", (one.size, one.endpoint)
        )
    return [one.endpoint for one in surplus]


def _too_old(connection: sqlite3.Connection, before: float) -> list[Surplus]:
    query = "SELECT id, endpoint, size, upload FROM records WHERE at < ? ORDER BY at LIMIT ?"
    return _until(
        map(Surplus._make, connection.execute(query, (before, DROP_COUNT)).fetchall()), count=DROP_COUNT, size=0
    )


def _too_many(connection: sqlite3.Connection, retention: Retention) -> list[Surplus]:
    query = "SELECT endpoint, kept, size FROM heads WHERE kept > ? OR size > ? LIMIT 1"
    row = connection.execute(query, (retention.count, retention.bytes)).fetchone()
    if row is None:
        return []
    endpoint, kept, size = row
    return _until(_oldest(connection, endpoint), count=kept - retention.count, size=size - retention.bytes)


def _too_large(connection: sqlite3.Connection, total_bytes: int) -> list[Surplus]:
    beyond = _number(connection, "SELECT coalesce(sum(size), 0) FROM heads") - total_bytes
    if beyond <= 0:
        return []
    (endpoint, largest), (_, second) = [
        *connection.execute("SELECT endpoint, size FROM heads ORDER BY size DESC, endpoint LIMIT 2"),
        ("", 0),
    ][:2]
    # Where several hold as much, each gives one at a time.
    return _until(_oldest(connection, endpoint), count=0, size=max(1, min(beyond, largest - second + 1)))


def _oldest(connection: sqlite3.Connection, endpoint: str) -> Iterable[Surplus]:
    query = "SELECT id, endpoint, size, upload FROM records WHERE endpoint = ? ORDER BY seq LIMIT ?"
    return map(Surplus._make, connection.execute(query, (endpoint, DROP_COUNT)).fetchall())


def _until(candidates: Iterable[Surplus], *, count: int, size: int) -> list[Surplus]:
    """The candidates until there are so many and so large ones, but not beyond what one work may drop."""
    chosen: list[Surplus] = []
    dropped = 0
    for one in candidates:
        if dropped >= DROP_BYTES or (len(chosen) >= count and dropped >= size):
            break
        chosen.append(one)
        dropped += one.size
    return chosen


# Endpoints, nonces, the log itself


def select_endpoints(connection: sqlite3.Connection) -> dict[str, EndpointRecord]:
    query = "SELECT id, key, seal, generation, away, away_status, opened_at, used_at, statement FROM endpoints"
    return {row[0]: EndpointRecord(*row) for row in connection.execute(query)}


def upsert_endpoint(connection: sqlite3.Connection, record: EndpointRecord) -> bool:
    """As `Log.keep_endpoint`."""
    cursor = connection.execute(
        "INSERT INTO endpoints VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
        " (key, seal, generation, away, away_status, opened_at, used_at, statement) = (excluded.key, excluded.seal,"
        " excluded.generation, excluded.away, excluded.away_status, excluded.opened_at, excluded.used_at, excluded.statement)"
        " WHERE excluded.generation > generation OR (excluded.generation = generation AND excluded.key = key)",
        astuple(record),
    )
    return cursor.rowcount == 1


def delete_unused(connection: sqlite3.Connection, before: float) -> list[str]:
    """The ids of the endpoint records that went: unused since, and without a delivery."""
    query = (
        "DELETE FROM endpoints WHERE used_at < ? AND generation = 0"
        " AND id NOT IN (SELECT endpoint FROM heads WHERE kept > 0) RETURNING id"
    )
    return [endpoint_id for (endpoint_id,) in connection.execute(query, (before,)).fetchall()]


def insert_nonce(connection: sqlite3.Connection, nonce: bytes, now: float, keep_s: float) -> bool:
    """As `Log.remember_nonce`."""
    connection.execute("DELETE FROM nonces WHERE until <= ?", (now,))
    return connection.execute("INSERT OR IGNORE INTO nonces VALUES (?, ?)", (nonce, now + keep_s)).rowcount == 1


def select_epoch(connection: sqlite3.Connection) -> str:
    row = connection.execute("SELECT epoch FROM log").fetchone()
    if row is None:
        raise sqlite3.DatabaseError("it has no epoch")
    return str(row[0])


def update_epoch(connection: sqlite3.Connection, epoch: str) -> None:
    connection.execute("UPDATE log SET epoch = ?", (epoch,))


def insert_probe(connection: sqlite3.Connection) -> None:
    """Write as much as a delivery may need."""
    connection.execute("INSERT OR REPLACE INTO probe VALUES (1, zeroblob(?))", (PROBE_BYTES,))


def delete_probe(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM probe")


def _number(connection: sqlite3.Connection, query: str, values: Sequence[object] = ()) -> int:
    return int(connection.execute(query, values).fetchone()[0])
