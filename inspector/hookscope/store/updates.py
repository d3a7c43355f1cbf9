"""What became of a capture, as it is written: attempts, findings, how the wait ended, marks.

Transactions are the caller's.
"""

# ruff: noqa: S608 - the SQL is put together from our own words; values are parameters, always.

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence

import msgspec

from hookscope.model.capture import Attempt, Failure, SentRequest, counts
from hookscope.model.errors import NoSuchCapture
from hookscope.model.finding import Finding
from hookscope.model.verdict import Verdict
from hookscope.store.held import release
from hookscope.store.inserts import OVERHEAD_BYTES, encode_headers, insert_body, number_of
from hookscope.store.schema import MAX_ATTEMPTS, answer_part, sent_part
from hookscope_relay.delivery import Answer

_FINDING = "INSERT INTO findings (capture, attempt, position, code, cause, content) VALUES (?,?,?,?,?,?)"
# What is proved leads the row, whatever is found of the same attempt once more.
_BEST = (
    "UPDATE captures SET verdict = coalesce(?, verdict), cause = ?, severity = ?, title = ? WHERE number = ? AND"
    " outcome_attempt = ? AND NOT EXISTS (SELECT 1 FROM proofs p WHERE p.capture = captures.number AND p.attempt ="
    " outcome_attempt)"
)


def held_number(connection: sqlite3.Connection, delivery_id: str) -> int:
    """The number of a capture that must be held; `NoSuchCapture` where it is not."""
    number = number_of(connection, delivery_id)
    if number is None:
        raise NoSuchCapture(f"there is no capture {delivery_id[:40]!r}", "it may have been cleared meanwhile")
    return number


def insert_attempt(connection: sqlite3.Connection, delivery_id: str, attempt: Attempt) -> int:
    """Note that an attempt is about to be made; its number."""
    capture, request = held_number(connection, delivery_id), attempt.request
    row = connection.execute(
        "SELECT coalesce(max(number), 0) + 1 FROM attempts WHERE capture = ?", (capture,)
    ).fetchone()
    number = int(row[0])
    if number > MAX_ATTEMPTS:
        raise ValueError(f"a capture has at most {MAX_ATTEMPTS:,} attempts")
    differing = _differing(connection, capture, request)
    connection.execute(
        "INSERT INTO attempts (capture, number, origin, handler_url, started_at, sent_method, sent_target,"
        " sent_headers, sent_body, sent, route, is_copy) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            capture,
            number,
            attempt.origin,
            attempt.handler_url,
            attempt.started_at,
            *differing[:3],
            differing[3] is not None,
            request is not None,
            attempt.route,
            attempt.is_copy,
        ),
    )
    if differing[3] is not None:
        insert_body(connection, capture, sent_part(number), differing[3])
    connection.execute(
        "UPDATE captures SET attempts = ?, kept_bytes = kept_bytes + ? WHERE number = ?",
        (number, OVERHEAD_BYTES + len(differing[2] or "") + len(differing[3] or b""), capture),
    )
    before = connection.execute("SELECT handler_url FROM captures WHERE number = ?", (capture,)).fetchone()[0]
    if counts(attempt, before):
        _let_count(connection, capture, number, attempt)
    return number


def _let_count(connection: sqlite3.Connection, capture: int, number: int, attempt: Attempt) -> None:
    """Let the capture's row speak of this attempt from now on, and of no experiment before it."""
    connection.execute(
        "UPDATE captures SET outcome_attempt = ?, tried_attempt = 0, attempt_origin = ?, handler_url = ?, status ="
        " NULL, failure = '', elapsed_ms = NULL, answered_by = '', cause = '', severity = '', title = '' WHERE"
        " number = ?",
        (number, attempt.origin, attempt.handler_url, capture),
    )


def _differing(
    connection: sqlite3.Connection, capture: int, request: SentRequest | None
) -> tuple[str | None, str | None, str | None, bytes | None]:
    """Method, target, headers and body of what is sent, each None where it equals the delivery's."""
    if request is None:
        return None, None, None, None
    method, target, headers, digest = connection.execute(
        "SELECT c.method, c.target, h.headers, c.body_sha256 FROM captures c JOIN heads h USING (number) WHERE"
        " number = ?",
        (capture,),
    ).fetchone()
    sent_headers = encode_headers(request.headers)
    return (
        None if request.method == method else request.method,
        None if request.target == target else request.target,
        None if sent_headers == headers else sent_headers,
        None if hashlib.sha256(request.body).digest() == digest else request.body,
    )


