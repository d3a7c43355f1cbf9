"""What is read from the capture database, as values; each function works on a connection that only reads."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

import msgspec

from hookscope.diagnosis.case import SettledHow, Settlement
from hookscope.model.capture import Attempt, Capture, Failure, FailureKind, Origin, SentRequest
from hookscope.model.errors import NoSuchCapture
from hookscope.model.finding import Finding
from hookscope.model.stream_note import StreamNote, decode_note
from hookscope.model.verdict import Recognition, Verdict
from hookscope.store.column_types import typed
from hookscope.store.schema import DELIVERY_PART, answer_part, body_keys, sent_part
from hookscope.text.timestamp import sound_time
from hookscope_relay.delivery import Answer, Delivery, Headers, passable_trailers
from hookscope_relay.errors import InputError
from hookscope_relay.wire import Gap

AMBIGUOUS_SHOWN = 5
# Beyond what a ULID needs to differ within a screen of captures.
MAX_NAME = 64

_HEADERS = msgspec.json.Decoder(Headers)
_FINDING = msgspec.json.Decoder(Finding)
_VERDICT = msgspec.json.Decoder(Verdict)


class Where(Protocol):
    """A condition on captures, as the filter language makes it: SQL over the alias `c`, and its parameters."""

    def sql(self) -> tuple[str, Sequence[object]]: ...


def resolve(connection: sqlite3.Connection, name: str) -> int:
    """The number of the capture that a person names: `last`, a number, an id or the beginning of one."""
    name = name.strip()
    found = _by_number(connection, name)
    if found is None:
        found = _by_prefix(connection, name)
    if found is None and name == "last":
        raise NoSuchCapture("nothing is captured yet", "`hookscope listen` captures deliveries")
    if found is None:
        shown = repr(name[:MAX_NAME])
        meets = f"`hookscope list {shown}` lists what meets that filter, and --where {shown} has replay or save take all of it"
        raise NoSuchCapture(f"there is no capture {shown}", meets if ":" in name else "see `hookscope list`")
    return found


def _by_number(connection: sqlite3.Connection, name: str) -> int | None:
    if name == "last":
        row = connection.execute("SELECT max(number) FROM captures").fetchone()
    elif name.isascii() and name.isdigit() and len(name) < 19 and not name.startswith("0"):
        # A ULID begins with a zero for the next thousands of years; a number never does.
        row = connection.execute("SELECT number FROM captures WHERE number = ?", (int(name),)).fetchone()
    else:
        return None
    return int(row[0]) if row and row[0] is not None else None


def _by_prefix(connection: sqlite3.Connection, name: str) -> int | None:
    """The one capture whose id begins so; our own ids are lower case, imported ones need not be."""
    if not name or len(name) > MAX_NAME:
        return None
    query = "SELECT number, id FROM captures WHERE id >= ? AND id < ? ORDER BY id LIMIT ?"
    rows: list[tuple[int, str]] = []
    for prefix in dict.fromkeys((name, name.lower())):
        rows += connection.execute(query, (prefix, prefix + "\U0010ffff", AMBIGUOUS_SHOWN + 1)).fetchall()
    exact = [row for row in rows if row[1] in (name, name.lower())]
    rows = exact or rows
    if len(rows) > 1:
        some = ", ".join(f"{number} ({id})" for number, id in rows[:AMBIGUOUS_SHOWN])
        more = ", …" if len(rows) > AMBIGUOUS_SHOWN else ""
        raise InputError(
            f"{name!r} is the beginning of several captures: {some}{more}", "give more of the id, or the number"
        )
    return rows[0][0] if rows else None


_CAPTURE = (
    "SELECT c.number, c.id, c.received_at, c.method, c.target, c.provider, h.scheme, h.http_version, h.remote, h.url,"
    " h.headers, c.origin, c.owed, c.event_id, c.event_type, c.event_at, c.object_id, c.attempt_number, c.handshake,"
    " c.sequence_first, c.sequence_last, e.trailers, e.broken"
    " FROM captures c JOIN heads h USING (number) LEFT JOIN endings e ON e.capture = c.number WHERE "
)


def read_capture(connection: sqlite3.Connection, number: int) -> Capture:
    """The whole capture, bodies included."""
    row = connection.execute(f"{_CAPTURE} c.number = ?", (number,)).fetchone()
    if row is None:
        raise NoSuchCapture(f"there is no capture {number}", "see `hookscope list`")
    return _capture(connection, row)


def _capture(connection: sqlite3.Connection, row: Sequence[Any]) -> Capture:
    delivery = Delivery(
        id=row[1],
        received_at=sound_time(row[2]),
        method=row[3],
        target=row[4],
        scheme=row[6],
        http_version=row[7],
        remote=row[8],
        url=row[9],
        headers=_HEADERS.decode(row[10]),
        body=read_body(connection, row[0], DELIVERY_PART),
        trailers=_HEADERS.decode(row[21]) if row[21] else (),
        broken=row[22] or "",
    )
    attempts = read_attempts(connection, row[0], delivery)
    return typed(Capture(delivery=typed(delivery), attempts=attempts, provider=row[5]))


@dataclass(frozen=True, slots=True)
class HeldCapture:
    """A capture with its number, how it came, and what was recognised then."""

    number: int
    capture: Capture
    origin: Origin
    owed: bool
    recognition: Recognition


def read_held(connection: sqlite3.Connection, names: Iterable[int | str]) -> dict[int | str, HeldCapture]:
    """The captures of these numbers or whole ids; those that are not held are left out."""
    found: dict[int | str, HeldCapture] = {}
    for name in names:
        query = f"{_CAPTURE} c.{'number' if isinstance(name, int) else 'id'} = ?"
        row = connection.execute(query, (name,)).fetchone()
        if row is not None:
            recognition = _recognition((row[5], *row[13:21]))
            found[name] = HeldCapture(
                row[0], _capture(connection, row), cast(Origin, row[11]), bool(row[12]), recognition
            )
    return found


def read_body(connection: sqlite3.Connection, capture: int, part: int) -> bytes:
    """A body, its pieces joined."""
    query = "SELECT data FROM bodies WHERE key BETWEEN ? AND ? ORDER BY key"
    return b"".join(row[0] for row in connection.execute(query, body_keys(capture, part)))


def read_attempts(connection: sqlite3.Connection, capture: int, delivery: Delivery) -> tuple[Attempt, ...]:
    """The capture's attempts, in the order they were made."""
    rows = connection.execute(
        "SELECT number, origin, handler_url, started_at, elapsed_ms, status, reason, headers, failure, detail, answered_by,"
        " is_copy, sent, sent_method, sent_target, sent_headers, sent_body, route FROM attempts WHERE capture = ? ORDER BY number",
        (capture,),
    ).fetchall()
    query = "SELECT attempt, content FROM streams WHERE capture = ?"
    notes = {attempt: decode_note(content) for attempt, content in connection.execute(query, (capture,))}
    return tuple(_attempt(connection, capture, delivery, row, notes.get(row[0])) for row in rows)


