# ruff: noqa: S608 - the SQL is put together from our own words; values are parameters, always.
"""Captures as rows: pages of the list, counts, and what diagnosis remembers of earlier deliveries;
on a connection that only reads."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from hookscope.diagnosis.case import Earlier
from hookscope.model.capture import path_of
from hookscope.model.summary import Beside, Summary
from hookscope.store.column_types import typed
from hookscope.store.queries import Where
from hookscope.text.timestamp import sound_time

# A column of captures, a provider, and what stands in the column.
Name: TypeAlias = tuple[str, str, str]
# Any: the columns of a row, its number first.
Row: TypeAlias = Sequence[Any]

_SUMMARY = (
    "SELECT c.number, c.id, c.received_at, c.method, c.target, c.origin, c.provider, c.event_type, c.body_bytes, c.owed,"
    " c.attempts, c.status, c.failure, c.elapsed_ms, c.answered_by, c.verdict, c.cause, c.severity, c.title,"
    " EXISTS (SELECT 1 FROM marks m WHERE m.capture = c.number), c.outcome_attempt, c.attempt_origin, c.handler_url,"
    " l.status, coalesce(l.failure, ''), l.number, t.status, coalesce(t.failure, ''), t.number, t.origin, t.handler_url,"
    " EXISTS (SELECT 1 FROM proofs p WHERE p.capture = c.number AND p.attempt = c.outcome_attempt"
    " AND json_extract(p.content, '$.proved') <> ''),"
    " CASE WHEN k.number IS NULL THEN '' WHEN k.status >= 400 THEN k.status WHEN k.failure <> '' THEN k.failure ELSE k.cause END,"
    " coalesce(k.title, ''), coalesce(r.route, ''), EXISTS (SELECT 1 FROM held h WHERE h.capture = c.number),"
    " CASE WHEN c.attempts > 1 THEN (SELECT group_concat(x.route || ' ' || coalesce(x.status, x.failure), ', ') FROM attempts x"
    " WHERE x.capture = c.number AND x.is_copy AND (x.failure IS NOT NULL OR x.status NOT BETWEEN 200 AND 299)) END FROM captures c"
    " LEFT JOIN attempts r ON r.capture = c.number AND r.number = c.outcome_attempt"
    " LEFT JOIN attempts l ON l.capture = c.number AND l.number = 1 AND c.outcome_attempt > 1 AND l.origin = 'live'"
    " LEFT JOIN attempts t ON t.capture = c.number AND t.number = c.tried_attempt AND c.tried_attempt > c.outcome_attempt"
    " LEFT JOIN calls k ON k.number = (SELECT min(r.number) FROM calls r WHERE r.delivery = c.id AND r.cause <> '')"
)
_EARLIER = (
    "SELECT c.number, c.id, c.received_at, c.provider, c.event_id, c.event_type, c.object_id, c.event_at, c.attempt_number,"
    " c.status, c.failure, c.cause, c.method, c.target, c.body_sha256, c.handler_url, c.elapsed_ms, c.sequence_last FROM captures c"
)


def read_summary(connection: sqlite3.Connection, number: int) -> Summary | None:
    """One row of the list; None where there is no such capture."""
    row = connection.execute(f"{_SUMMARY} WHERE c.number = ?", (number,)).fetchone()
    return _summary(row) if row else None


def read_summaries(
    connection: sqlite3.Connection, where: Where | None, limit: int, before: int | None, after: int | None
) -> list[Summary]:
    """A page of the list, newest first: the rows next below `before`, or next above `after`, or the newest."""
    conditions, parameters = _conditions(where)
    if before is not None:
        conditions.append("c.number < ?")
        parameters.append(before)
    if after is not None:
        conditions.append("c.number > ?")
        parameters.append(after)
    upwards = after is not None and before is None
    query = f"{_SUMMARY}{_where(conditions)} ORDER BY c.number {'ASC' if upwards else 'DESC'} LIMIT ?"
    rows = [_summary(row) for row in connection.execute(query, (*parameters, limit))]
    return rows[::-1] if upwards else rows


def read_count(connection: sqlite3.Connection, where: Where | None) -> int:
    """How many captures there are, of those that meet the condition."""
    conditions, parameters = _conditions(where)
    row = connection.execute(f"SELECT count(*) FROM captures c{_where(conditions)}", parameters).fetchone()
    return int(row[0])


def read_numbers(connection: sqlite3.Connection, where: Where | None) -> list[int]:
    """The numbers of the captures that meet the condition, oldest first."""
    conditions, parameters = _conditions(where)
    query = f"SELECT c.number FROM captures c{_where(conditions)} ORDER BY c.number"
    return [row[0] for row in connection.execute(query, parameters)]


def read_listened_for(connection: sqlite3.Connection) -> frozenset[str]:
    """The URLs of handlers that deliveries from a relay were handed to, each less the delivery's own target."""
    query = (
        "SELECT DISTINCT rtrim(substr(handler_url, 1, length(handler_url) - length(target)), '/') FROM captures"
        " WHERE origin IN ('live', 'backlog') AND attempt_origin IN ('live', 'backlog') AND handler_url <> ''"
    )
    return frozenset(row[0] for row in connection.execute(query))


def read_is_own(connection: sqlite3.Connection, number: int) -> bool:
    """Whether a capture came to this user, and not out of a file."""
    row = connection.execute("SELECT origin FROM captures WHERE number = ?", (number,)).fetchone()
    return row is not None and row[0] != "fixture"


