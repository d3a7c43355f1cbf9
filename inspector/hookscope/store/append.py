"""Captures as they come in a session, appended in groups: one short row, its head and its body a delivery,
and its attempt beside it.

Where an attempt has ended by the time that its delivery is written, both are written at once and whole. Every function
works on a connection within a transaction that its caller owns, and may be called twice for one group (a group that
fails is tried again): what was written is noted by `Group.note` only once it is durable.
"""

# ruff: noqa: S608 - the SQL is put together from our own words; values are parameters, always.

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from hookscope.model.capture import Attempt
from hookscope.model.verdict import Recognition
from hookscope.store.attempt_rows import (
    ATTEMPT,
    ENDED,
    attempt_row,
    differing,
    end_row,
    piece_rows,
    write_copies,
)
from hookscope.store.entry import Appended, Entry, Group, Settling, is_end
from hookscope.store.held import HOLD
from hookscope.store.inserts import (
    OVERHEAD_BYTES,
    LogPlace,
    advance_cursor,
    encode_headers,
    insert_endings,
    insert_pieces,
    insert_streams,
)
from hookscope.store.schema import DELIVERY_PART, answer_part, sent_part
from hookscope_relay.delivery import Delivery

_CAPTURE = (
    "INSERT INTO captures (number, id, endpoint, epoch, seq, prev, origin, owed, missed, received_at, method, target, provider,"
    " event_id, event_type, event_at, object_id, attempt_number, sequence_first, sequence_last, handshake, body_bytes, body_sha256,"
    " kept_bytes, attempts, outcome_attempt, attempt_origin, handler_url, status, failure, elapsed_ms, answered_by)"
    f" VALUES ({','.join('?' * 32)})"
)
_HEAD = "INSERT INTO heads (number, scheme, http_version, remote, url, headers) VALUES (?,?,?,?,?,?)"
_SHOWN = (
    "UPDATE captures SET kept_bytes = kept_bytes + ?, status = ?, failure = ?, elapsed_ms = ?, answered_by = ?"
    " WHERE number = ? AND outcome_attempt = ?"
)
_SETTLEMENT = "INSERT OR IGNORE INTO settlements (capture, how, status, answered_by, waited_ms) VALUES (?,?,?,?,?)"
_SETTLED = (
    "INSERT OR IGNORE INTO settlements (capture, how, status, answered_by, waited_ms)"
    " SELECT number, ?, ?, ?, ? FROM captures WHERE id = ?"
)


def append_group(
    connection: sqlite3.Connection, group: Group, recognise: Callable[[Delivery], Recognition]
) -> Appended:
    """Write a group. What is held already, by its place in the log or by its id, changes nothing but the cursor."""
    entries = [entry for entry in group.entries if not entry.is_probe]
    for entry in entries:
        if entry.recognition is None:
            entry.recognition = recognise(entry.delivery)
    numbers = _number(connection, entries)
    # An attempt may end while this runs: what is read here once is what is written.
    rows = [(entry, number, entry.attempt) for entry, number, is_new in numbers if is_new]
    copies = [(number, entry, copy, copy.attempt) for entry, number, _ in rows for copy in entry.copies]
    copies += [(entry.number, entry, copy, copy.attempt) for entry, copy in group.copied if not copy.is_ended_kept]
    ended = [entry for entry, _, attempt in rows if _has_ended(attempt)]
    _insert(connection, rows)
    write_copies(connection, copies)
    late = _held([entry for entry in group.ended if not entry.is_ended_kept], connection)
    _update(connection, late)
    connection.executemany(HOLD, [(one.number, one.held, 0) for one in late if one.held is not None])
    settled = [*(entry.settling for entry in group.entries if entry.settling is not None), *group.settled]
    _settle(connection, settled, {entry.delivery.id: number for entry, number, _ in rows})
    _advance(connection, group.entries)
    copied = [(entry, copy) for _, entry, copy, attempt in copies if is_end(attempt)]
    return Appended(numbers, [*ended, *group.ended], settled, copied)


