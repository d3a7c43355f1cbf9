"""What one group writes; gathered and over a session: test_appends.py."""

from __future__ import annotations

import sqlite3

import pytest

from held import delivery
from hookscope.model.capture import Attempt, SentRequest
from hookscope.model.stream_note import StreamNote
from hookscope.model.verdict import Recognition
from hookscope.store.append import append_group
from hookscope.store.entry import Entry, Group
from hookscope.store.inserts import LogPlace
from hookscope.store.queries import read_capture
from hookscope.store.schema import MIGRATIONS
from hookscope_relay.delivery import Answer


@pytest.fixture
def connection() -> sqlite3.Connection:
    made = sqlite3.connect(":memory:", isolation_level=None)
    for script in MIGRATIONS:
        made.executescript(script)
    return made


def test_a_group_that_is_done_twice_is_written_as_if_once(connection: sqlite3.Connection) -> None:
    sent = SentRequest(method="PUT", target="/x", headers=(("A", "b"),), body=b"other")
    attempt = Attempt(
        number=0,
        origin="live",
        handler_url="h",
        started_at=1.0,
        request=sent,
        answer=Answer(status=200, body=b"y" * 600_000),
        stream=StreamNote(size=10**9, is_streamed=True, trailers=(("X", "1"),)),
    )
    entry = Entry(delivery=delivery(1), place=LogPlace("e", "a", 1, 0), origin="live", attempt=attempt)
    connection.execute("BEGIN")
    append_group(connection, Group([entry]), lambda _: Recognition())
    connection.execute("ROLLBACK")
    assert entry.number == 0
    appended = append_group(connection, Group([entry]), lambda _: Recognition())
    appended.note()
    assert (entry.number, entry.is_ended_kept) == (1, True)
    (kept,) = read_capture(connection, 1).attempts
    assert (kept.request, kept.answer, kept.stream) == (sent, attempt.answer, attempt.stream)
    connection.close()