def _attempt(
    connection: sqlite3.Connection, capture: int, delivery: Delivery, row: Sequence[Any], note: StreamNote | None
) -> Attempt:
    number, origin, handler_url, started_at, elapsed_ms, status, reason, headers, failure, detail, answered_by = row[
        :11
    ]
    one = Attempt(
        number=number,
        origin=cast(Origin, origin),
        handler_url=handler_url,
        started_at=sound_time(started_at),
        elapsed_ms=elapsed_ms,
        answer=None
        if status is None
        else typed(
            Answer(
                status=status,
                reason=reason,
                headers=_HEADERS.decode(headers),
                body=read_body(connection, capture, answer_part(number)),
            )
        ),
        failure=typed(Failure(kind=cast(FailureKind, failure), detail=detail)) if failure else None,
        request=_sent(connection, capture, delivery, number, row[12:17]),
        answered_by=answered_by,
        route=row[17],
        stream=note,
        is_copy=bool(row[11]),
    )
    return typed(one)


def _sent(
    connection: sqlite3.Connection, capture: int, delivery: Delivery, number: int, columns: Sequence[Any]
) -> SentRequest | None:
    sent, method, target, headers, own_body = columns
    if not sent:
        return None
    sent_request = SentRequest(
        method=delivery.method if method is None else method,
        target=delivery.target if target is None else target,
        headers=delivery.headers if headers is None else _HEADERS.decode(headers),
        body=read_body(connection, capture, sent_part(number)) if own_body else delivery.body,
        trailers=passable_trailers(delivery.trailers),
    )
    return typed(sent_request)


def read_findings(connection: sqlite3.Connection, capture: int, attempt: int | None) -> tuple[Finding, ...]:
    """The findings on one attempt, what is proved first, then best first; without an attempt on the one that counts."""
    outcome = _outcome_attempt(connection, capture)
    chosen = attempt if attempt is not None else outcome
    proved = read_proofs(connection, capture, chosen)
    told = {finding.code for finding in proved}
    query = "SELECT content FROM findings WHERE capture = ? AND attempt = ? ORDER BY position"
    found = tuple(_FINDING.decode(row[0]) for row in connection.execute(query, (capture, chosen)))
    return (*proved, *(finding for finding in found if finding.code not in told))


def read_proofs(connection: sqlite3.Connection, capture: int, attempt: int) -> tuple[Finding, ...]:
    """What experiments proved about the outcome of an attempt that counted."""
    query = "SELECT content FROM proofs WHERE capture = ? AND attempt = ? ORDER BY position"
    return tuple(_FINDING.decode(row[0]) for row in connection.execute(query, (capture, attempt)))


