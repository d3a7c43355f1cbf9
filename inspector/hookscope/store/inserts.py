"""What is written to the capture database; each function works on a connection within a transaction that its caller
owns."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from hookscope.model.capture import Origin
from hookscope.model.stream_note import StreamNote, encode_note
from hookscope.model.verdict import Recognition
from hookscope.store.schema import (
    DELIVERY_PART,
    MAX_PIECES,
    PIECE_BYTES,
    body_key,
    body_keys,
)
from hookscope_relay.delivery import Delivery, Headers

# What rows and pages cost beside the bytes themselves, roughly; retention need not be exact.
OVERHEAD_BYTES = 500


@dataclass(frozen=True, slots=True)
class Kept:
    """The number of a capture, whether it was not held before,
    and the number of the attempt that was noted with it (0: none)."""

    number: int
    new: bool
    attempt: int = 0


class LogPlace(msgspec.Struct, frozen=True, gc=False):
    """Where in an endpoint's log a delivery stands; without a seq it stands in none."""

    endpoint: str = ""
    epoch: str = ""
    seq: int | None = None
    prev: int | None = None


def insert_streams(connection: sqlite3.Connection, rows: Sequence[tuple[int, int, StreamNote | None]]) -> None:
    """What attempts' answers had beside head and body, by capture and attempt, where they had more."""
    kept = [(capture, attempt, encode_note(note)) for capture, attempt, note in rows if note is not None]
    if not kept:
        return
    connection.executemany("INSERT OR REPLACE INTO streams (capture, attempt, content) VALUES (?,?,?)", kept)
    sizes = [(len(content), capture) for capture, _, content in kept]
    connection.executemany("UPDATE captures SET kept_bytes = kept_bytes + ? WHERE number = ?", sizes)


def insert_endings(connection: sqlite3.Connection, rows: Sequence[tuple[int, Delivery]]) -> None:
    """What came behind the bodies of captures' deliveries, and why they are not whole."""
    few = [(number, one) for number, one in rows if one.trailers or one.broken]
    if few:
        kept = [(number, encode_headers(one.trailers), one.broken) for number, one in few]
        connection.executemany("INSERT OR REPLACE INTO endings (capture, trailers, broken) VALUES (?,?,?)", kept)


def encode_headers(headers: Headers) -> str:
    """The headers as JSON."""
    return msgspec.json.encode(headers).decode()


def known_number(connection: sqlite3.Connection, delivery_id: str, place: LogPlace) -> int | None:
    """The number of the capture of this delivery, by its place in the log or its id; None where it is not held."""
    if place.seq is not None:
        query = "SELECT number FROM captures WHERE endpoint = ? AND epoch = ? AND seq = ?"
        row = connection.execute(query, (place.endpoint, place.epoch, place.seq)).fetchone()
        if row:
            return int(row[0])
    row = connection.execute("SELECT number FROM captures WHERE id = ?", (delivery_id,)).fetchone()
    return int(row[0]) if row else None