def read_owed(connection: sqlite3.Connection, endpoint: str) -> list[Summary]:
    """What the relay or we answered in the handler's place and nobody has handled yet, oldest first."""
    owed = (
        "SELECT o.number FROM captures o WHERE o.owed AND o.outcome_attempt = 0 UNION SELECT h.capture FROM held h"
        " WHERE NOT h.is_copy"
    )
    query = f"{_SUMMARY} WHERE c.number IN ({owed}) AND c.endpoint = ? ORDER BY c.number"
    return [_summary(row) for row in connection.execute(query, (endpoint,))]


def read_related(
    connection: sqlite3.Connection,
    *,
    endpoint: str | None,
    provider: str,
    event_id: str,
    object_id: str,
    before: int | None,
    limit: int,
) -> list[Earlier]:
    """Deliveries of the same event or the same object, one of which is named; the newest `limit`, oldest first."""
    named = [(column, provider, value) for column, value in (("event_id", event_id), ("object_id", object_id)) if value]
    rows = read_related_rows(connection, named, endpoint=endpoint, before=before, limit=limit)
    found = {row[0]: row for of_one in rows.values() for row in of_one}
    return [earlier(found[number]) for number in sorted(found)[-limit:]]


def read_related_rows(
    connection: sqlite3.Connection, names: Iterable[Name], *, endpoint: str | None, before: int | None, limit: int
) -> dict[Name, list[Row]]:
    """For each event or object the newest `limit` deliveries of it, oldest first, for `earlier` to make values of."""
    found = {}
    for name in names:
        column, provider, value = name
        conditions, parameters = _within(endpoint, provider, before)
        # In the index the numbers of one event stand in their order: the newest are read from its end, however many
        # there are.
        named = (f"c.{column} = ?", f"c.{column} <> ''", *conditions)
        query = f"{_EARLIER}{_where(named)} ORDER BY c.number DESC LIMIT ?"
        found[name] = connection.execute(query, (value, *parameters, limit)).fetchall()[::-1]
    return found


def read_recent(
    connection: sqlite3.Connection, *, endpoint: str | None, before: int | None, limit: int
) -> list[Earlier]:
    """The newest `limit` deliveries, whatever they were; oldest first."""
    conditions, parameters = _within(endpoint, "", before)
    query = f"{_EARLIER}{_where(conditions)} ORDER BY c.number DESC LIMIT ?"
    return [earlier(row) for row in reversed(connection.execute(query, (*parameters, limit)).fetchall())]


def read_furthest(
    connection: sqlite3.Connection, *, endpoint: str | None, provider: str, before: int | None
) -> list[Earlier]:
    """The delivery that came furthest in its sender's own sequence; none where none counts."""
    conditions, parameters = _within(endpoint, provider, before)
    query = f"{_EARLIER}{_where(['c.sequence_last IS NOT NULL', *conditions])} ORDER BY c.sequence_last DESC LIMIT 1"
    return [earlier(row) for row in connection.execute(query, parameters)]


def _within(endpoint: str | None, provider: str, before: int | None) -> tuple[list[str], list[object]]:
    """The conditions that a delivery is of an endpoint, of a provider, and before a number, each where it is given."""
    given = (("c.provider = ?", provider or None), ("c.endpoint = ?", endpoint), ("c.number < ?", before))
    chosen = [(condition, value) for condition, value in given if value is not None]
    return [condition for condition, _ in chosen], [value for _, value in chosen]


def _conditions(where: Where | None) -> tuple[list[str], list[object]]:
    if where is None:
        return [], []
    text, parameters = where.sql()
    return ([f"({text})"] if text else []), list(parameters)


def _where(conditions: Sequence[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _summary(row: Sequence[Any]) -> Summary:
    one = Summary(
        number=row[0],
        id=row[1],
        received_at=sound_time(row[2]),
        method=row[3],
        target=row[4],
        origin=row[5],
        provider=row[6],
        event_type=row[7],
        bytes=row[8],
        owed=bool(row[9]),
        attempts=row[10],
        status=row[11],
        failure=row[12],
        elapsed_ms=row[13],
        answered_by=row[14],
        verdict=row[15],
        cause=row[16],
        severity=row[17],
        title=row[18],
        marked=bool(row[19]),
        outcome_attempt=row[20],
        outcome_origin=row[21],
        live=_live(row[11:13], row[23:26]),
        tried=_tried(row[22], row[26:32]),
        api=str(row[32]),
        api_title=row[33],
        route=row[34],
        held=bool(row[35]),
        copies_failed=row[36] or "",
    )
    return typed(one)


def _live(counted: Sequence[Any], row: Sequence[Any]) -> Beside | None:
    """The live outcome, where a replay had another one."""
    status, failure, number = row
    if number is None or (status, failure) == tuple(counted):
        return None
    return Beside(attempt=number, origin="live", status=status, failure=failure)


def _tried(handler_url: str, row: Sequence[Any]) -> Beside | None:
    status, failure, number, origin, url, proved = row
    if number is None:
        return None
    path = path_of(url)
    beside = Beside(
        attempt=number,
        origin=origin,
        status=status,
        failure=failure,
        path="" if handler_url and path == path_of(handler_url) else path,
        proved=bool(proved),
    )
    return typed(beside)


def earlier(row: Row) -> Earlier:
    """A row of what is remembered, as a value."""
    return Earlier(
        number=row[0],
        id=row[1],
        received_at=sound_time(row[2]),
        provider=row[3],
        event_id=row[4],
        event_type=row[5],
        object_id=row[6],
        event_at=row[7],
        attempt_number=row[8],
        status=row[9] or 0,
        failure=row[10],
        cause=row[11],
        method=row[12],
        target=row[13],
        body_digest=row[14].hex(),
        handler_url=row[15],
        elapsed_ms=row[16] or 0.0,
        sequence_last=row[17],
    )