def finish_attempt(
    connection: sqlite3.Connection,
    delivery_id: str,
    number: int,
    *,
    elapsed_ms: float,
    answer: Answer | None,
    failure: Failure | None,
    answered_by: str,
    holds: bool = False,
) -> None:
    """Note what came of an attempt; nothing where the capture was cleared meanwhile. Its delivery is no longer held,
    unless it still `holds`."""
    capture = number_of(connection, delivery_id)
    if capture is None:
        return
    headers = encode_headers(answer.headers) if answer else None
    connection.execute(
        "UPDATE attempts SET elapsed_ms = ?, status = ?, reason = ?, headers = ?, failure = ?, detail = ?, answered_by"
        " = ? WHERE capture = ? AND number = ?",
        (
            elapsed_ms,
            answer.status if answer else None,
            answer.reason if answer else None,
            headers,
            failure.kind if failure else None,
            failure.detail if failure else None,
            answered_by,
            capture,
            number,
        ),
    )
    body = answer.body if answer else b""
    insert_body(connection, capture, answer_part(number), body)
    connection.execute(
        "UPDATE captures SET kept_bytes = kept_bytes + ? WHERE number = ?", (len(headers or "") + len(body), capture)
    )
    connection.execute(
        "UPDATE captures SET status = ?, failure = ?, elapsed_ms = ?, answered_by = ? WHERE number = ? AND"
        " outcome_attempt = ?",
        (
            answer.status if answer else None,
            failure.kind if failure else "",
            elapsed_ms,
            answered_by,
            capture,
            number,
        ),
    )
    if not holds:
        release(connection, capture, number)
    _stand_beside(connection, capture, number, answer is not None and 200 <= answer.status < 300)


def _stand_beside(connection: sqlite3.Connection, capture: int, number: int, accepted: bool) -> None:
    """Let an experiment stand beside the outcome: the latest that was accepted, else the latest;
    but never in the place of a proof."""
    connection.execute(
        "UPDATE captures SET tried_attempt = :attempt WHERE number = :capture AND outcome_attempt < :attempt AND NOT"
        " EXISTS (SELECT 1 FROM attempts a WHERE a.capture = :capture AND a.number = :attempt AND a.is_copy) AND"
        " (:accepted OR NOT EXISTS (SELECT 1 FROM attempts a WHERE a.capture = :capture AND a.number = tried_attempt"
        " AND a.status BETWEEN 200 AND 299)) AND NOT EXISTS (SELECT 1 FROM proofs p WHERE p.capture = :capture AND"
        " p.attempt = outcome_attempt)",
        {"attempt": number, "capture": capture, "accepted": accepted},
    )


def replace_findings(
    connection: sqlite3.Connection, delivery_id: str, attempt: int, verdict: Verdict | None, findings: Sequence[Finding]
) -> None:
    """Hold the verdict and the findings on an attempt (0: the delivery itself) in the place of earlier ones;
    as above."""
    capture = number_of(connection, delivery_id)
    if capture is None:
        return
    content = msgspec.json.encode(verdict).decode() if verdict else None
    connection.execute(
        "INSERT OR REPLACE INTO diagnoses (capture, attempt, verdict) VALUES (?,?,?)", (capture, attempt, content)
    )
    connection.execute("DELETE FROM findings WHERE capture = ? AND attempt = ?", (capture, attempt))
    connection.executemany(_FINDING, _finding_rows(capture, attempt, findings))
    connection.execute(_BEST, _best(ExplainedRow(capture, attempt, verdict, tuple(findings))))


class ExplainedRow(msgspec.Struct, frozen=True, gc=False):
    """The verdict and the findings on an attempt at a capture (0: on the delivery itself).

    `is_first`: nothing was held of it before.
    """

    capture: int
    attempt: int
    verdict: Verdict | None
    findings: tuple[Finding, ...]
    is_first: bool = True


