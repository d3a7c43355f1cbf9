# ruff: noqa: S608 - the SQL is put together from our own words; values are parameters, always.
"""Captures counted by conditions, on a connection that only reads."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from hookscope.store.queries import Where


@dataclass(frozen=True, slots=True)
class Counted:
    """How many captures were counted, and how many of them were counted as failing; the lowest and the highest of their
    numbers, and when the last came (None where there is none)."""

    count: int
    failing: int
    first: int
    last: int
    last_at: float | None


def read_tally(connection: sqlite3.Connection, where: Where, failing: Where) -> Counted:
    """The captures that meet the condition, and of them those that meet the other."""
    condition, parameters = where.sql()
    fails, of_fails = failing.sql()
    row = connection.execute(
        f"SELECT count(*), coalesce(sum(({fails or '1'})), 0), coalesce(min(c.number), 0), coalesce(max(c.number), 0),"
        f" max(c.received_at) FROM captures c WHERE {condition or '1'}",
        (*of_fails, *parameters),
    ).fetchone()
    return Counted(*row)


def read_codes(connection: sqlite3.Connection, where: Where) -> frozenset[str]:
    """The codes of warnings and errors on the attempts that count."""
    condition, parameters = where.sql()
    rows = connection.execute(
        "SELECT DISTINCT f.code FROM captures c"
        " JOIN findings f ON f.capture = c.number AND f.attempt = c.outcome_attempt"
        f" WHERE json_extract(f.content, '$.severity') <> 'info' AND {condition or '1'}",
        parameters,
    )
    return frozenset(row[0] for row in rows)
