from __future__ import annotations

import itertools
import sqlite3
from pathlib import Path

from hookscope.store.captures import CaptureStore
from hookscope.store.schema import (
    APPLICATION,
    HANGING_ON_A_CAPTURE,
    MAX_ATTEMPTS,
    MIGRATIONS,
    SEARCHED_BYTES,
    answer_part,
    body_key,
    body_keys,
    capture_keys,
    sent_part,
)
from hookscope.tools.filters.body_search import FIRST_PIECE_SHIFT
from hookscope.tools.filters.body_search import SEARCHED_BYTES as SEARCHED_BY_FILTER
from hookscope_relay.sqlite_files import open_database


def tables() -> dict[str, list[str]]:
    connection = sqlite3.connect(":memory:")
    for script in MIGRATIONS:
        connection.executescript(script)
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {name: [row[1] for row in connection.execute(f"PRAGMA table_info({name})")] for name in names}
    connection.close()
    return found


def test_every_table_with_rows_of_a_capture_is_emptied_with_it() -> None:
    named = {"captures", *(name for name, columns in tables().items() if "capture" in columns), "heads"}
    assert {table for table, _ in HANGING_ON_A_CAPTURE} == named


def test_a_database_of_the_first_version_is_opened_with_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "captures.db"
    old = open_database(path, MIGRATIONS[:1], application=APPLICATION)
    old.execute(
        "INSERT INTO captures (id, endpoint, epoch, origin, owed, missed, received_at, method, target, provider, event_id,"
        " event_type, object_id, handshake, body_bytes, body_sha256, kept_bytes)"
        " VALUES ('d', 'e', '', 'live', 0, 0, 1, 'POST', '/', 'xero', '', '', '', '', 0, x'', 0)"
    )
    old.close()
    store = CaptureStore.open(path)
    assert (store.recent(limit=9)[0].id, store.recognition("d").sequence) == ("d", None)
    assert store.furthest(provider="xero") == []
    store.close()


def test_keys_of_bodies_never_meet() -> None:
    ranges = sorted(
        body_keys(capture, part)
        for capture in (1, 2, 1 << 34)
        for part in (0, sent_part(1), answer_part(1), sent_part(MAX_ATTEMPTS), answer_part(MAX_ATTEMPTS))
    )
    assert all(first[1] < second[0] for first, second in itertools.pairwise(ranges))
    assert capture_keys(1)[1] < body_key(2)
    assert body_keys(1, answer_part(MAX_ATTEMPTS))[1] <= capture_keys(1)[1]
    assert body_key(1 << 34) < 1 << 63


def test_the_filter_looks_where_the_store_keeps() -> None:
    assert body_key(7) == 7 << FIRST_PIECE_SHIFT
    assert SEARCHED_BYTES == SEARCHED_BY_FILTER