def read_verdict(connection: sqlite3.Connection, capture: int) -> Verdict | None:
    """The verdict on the capture as it came; None where nothing was verified."""
    query = "SELECT verdict FROM diagnoses WHERE capture = ? AND attempt <= ? AND verdict IS NOT NULL ORDER BY attempt DESC LIMIT 1"
    row = connection.execute(query, (capture, _outcome_attempt(connection, capture))).fetchone()
    return _VERDICT.decode(row[0]) if row else None


def _outcome_attempt(connection: sqlite3.Connection, capture: int) -> int:
    """The attempt that counts; 0 where there is none."""
    row = connection.execute("SELECT outcome_attempt FROM captures WHERE number = ?", (capture,)).fetchone()
    return int(row[0]) if row else 0


def read_recognition(connection: sqlite3.Connection, number: int) -> Recognition:
    """What the sender said of itself, as it was recognised at capture; empty where nobody was."""
    row = connection.execute(
        "SELECT provider, event_id, event_type, event_at, object_id, attempt_number, handshake, sequence_first,"
        " sequence_last FROM captures WHERE number = ?",
        (number,),
    ).fetchone()
    return Recognition() if row is None else _recognition(row)


def _recognition(row: Sequence[Any]) -> Recognition:
    one = Recognition(
        provider=row[0],
        confidence=1.0 if row[0] else 0.0,
        event_id=row[1],
        event_type=row[2],
        event_at=row[3],
        object_id=row[4],
        attempt_number=row[5],
        handshake=row[6],
        sequence=None if row[7] is None else (row[7], row[8]),
    )
    return typed(one)


def read_settlement(connection: sqlite3.Connection, capture: int) -> Settlement | None:
    """How the sender's wait ended; None where nobody said."""
    query = "SELECT how, status, answered_by, waited_ms FROM settlements WHERE capture = ?"
    row = connection.execute(query, (capture,)).fetchone()
    if row is None:
        return None
    return Settlement(how=cast(SettledHow, row[0]), status=row[1] or 0, by=row[2], waited_ms=row[3])


def read_waiting(connection: sqlite3.Connection, endpoint: str | None) -> list[int]:
    """The numbers of what nobody has looked at yet, oldest first."""
    if endpoint is None:
        return [row[0] for row in connection.execute("SELECT capture FROM waiting ORDER BY capture")]
    query = "SELECT w.capture FROM waiting w JOIN captures c ON c.number = w.capture WHERE c.endpoint = ? ORDER BY w.capture"
    return [row[0] for row in connection.execute(query, (endpoint,))]


def read_unverified(connection: sqlite3.Connection, endpoint: str | None, provider: str, limit: int) -> list[str]:
    """The ids of a provider's deliveries that no secret was known for, or the right one not, without those that were
    kept from the handler; the newest, oldest first."""
    query = """
        SELECT id FROM captures WHERE endpoint = coalesce(?, endpoint) AND provider = ?
        AND verdict IN ('no-secret', 'rejected') AND number NOT IN (SELECT capture FROM kept_back)
        ORDER BY number DESC LIMIT ?
    """
    return [row[0] for row in connection.execute(query, (endpoint, provider, limit))][::-1]


def read_endpoints(connection: sqlite3.Connection, numbers: Iterable[int]) -> list[str]:
    """The ids of the endpoints that the captures of these numbers came to."""
    query = "SELECT DISTINCT endpoint FROM captures WHERE number IN (SELECT value FROM json_each(?))"
    return [row[0] for row in connection.execute(query, (msgspec.json.encode([*numbers]).decode(),))]


def read_newest(connection: sqlite3.Connection) -> int:
    """The number of the newest capture; 0 where there is none."""
    return int(connection.execute("SELECT coalesce(max(number), 0) FROM captures").fetchone()[0])


def read_newer(connection: sqlite3.Connection, ids: Sequence[str], number: int) -> list[str]:
    """Those of the deliveries that are held since after the capture of that number, in their order."""
    query = "SELECT 1 FROM captures WHERE id = ? AND number > ?"
    return [name for name in ids if connection.execute(query, (name, number)).fetchone()]


def read_cursor(connection: sqlite3.Connection, endpoint: str) -> tuple[str, int] | None:
    """Epoch and seq up to which everything of the endpoint is held; None where nothing ever was."""
    row = connection.execute("SELECT epoch, seq FROM cursors WHERE endpoint = ?", (endpoint,)).fetchone()
    return (row[0], row[1]) if row else None


def read_gaps(connection: sqlite3.Connection, endpoint: str) -> list[Gap]:
    """What the relay declared lost, in the order it was declared."""
    query = "SELECT after, until, reason FROM gaps WHERE endpoint = ? ORDER BY number"
    return [Gap(after=row[0], until=row[1], reason=row[2]) for row in connection.execute(query, (endpoint,))]
