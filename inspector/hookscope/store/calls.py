"""Calls in the capture database: written in the caller's transaction, read as values."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import msgspec

from hookscope.model.call import Call, Credential, Tie
from hookscope.model.capture import Failure, FailureKind
from hookscope.model.errors import NoSuchCapture
from hookscope.model.finding import Finding
from hookscope.store.inserts import OVERHEAD_BYTES, encode_headers
from hookscope.text.timestamp import sound_time
from hookscope_relay.delivery import Answer, Headers

_CALL = (
    "INSERT INTO calls (delivery, confidence, api, base, method, target, started_at, elapsed_ms, first_byte_ms, status,"
    " failure, cause, title, digest, fault) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)
_MESSAGES = (
    "INSERT INTO call_messages (call, connection, abandoned, headers, body, body_bytes, reason, answer_headers,"
    " answer_body, answer_bytes, detail, credential, tie, findings) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)
_SELECT = (
    "SELECT c.number, c.api, c.base, c.method, c.target, c.started_at, c.elapsed_ms, c.first_byte_ms, c.status,"
    " c.failure, c.fault, m.connection, m.abandoned, m.headers, m.body, m.body_bytes, m.reason, m.answer_headers,"
    " m.answer_body, m.answer_bytes, m.detail, m.credential, m.tie, m.findings FROM calls c"
    " JOIN call_messages m ON m.call = c.number"
)

_HEADERS = msgspec.json.Decoder(Headers)
_CREDENTIAL = msgspec.json.Decoder(Credential | None)
_TIE = msgspec.json.Decoder(Tie)
_FINDINGS = msgspec.json.Decoder(tuple[Finding, ...])


def insert_calls(connection: sqlite3.Connection, calls: Sequence[Call]) -> list[Call]:
    """Hold calls and their messages; they come back with their numbers."""
    return [replace(call, number=_insert(connection, call)) for call in calls]


def _insert(connection: sqlite3.Connection, call: Call) -> int:
    answer = call.answer or Answer(status=100)
    explained = call.explained
    cursor = connection.execute(
        _CALL,
        (
            call.tie.delivery,
            call.tie.confidence,
            call.api,
            call.base,
            call.method,
            call.target,
            call.started_at,
            call.elapsed_ms,
            call.first_byte_ms,
            call.status,
            call.failure.kind if call.failure else "",
            explained.cause if explained else "",
            explained.title if explained else "",
            call.credential.digest if call.credential else "",
            call.fault,
        ),
    )
    number = int(cursor.lastrowid or 0)
    connection.execute(
        _MESSAGES,
        (
            number,
            call.connection,
            call.abandoned,
            encode_headers(call.headers),
            call.body,
            call.body_bytes,
            answer.reason,
            encode_headers(answer.headers),
            answer.body,
            call.answer_bytes,
            call.failure.detail if call.failure else "",
            *(msgspec.json.encode(part).decode() for part in (call.credential, call.tie, call.findings)),
        ),
    )
    connection.execute(
        "UPDATE captures SET kept_bytes = kept_bytes + ? WHERE id = ?",
        (OVERHEAD_BYTES + len(call.body) + len(answer.body), call.tie.delivery),
    )
    return number


def read_calls(connection: sqlite3.Connection, delivery: str) -> tuple[Call, ...]:
    """The calls of a delivery, in the order they were made."""
    query = f"{_SELECT} WHERE c.delivery = ? ORDER BY c.started_at, c.number"
    return tuple(_call(row) for row in connection.execute(query, (delivery,)))


def read_call(connection: sqlite3.Connection, number: int) -> Call:
    """One call; `NoSuchCapture` where it is not held."""
    row = connection.execute(f"{_SELECT} WHERE c.number = ?", (number,)).fetchone()
    if row is None:
        raise NoSuchCapture(f"there is no call {number}", "see `hookscope show last --calls`")
    return _call(row)


def read_last_good(connection: sqlite3.Connection, api: str) -> dict[str, float]:
    """Fingerprints of credentials that the API accepted, each with the time of its last accepted call."""
    query = (
        "SELECT digest, max(started_at) FROM calls WHERE api = ? AND digest <> '' AND status BETWEEN 200 AND 299"
        " AND fault = '' GROUP BY digest"
    )
    return dict(connection.execute(query, (api,)))


def delete_before(connection: sqlite3.Connection, at: float) -> None:
    """Take out the calls that belong to no capture and are older."""
    connection.execute(
        "DELETE FROM calls WHERE started_at < ? AND NOT EXISTS (SELECT 1 FROM captures c WHERE c.id = calls.delivery)",
        (at,),
    )


def _call(row: Sequence[Any]) -> Call:
    status, failure = row[8], row[9]
    return Call(
        number=row[0],
        api=row[1],
        base=row[2],
        method=row[3],
        target=row[4],
        started_at=sound_time(row[5]),
        elapsed_ms=row[6],
        first_byte_ms=row[7],
        fault=row[10],
        connection=row[11],
        abandoned=bool(row[12]),
        headers=_HEADERS.decode(row[13]),
        body=row[14],
        body_bytes=row[15],
        answer=None
        if status is None
        else Answer(status=status, reason=row[16], headers=_HEADERS.decode(row[17]), body=row[18]),
        answer_bytes=row[19],
        failure=Failure(kind=cast(FailureKind, failure), detail=row[20]) if failure else None,
        credential=_CREDENTIAL.decode(row[21]),
        tie=_TIE.decode(row[22]),
        findings=_FINDINGS.decode(row[23]),
    )