def replace_all_findings(connection: sqlite3.Connection, rows: Sequence[ExplainedRow]) -> None:
    """As `replace_findings` for many captures at a time, which then wait no longer to be looked at."""
    held = _held_numbers(connection, [row.capture for row in rows])
    rows = [row for row in rows if row.capture in held]
    keys = [(row.capture, row.attempt) for row in rows]
    texts = [msgspec.json.encode(row.verdict).decode() if row.verdict else None for row in rows]
    connection.executemany(
        "INSERT OR REPLACE INTO diagnoses (capture, attempt, verdict) VALUES (?,?,?)",
        [(*key, text) for key, text in zip(keys, texts, strict=True)],
    )
    again = [(row.capture, row.attempt) for row in rows if not row.is_first]
    connection.executemany("DELETE FROM findings WHERE capture = ? AND attempt = ?", again)
    connection.executemany(
        _FINDING, [one for row in rows for one in _finding_rows(row.capture, row.attempt, row.findings)]
    )
    # What is neither verified nor found leaves the row as it was appended.
    connection.executemany(_BEST, [_best(row) for row in rows if row.verdict or row.findings or not row.is_first])
    connection.executemany("DELETE FROM waiting WHERE capture = ?", [key[:1] for key in keys])


def _held_numbers(connection: sqlite3.Connection, numbers: Sequence[int]) -> set[int]:
    marks = ",".join("?" * len(numbers))
    return {row[0] for row in connection.execute(f"SELECT number FROM captures WHERE number IN ({marks})", numbers)}


def _finding_rows(capture: int, attempt: int, findings: Sequence[Finding]) -> list[tuple[int, int, int, str, str, str]]:
    return [
        (capture, attempt, position, finding.code, finding.cause, msgspec.json.encode(finding).decode())
        for position, finding in enumerate(findings)
    ]


def replace_proofs(
    connection: sqlite3.Connection, delivery_id: str, findings: Sequence[Finding], tried: int | None
) -> None:
    """Hold what experiments proved about the attempt that counts, in the place of what was proved before; `tried` is
    the attempt that proved it. Nothing where the capture was cleared meanwhile."""
    capture = number_of(connection, delivery_id)
    if capture is None or not findings:
        return
    outcome = _outcome_attempt(connection, capture)
    connection.execute("DELETE FROM proofs WHERE capture = ? AND attempt = ?", (capture, outcome))
    connection.executemany(
        "INSERT INTO proofs (capture, attempt, position, content) VALUES (?,?,?,?)",
        [(capture, outcome, place, msgspec.json.encode(one).decode()) for place, one in enumerate(findings)],
    )
    if tried is not None:
        connection.execute("UPDATE captures SET tried_attempt = ? WHERE number = ?", (tried, capture))
    first = findings[0]
    connection.execute(
        "UPDATE captures SET cause = ?, severity = ?, title = ? WHERE number = ?",
        (first.cause, first.severity, first.title, capture),
    )


def _outcome_attempt(connection: sqlite3.Connection, capture: int) -> int:
    return int(connection.execute("SELECT outcome_attempt FROM captures WHERE number = ?", (capture,)).fetchone()[0])


def _best(row: ExplainedRow) -> tuple[str | None, str, str, str, int, int]:
    first = row.findings[0] if row.findings else None
    return (
        row.verdict.state if row.verdict else None,
        first.cause if first else "",
        first.severity if first else "",
        first.title if first else "",
        row.capture,
        row.attempt,
    )


def insert_settlement(
    connection: sqlite3.Connection, delivery_id: str, how: str, status: int | None, by: str, waited_ms: float
) -> None:
    """Note how the sender's wait ended; the first word on it stays; as above."""
    capture = number_of(connection, delivery_id)
    if capture is None:
        return
    connection.execute(
        "INSERT OR IGNORE INTO settlements (capture, how, status, answered_by, waited_ms) VALUES (?,?,?,?,?)",
        (capture, how, status, by, waited_ms),
    )


def write_mark(connection: sqlite3.Connection, delivery_id: str, on: bool) -> None:
    """Mark a capture, so that retention keeps it, or take the mark off."""
    capture = held_number(connection, delivery_id)
    statement = "INSERT OR IGNORE INTO marks (capture) VALUES (?)" if on else "DELETE FROM marks WHERE capture = ?"
    connection.execute(statement, (capture,))
