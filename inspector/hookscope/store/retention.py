"""What leaves the capture database: by age, by size, or on request.

Marked captures stay, and cursors outlive captures.
"""

# ruff: noqa: S608 - the SQL is put together from our own words; values are parameters, always.

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from hookscope.store.body_index import unindex
from hookscope.store.schema import HANGING_ON_A_CAPTURE, body_key, capture_keys

# A number far behind the newest that has bodies but no capture is an upload that was broken off.
UPLOADS_IN_FLIGHT = 10_000


def expired(connection: sqlite3.Connection, before: float, max_bytes: int) -> list[int]:
    """The numbers of unmarked captures received before that time,
    and of the oldest others while all hold more than `max_bytes`."""
    rows = connection.execute(
        "SELECT c.number, c.received_at, c.kept_bytes, EXISTS (SELECT 1 FROM marks m WHERE m.capture = c.number)"
        " FROM captures c ORDER BY c.number"
    ).fetchall()
    total = sum(row[2] for row in rows)
    numbers = []
    for number, received_at, kept_bytes, marked in rows:
        if not marked and (received_at < before or total > max_bytes):
            numbers.append(number)
            total -= kept_bytes
    return numbers


def unmarked(connection: sqlite3.Connection, numbers: Sequence[int]) -> list[int]:
    """Those of the captures that are not marked."""
    kept = {row[0] for row in connection.execute("SELECT capture FROM marks")}
    return [number for number in numbers if number not in kept]


def delete_captures(connection: sqlite3.Connection, numbers: Sequence[int]) -> None:
    """Take the captures and all that hangs on them out."""
    unindex(connection, numbers)
    connection.executemany("DELETE FROM bodies WHERE key BETWEEN ? AND ?", [capture_keys(number) for number in numbers])
    for table, column in HANGING_ON_A_CAPTURE:
        connection.executemany(f"DELETE FROM {table} WHERE {column} = ?", [(number,) for number in numbers])


def sweep_uploads(connection: sqlite3.Connection) -> None:
    """Take out bodies whose capture was never finished, other than those that may be on their way now."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'captures'").fetchone()
    if row is None:
        return
    limit = body_key(max(0, row[0] - UPLOADS_IN_FLIGHT))
    connection.execute(
        "DELETE FROM bodies WHERE key < ? AND NOT EXISTS (SELECT 1 FROM captures c WHERE c.number = bodies.key >> 28)",
        (limit,),
    )