def _settle(connection: sqlite3.Connection, settled: Sequence[Settling], new: Mapping[str, int]) -> None:
    """How senders' waits ended; of deliveries that were written before, by their ids."""
    facts = [(one.delivery_id, (one.how, one.status, one.by, one.waited_ms)) for one in settled]
    connection.executemany(_SETTLEMENT, [(new[name], *fact) for name, fact in facts if name in new])
    connection.executemany(_SETTLED, [(*fact, name) for name, fact in facts if name not in new])


def _number(connection: sqlite3.Connection, entries: Sequence[Entry]) -> list[tuple[Entry, int, bool]]:
    """Each entry with its number and whether it is new; of two that are one the first is."""
    if not entries:
        return []
    known = _known(connection, entries)
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'captures'").fetchone()
    last = int(row[0]) if row else 0
    numbers = []
    for entry in entries:
        place = (entry.place.epoch, entry.place.seq)
        number = known.get(place, known.get(entry.delivery.id))
        if number is not None:
            numbers.append((entry, number, False))
            continue
        last += 1
        known[place] = known[entry.delivery.id] = last
        numbers.append((entry, last, True))
    return numbers


def _known(connection: sqlite3.Connection, entries: Sequence[Entry]) -> dict[object, int]:
    """The numbers of what is held already, by place in the log and by id."""
    ids = msgspec.json.encode([entry.delivery.id for entry in entries]).decode()
    query = "SELECT id, number FROM captures WHERE id IN (SELECT value FROM json_each(?))"
    known: dict[object, int] = dict(connection.execute(query, (ids,)).fetchall())
    seqs = [entry.place.seq for entry in entries if entry.place.seq is not None]
    query = "SELECT epoch, seq, number FROM captures WHERE endpoint = ? AND epoch = ? AND seq BETWEEN ? AND ?"
    for endpoint, epoch in {(entry.place.endpoint, entry.place.epoch) for entry in entries} if seqs else ():
        for row in connection.execute(query, (endpoint, epoch, min(seqs), max(seqs))):
            known[row[0], row[1]] = row[2]
    return known


def _insert(connection: sqlite3.Connection, rows: Sequence[tuple[Entry, int, Attempt | None]]) -> None:
    captures, heads, attempts = [], [], []
    bodies: list[tuple[int, bytes]] = []
    for entry, number, attempt in rows:
        delivery = entry.delivery
        headers = encode_headers(delivery.headers)
        sent = differing(delivery, headers, attempt.request if attempt else None)
        answer_headers = encode_headers(attempt.answer.headers) if attempt and attempt.answer else None
        answer_body = attempt.answer.body if attempt and attempt.answer else b""
        size = OVERHEAD_BYTES + len(delivery.target) + len(headers) + len(delivery.body)
        if attempt is not None:
            size += (
                OVERHEAD_BYTES + len(sent[2] or "") + len(sent[3] or b"") + len(answer_headers or "") + len(answer_body)
            )
            attempts.append(attempt_row(number, attempt, sent, answer_headers))
        captures.append(_capture_row(entry, number, attempt, size))
        heads.append((number, delivery.scheme, delivery.http_version, delivery.remote, delivery.url, headers))
        bodies += piece_rows(number, DELIVERY_PART, delivery.body)
        bodies += piece_rows(number, sent_part(1), sent[3] or b"")
        bodies += piece_rows(number, answer_part(1), answer_body)
    connection.executemany(_CAPTURE, captures)
    connection.executemany(_HEAD, heads)
    insert_endings(connection, [(number, entry.delivery) for entry, number, _ in rows])
    insert_pieces(connection, bodies)
    connection.executemany(ATTEMPT, attempts)
    insert_streams(connection, [(number, 1, attempt.stream) for _, number, attempt in rows if attempt])
    connection.executemany(
        "INSERT OR REPLACE INTO kept_back (capture, reason) VALUES (?,?)",
        [(number, entry.kept_back) for entry, number, _ in rows if entry.kept_back],
    )
    connection.executemany("INSERT INTO waiting (capture) VALUES (?)", [(number,) for _, number, _ in rows])
    connection.executemany(HOLD, [(number, *one) for entry, number, _ in rows for one in entry.holds])


