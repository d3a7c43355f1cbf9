from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from hookscope.store.inserts import OVERHEAD_BYTES, insert_body, reserve_number
from hookscope.store.retention import UPLOADS_IN_FLIGHT, delete_captures, expired, sweep_uploads, unmarked
from hookscope.store.schema import MIGRATIONS
from hookscope.store.updates import write_mark

EACH = OVERHEAD_BYTES + len("/") + len("[]") + 100


@pytest.fixture(autouse=True)
def captures(connection: sqlite3.Connection, insert: Callable[..., int]) -> None:
    for at in range(1, 6):
        insert(f"d{at}", at=at, body=bytes(100))
    write_mark(connection, "d2", True)


@pytest.mark.parametrize(
    ("before", "max_bytes", "numbers"),
    [
        (0.0, 10**6, []),
        (3.5, 10**6, [1, 3]),
        (0.0, 3 * EACH, [1, 3]),
        (0.0, 0, [1, 3, 4, 5]),
        (3.5, 2 * EACH, [1, 3, 4]),
    ],
)
def test_the_old_and_then_the_oldest_go(
    connection: sqlite3.Connection, before: float, max_bytes: int, numbers: list[int]
) -> None:
    assert expired(connection, before, max_bytes) == numbers


def test_the_marked_are_left_out(connection: sqlite3.Connection) -> None:
    assert unmarked(connection, [1, 2, 3]) == [1, 3]


def test_nothing_of_a_deleted_capture_is_left(connection: sqlite3.Connection) -> None:
    delete_captures(connection, [1, 3])
    assert [row[0] for row in connection.execute("SELECT number FROM captures")] == [2, 4, 5]
    assert [row[0] >> 28 for row in connection.execute("SELECT key FROM bodies ORDER BY key")] == [2, 4, 5]


def test_an_upload_that_was_broken_off_is_swept_once_it_is_far_behind(connection: sqlite3.Connection) -> None:
    insert_body(connection, reserve_number(connection), 0, b"half of a body")
    sweep_uploads(connection)
    assert connection.execute("SELECT count(*) FROM bodies").fetchone() == (6,)
    connection.execute("UPDATE sqlite_sequence SET seq = seq + ?", (UPLOADS_IN_FLIGHT + 1,))
    sweep_uploads(connection)
    assert connection.execute("SELECT count(*) FROM bodies").fetchone() == (5,)


def test_an_empty_database_has_nothing_to_sweep() -> None:
    opened = sqlite3.connect(":memory:", isolation_level=None)
    for script in MIGRATIONS:
        opened.executescript(script)
    sweep_uploads(opened)
    assert expired(opened, 1e12, 0) == []
    opened.close()
