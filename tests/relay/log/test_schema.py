"""The log's statements, where they promise more than the log itself shows."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from hookscope_relay.log import schema
from hookscope_relay.log.batch import Batch, Row
from hookscope_relay.log.protocol import Record, Retention
from hookscope_relay.sqlite_files import open_database

# What may be in clear; every other column holds sealed bytes or an owner's public keys and wishes.
CLEAR = {
    "log": {"id", "epoch"},
    "heads": {"endpoint", "newest", "kept", "size", "reserved"},
    "records": {"id", "endpoint", "seq", "prev", "delivery_id", "at", "owed", "pieces", "size", "upload"},
    "pieces": {"upload", "number"},
    "dropped": {"upload"},
    "endpoints": {"id", "generation", "away", "away_status", "opened_at", "used_at"},
    "nonces": {"nonce", "until"},
    "probe": {"id"},
}
OPAQUE = {
    "records": {"head", "body"},
    "pieces": {"content"},
    "endpoints": {"key", "seal", "statement"},
    "probe": {"content"},
}


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    made = open_database(tmp_path / "relay.db", schema.MIGRATIONS, application=schema.APPLICATION)
    yield made
    made.close()


def insert(connection: sqlite3.Connection, size: int, *, at: float = 0.0, upload: int | None = None) -> None:
    pieces = 1 if upload is None else 2
    if upload is not None and not schema.count_pieces(connection, upload):
        schema.insert_piece(connection, upload, 1, b"body")
    ((seq,),) = connection.execute("SELECT coalesce(max(newest), 0) + 1 FROM heads").fetchall()
    record = Record(seq, seq - 1, "id", at, False, pieces, size, (b"head",))
    schema.insert_rows(connection, Batch([Row("one", record, lambda _: None, upload)]))


def count(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_only_names_and_measures_of_a_delivery_are_in_clear(connection: sqlite3.Connection) -> None:
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    columns = {table: {row[1] for row in connection.execute(f"PRAGMA table_info({table})")} for table in tables}
    assert columns == {table: CLEAR[table] | OPAQUE.get(table, set()) for table in CLEAR}


def test_every_database_begins_an_epoch_of_its_own(tmp_path: Path) -> None:
    epochs = set()
    for name in ("a", "b"):
        connection = open_database(tmp_path / name, schema.MIGRATIONS, application=schema.APPLICATION)
        epochs.add(schema.select_epoch(connection))
        connection.close()
    assert len(epochs) == 2
    assert all(len(bytes.fromhex(epoch)) == 8 for epoch in epochs)


@pytest.mark.parametrize(
    ("sizes", "retention", "dropped"),
    [
        ([1] * 200, Retention(count=0), schema.DROP_COUNT),
        ([1] * 200, Retention(count=150), 50),
        ([1] * 200, Retention(age_s=-1), schema.DROP_COUNT),
        ([schema.DROP_BYTES // 2] * 6, Retention(count=0), 2),
        ([schema.DROP_BYTES // 2] * 6, Retention(age_s=-1), 2),
        ([schema.DROP_BYTES * 3] * 6, Retention(bytes=1), 1),
        ([schema.DROP_BYTES // 2] * 6, Retention(bytes=0, total_bytes=0), 2),
        ([10] * 6, Retention(total_bytes=0), 6),
        ([10] * 6, Retention(total_bytes=15), 5),
        ([10] * 6, Retention(), 0),
    ],
)
def test_one_work_of_a_trim_is_bounded(
    connection: sqlite3.Connection, sizes: list[int], retention: Retention, dropped: int
) -> None:
    for size in sizes:
        insert(connection, size)
    assert schema.drop_surplus(connection, 0.0, retention) == ["one"] * dropped
    assert count(connection, "records") == len(sizes) - dropped


def test_heads_count_what_is_kept(connection: sqlite3.Connection) -> None:
    for size in (5, 6, 7):
        insert(connection, size)
    schema.drop_surplus(connection, 0.0, Retention(count=2))
    assert connection.execute("SELECT * FROM heads").fetchall() == [("one", 3, 2, 13, 3)]


def uploads(connection: sqlite3.Connection) -> list[int]:
    """Whose pieces are held once everything dropped is deleted."""
    while schema.delete_dropped(connection):
        pass
    return [upload for (upload,) in connection.execute("SELECT DISTINCT upload FROM pieces ORDER BY upload")]


def test_pieces_go_with_their_record_and_no_others(connection: sqlite3.Connection) -> None:
    for upload in (7, 8):
        schema.insert_piece(connection, upload, 1, b"body")
        insert(connection, 8, upload=upload)
    schema.drop_surplus(connection, 0.0, Retention(count=1))
    assert uploads(connection) == [8]


def test_only_an_upload_that_never_became_a_record_is_dropped(connection: sqlite3.Connection) -> None:
    for upload in (7, 8, 9):
        schema.insert_piece(connection, upload, 1, b"body")
    insert(connection, 8, upload=8)
    schema.drop_upload(connection, 7)
    schema.drop_upload(connection, 8)
    assert uploads(connection) == [8, 9]
    schema.drop_torn_uploads(connection)
    schema.drop_torn_uploads(connection)
    assert uploads(connection) == [8]


def test_pieces_are_deleted_a_few_at_a_time(connection: sqlite3.Connection) -> None:
    for number in range(schema.DROP_PIECES * 2 + 1):
        schema.insert_piece(connection, 7, number, b"body")
    schema.drop_upload(connection, 7)
    left = []
    while schema.delete_dropped(connection):
        left.append(count(connection, "pieces"))
    assert left == [schema.DROP_PIECES + 1, 1, 0]
    assert count(connection, "dropped") == 0


def test_expired_nonces_are_deleted(connection: sqlite3.Connection) -> None:
    for number in range(50):
        assert schema.insert_nonce(connection, os.urandom(16), float(number), 10.0)
    assert count(connection, "nonces") == 10


def test_a_database_without_an_epoch_is_not_sound(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM log")
    with pytest.raises(sqlite3.DatabaseError):
        schema.select_epoch(connection)