def _capture_row(entry: Entry, number: int, attempt: Attempt | None, size: int) -> tuple[Any, ...]:
    delivery, place, known = entry.delivery, entry.place, entry.recognition or Recognition()
    return (
        number,
        delivery.id,
        place.endpoint,
        place.epoch,
        place.seq,
        place.prev,
        entry.origin,
        entry.owed,
        entry.is_missed,
        delivery.received_at,
        delivery.method,
        delivery.target,
        known.provider,
        known.event_id,
        known.event_type,
        known.event_at,
        known.object_id,
        known.attempt_number,
        *(known.sequence or (None, None)),
        known.handshake,
        len(delivery.body),
        hashlib.sha256(delivery.body).digest(),
        size,
        *((1, 1, attempt.origin, attempt.handler_url) if attempt else (0, 0, "", "")),
        attempt.answer.status if attempt and attempt.answer else None,
        attempt.failure.kind if attempt and attempt.failure else "",
        attempt.elapsed_ms if attempt and _has_ended(attempt) else None,
        attempt.answered_by if attempt else "",
    )


def _update(connection: sqlite3.Connection, entries: Sequence[Entry]) -> None:
    """What came of attempts that were noted without it."""
    ends, shown = [], []
    bodies: list[tuple[int, bytes]] = []
    for entry in entries:
        attempt = entry.attempt
        assert attempt is not None
        headers = encode_headers(attempt.answer.headers) if attempt.answer else None
        body = attempt.answer.body if attempt.answer else b""
        ends.append((*end_row(attempt, headers), entry.number, 1))
        status, failure = (
            (attempt.answer.status, "") if attempt.answer else (None, attempt.failure and attempt.failure.kind)
        )
        size = len(headers or "") + len(body)
        shown.append((size, status, failure, attempt.elapsed_ms, attempt.answered_by, entry.number, 1))
        bodies += piece_rows(entry.number, answer_part(1), body)
    connection.executemany(ENDED, ends)
    connection.executemany(_SHOWN, shown)
    insert_streams(connection, [(entry.number, 1, entry.attempt.stream) for entry in entries if entry.attempt])
    insert_pieces(connection, bodies)


def _held(entries: Sequence[Entry], connection: sqlite3.Connection) -> list[Entry]:
    """Those whose capture was not cleared meanwhile."""
    if not entries:
        return []
    numbers = msgspec.json.encode([entry.number for entry in entries]).decode()
    query = "SELECT number FROM captures WHERE number IN (SELECT value FROM json_each(?))"
    held = {row[0] for row in connection.execute(query, (numbers,))}
    return [entry for entry in entries if entry.number in held]


def _has_ended(attempt: Attempt | None) -> bool:
    return attempt is not None and is_end(attempt)


def _advance(connection: sqlite3.Connection, entries: Sequence[Entry]) -> None:
    """Move the cursor over all of them that lie behind one another without a hole: in one step, where they do."""
    run: LogPlace | None = None
    for place in sorted(
        (entry.place for entry in entries if entry.place.seq is not None), key=lambda one: one.seq or 0
    ):
        if (
            run is not None
            and (run.endpoint, run.epoch) == (place.endpoint, place.epoch)
            and (place.prev or 0) <= (run.seq or 0)
        ):
            run = LogPlace(place.endpoint, place.epoch, place.seq, run.prev)
            continue
        if run is not None:
            advance_cursor(connection, run)
        run = place
    if run is not None:
        advance_cursor(connection, run)