def reserve_number(connection: sqlite3.Connection) -> int:
    """A number that no other capture has or will have."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'captures'").fetchone()
    if row is None:
        connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('captures', 1)")
        return 1
    connection.execute("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'captures'")
    return int(row[0]) + 1


def insert_capture(
    connection: sqlite3.Connection,
    delivery: Delivery,
    place: LogPlace,
    *,
    origin: Origin,
    owed: bool,
    missed: bool,
    recognition: Recognition,
    digest: bytes,
    number: int | None = None,
) -> Kept:
    """Hold the delivery, its cursor moved along; `digest` is its body's SHA-256, with a `number` the body is there
    already. Held before: nothing changes but the cursor."""
    known = known_number(connection, delivery.id, place)
    if known is not None:
        advance_cursor(connection, place)
        if number is not None:
            connection.execute("DELETE FROM bodies WHERE key BETWEEN ? AND ?", body_keys(number, DELIVERY_PART))
        return Kept(known, new=False)
    headers = encode_headers(delivery.headers)
    cursor = connection.execute(
        "INSERT INTO captures (number, id, endpoint, epoch, seq, prev, origin, owed, missed, received_at, method,"
        " target, provider, event_id, event_type, event_at, object_id, attempt_number, sequence_first, sequence_last,"
        " handshake, body_bytes, body_sha256, kept_bytes) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            number,
            delivery.id,
            place.endpoint,
            place.epoch,
            place.seq,
            place.prev,
            origin,
            owed,
            missed,
            delivery.received_at,
            delivery.method,
            delivery.target,
            recognition.provider,
            recognition.event_id,
            recognition.event_type,
            recognition.event_at,
            recognition.object_id,
            recognition.attempt_number,
            *(recognition.sequence or (None, None)),
            recognition.handshake,
            len(delivery.body),
            digest,
            OVERHEAD_BYTES + len(delivery.target) + len(headers) + len(delivery.body),
        ),
    )
    held = number if number is not None else int(cursor.lastrowid or 0)
    connection.execute(
        "INSERT INTO heads (number, scheme, http_version, remote, url, headers) VALUES (?,?,?,?,?,?)",
        (held, delivery.scheme, delivery.http_version, delivery.remote, delivery.url, headers),
    )
    insert_endings(connection, [(held, delivery)])
    if number is None:
        insert_body(connection, held, DELIVERY_PART, delivery.body)
    advance_cursor(connection, place)
    return Kept(held, new=True)


def advance_cursor(connection: sqlite3.Connection, place: LogPlace) -> None:
    """Move the cursor to a delivery that was kept, and over what was kept behind it, but never over a hole."""
    if place.seq is None:
        return
    held = connection.execute("SELECT epoch, seq FROM cursors WHERE endpoint = ?", (place.endpoint,)).fetchone()
    reached = place.seq
    behind_us = held is not None and held[0] == place.epoch
    if behind_us and (place.seq <= held[1] or (place.prev is not None and place.prev > held[1])):
        return
    while (further := _next(connection, place, reached)) is not None:
        reached = further
    write_cursor(connection, place.endpoint, place.epoch, reached)


def _next(connection: sqlite3.Connection, place: LogPlace, reached: int) -> int | None:
    """The seq that follows without a hole: of a delivery that is held, or of the end of a declared gap."""
    log = (place.endpoint, place.epoch)
    query = "SELECT seq, prev FROM captures WHERE endpoint = ? AND epoch = ? AND seq > ? ORDER BY seq LIMIT 1"
    row = connection.execute(query, (*log, reached)).fetchone()
    if row is not None and row[1] is not None and row[1] <= reached:
        return int(row[0])
    query = (
        "SELECT until FROM gaps WHERE endpoint = ? AND epoch = ? AND after <= ? AND until > ? ORDER BY until LIMIT 1"
    )
    row = connection.execute(query, (*log, reached, reached)).fetchone()
    return int(row[0]) if row else None


def write_cursor(connection: sqlite3.Connection, endpoint: str, epoch: str, seq: int) -> None:
    """Set the cursor, wherever it was."""
    connection.execute("INSERT OR REPLACE INTO cursors (endpoint, epoch, seq) VALUES (?,?,?)", (endpoint, epoch, seq))


def insert_gap(connection: sqlite3.Connection, endpoint: str, epoch: str, after: int, until: int, reason: str) -> None:
    """Note what the relay no longer has, and go on behind it."""
    connection.execute(
        "INSERT OR IGNORE INTO gaps (endpoint, epoch, after, until, reason) VALUES (?,?,?,?,?)",
        (endpoint, epoch, after, until, reason),
    )
    advance_cursor(connection, LogPlace(endpoint, epoch, until, after))


def pieces(body: bytes) -> Iterator[tuple[int, bytes]]:
    """The numbered pieces of a body; none for an empty one."""
    if len(body) > MAX_PIECES * PIECE_BYTES:
        raise ValueError(f"a body has at most {MAX_PIECES * PIECE_BYTES:,} bytes")
    for start in range(0, len(body), PIECE_BYTES):
        yield start // PIECE_BYTES, body[start : start + PIECE_BYTES]


def insert_body(connection: sqlite3.Connection, capture: int, part: int, body: bytes) -> None:
    """Hold a body in pieces."""
    rows = [(body_key(capture, part, piece), data) for piece, data in pieces(body)]
    if rows:
        insert_pieces(connection, rows)


def insert_pieces(connection: sqlite3.Connection, rows: Sequence[tuple[int, bytes]]) -> None:
    """Hold pieces under their keys; a piece of an upload that was broken off under the same key gives way."""
    connection.executemany("INSERT OR REPLACE INTO bodies (key, data) VALUES (?,?)", rows)


def number_of(connection: sqlite3.Connection, delivery_id: str) -> int | None:
    """The number of a capture that is held; None where it is not, as when it was cleared while its attempt ran."""
    row = connection.execute("SELECT number FROM captures WHERE id = ?", (delivery_id,)).fetchone()
    return int(row[0]) if row else None


def insert_kept_back(connection: sqlite3.Connection, capture: int, reason: str) -> None:
    """Note why a delivery's path keeps it from the handler."""
    connection.execute("INSERT OR REPLACE INTO kept_back (capture, reason) VALUES (?,?)", (capture, reason))
