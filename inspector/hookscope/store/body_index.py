"""The index behind the search in bodies, filled after the captures and in small batches:
it costs more than a capture does.

The index holds trigrams only, no text; to take a capture out of it, its text must be given again.
"""

# ruff: noqa: S608 - the SQL is put together from our own words; values are parameters, always.

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from hookscope.payload.kinds import looks_like_text
from hookscope.store.schema import SEARCHED_BYTES, body_key


def searched_text(body: bytes) -> str:
    """What of a body goes into the index: the beginning of a text; empty for anything else."""
    start = body[:SEARCHED_BYTES]
    return start.decode("utf-8", "ignore") if looks_like_text(start) else ""


def index_batch(connection: sqlite3.Connection, limit: int) -> int:
    """Take the next captures into the index, at most `limit`; how many there were (0: it is complete)."""
    up_to = indexed_up_to(connection)
    query = "SELECT number FROM captures WHERE number > ? ORDER BY number LIMIT ?"
    numbers = [row[0] for row in connection.execute(query, (up_to, limit))]
    if not numbers:
        return 0
    connection.executemany("INSERT INTO body_index (rowid, text) VALUES (?, ?)", _texts(connection, numbers))
    connection.execute("UPDATE indexing SET up_to = ?", (numbers[-1],))
    return len(numbers)


def index_late(connection: sqlite3.Connection, number: int) -> None:
    """Take a capture into the index whose number the index has passed already."""
    if number <= indexed_up_to(connection):
        connection.executemany("INSERT INTO body_index (rowid, text) VALUES (?, ?)", _texts(connection, [number]))


def unindex(connection: sqlite3.Connection, numbers: Iterable[int]) -> None:
    """Take captures out of the index; their bodies must still be there."""
    up_to = indexed_up_to(connection)
    indexed = [number for number in numbers if number <= up_to]
    statement = "INSERT INTO body_index (body_index, rowid, text) VALUES ('delete', ?, ?)"
    connection.executemany(statement, _texts(connection, indexed))


def indexed_up_to(connection: sqlite3.Connection) -> int:
    """The number up to which the index is complete."""
    return int(connection.execute("SELECT up_to FROM indexing").fetchone()[0])


def _texts(connection: sqlite3.Connection, numbers: Iterable[int]) -> list[tuple[int, str]]:
    query = f"SELECT substr(data, 1, {SEARCHED_BYTES}) FROM bodies WHERE key = ?"
    rows = ((number, connection.execute(query, (body_key(number),)).fetchone()) for number in numbers)
    return [(number, text) for number, row in rows if row and (text := searched_text(row[0]))]
