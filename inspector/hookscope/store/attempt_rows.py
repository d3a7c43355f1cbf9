"""Attempts as rows, for what writes them by the group: noted, ended, and those beside the first one.

Transactions are the caller's.
"""

# ruff: noqa: S608 - the SQL is put together from our own words; values are parameters, always.

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from hookscope.model.capture import Attempt, SentRequest
from hookscope.store.entry import Copy, Entry
from hookscope.store.inserts import OVERHEAD_BYTES, encode_headers, insert_pieces, insert_streams, pieces
from hookscope.store.schema import answer_part, body_key, sent_part
from hookscope_relay.delivery import Delivery

ATTEMPT = (
    "INSERT INTO attempts (capture, number, origin, handler_url, started_at, sent_method, sent_target, sent_headers,"
    " sent_body, sent, elapsed_ms, status, reason, headers, failure, detail, answered_by, route, is_copy)"
    f" VALUES ({','.join('?' * 19)})"
)
ENDED = (
    "UPDATE attempts SET elapsed_ms = ?, status = ?, reason = ?, headers = ?, failure = ?, detail = ?, answered_by = ?"
    " WHERE capture = ? AND number = ?"
)


def write_copies(connection: sqlite3.Connection, copies: Sequence[tuple[int, Entry, Copy, Attempt]]) -> None:
    """The attempts beside the first ones, by their captures' numbers, as they are noted or as they ended: whole,
    whatever was noted before. Nothing of a capture that was cleared meanwhile."""
    if not copies:
        return
    numbers = {number for number, *_ in copies}
    query = f"SELECT number FROM captures WHERE number IN ({','.join('?' * len(numbers))})"
    there = {row[0] for row in connection.execute(query, [*numbers])}
    rows, sizes = [], []
    bodies: list[tuple[int, bytes]] = []
    for number, entry, copy, attempt in copies:
        if number not in there:
            continue
        sent = differing(entry.delivery, encode_headers(entry.delivery.headers), attempt.request)
        answer_headers = encode_headers(attempt.answer.headers) if attempt.answer else None
        answer_body = attempt.answer.body if attempt.answer else b""
        rows.append(attempt_row(number, attempt, sent, answer_headers, copy.number))
        bodies += piece_rows(number, sent_part(copy.number), sent[3] or b"")
        bodies += piece_rows(number, answer_part(copy.number), answer_body)
        size = OVERHEAD_BYTES + len(sent[2] or "") + len(sent[3] or b"") + len(answer_headers or "") + len(answer_body)
        sizes.append((copy.number, size, number))
    connection.executemany(ATTEMPT.replace("INSERT", "INSERT OR REPLACE", 1), rows)
    connection.executemany(
        "UPDATE captures SET attempts = max(attempts, ?), kept_bytes = kept_bytes + ? WHERE number = ?", sizes
    )
    insert_pieces(connection, bodies)
    insert_streams(connection, [(number, copy.number, attempt.stream) for number, _, copy, attempt in copies])


def attempt_row(
    number: int,
    attempt: Attempt,
    sent: tuple[str | None, str | None, str | None, bytes | None],
    headers: str | None,
    place: int = 1,
) -> tuple[Any, ...]:
    """A row of `ATTEMPT`: `sent` as `differing` has it, `headers` those of the answer."""
    return (
        number,
        place,
        attempt.origin,
        attempt.handler_url,
        attempt.started_at,
        *sent[:3],
        sent[3] is not None,
        attempt.request is not None,
        *end_row(attempt, headers),
        attempt.route,
        attempt.is_copy,
    )


def end_row(attempt: Attempt, headers: str | None) -> tuple[Any, ...]:
    """What came of an attempt, as `ENDED` takes it."""
    answer, failure = attempt.answer, attempt.failure
    return (
        attempt.elapsed_ms,
        answer.status if answer else None,
        answer.reason if answer else None,
        headers,
        failure.kind if failure else None,
        failure.detail if failure else None,
        attempt.answered_by,
    )


def differing(
    delivery: Delivery, headers: str, request: SentRequest | None
) -> tuple[str | None, str | None, str | None, bytes | None]:
    """Method, target, headers and body of what is sent, each None where it equals the delivery's."""
    if request is None:
        return None, None, None, None
    sent = encode_headers(request.headers)
    return (
        None if request.method == delivery.method else request.method,
        None if request.target == delivery.target else request.target,
        None if sent == headers else sent,
        None if request.body == delivery.body else request.body,
    )


def piece_rows(number: int, part: int, body: bytes) -> Iterable[tuple[int, bytes]]:
    """The rows of a body in pieces."""
    return ((body_key(number, part, piece), data) for piece, data in pieces(body)) if body else ()
