"""What waits for its turn at a handler, its sender answered by us: held until an attempt at it has ended.

Transactions are the caller's.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

HOLD = "INSERT OR IGNORE INTO held (capture, route, is_copy) VALUES (?,?,?)"
# The attempt that counts ends the wait of the delivery, a copy that of its own route.
RELEASE = (
    "DELETE FROM held WHERE capture = :capture AND EXISTS (SELECT 1 FROM attempts a JOIN captures c ON c.number ="
    " a.capture WHERE a.capture = held.capture AND a.number = :attempt AND CASE WHEN held.is_copy THEN a.is_copy AND"
    " a.route = held.route ELSE a.number = c.outcome_attempt END)"
)


@dataclass(frozen=True, slots=True)
class HeldDelivery:
    """A delivery that waits for the handler of a route, or the copy of one for the handler beside."""

    id: str
    number: int
    route: str
    copy: bool


def release(connection: sqlite3.Connection, capture: int, attempt: int) -> None:
    """An attempt ended: what it was waited for waits no more."""
    connection.execute(RELEASE, {"capture": capture, "attempt": attempt})


def read_held_ones(connection: sqlite3.Connection, endpoint: str) -> list[HeldDelivery]:
    """What of an endpoint waits, oldest first."""
    query = (
        "SELECT c.id, c.number, h.route, h.is_copy FROM held h JOIN captures c ON c.number = h.capture"
        " WHERE c.endpoint = ? ORDER BY h.capture, h.is_copy"
    )
    return [HeldDelivery(row[0], row[1], row[2], bool(row[3])) for row in connection.execute(query, (endpoint,))]


def is_held(connection: sqlite3.Connection, capture: int, route: str) -> bool:
    """Whether a capture waits for a route's handler."""
    query = "SELECT 1 FROM held WHERE capture = ? AND route = ?"
    return connection.execute(query, (capture, route)).fetchone() is not None
