"""A glance at the newest captures, as quick as a shell's completion wants it: nothing is checked, made or migrated."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

# So long a writer is waited for: whoever pressed the key waits too.
BUSY_S = 0.2


class Glimpse(NamedTuple):
    """A capture in a row: its number, and what it was in words that a sender wrote."""

    number: int
    method: str
    target: str
    status: int | None
    failure: str
    provider: str
    event_type: str


def newest_captures(path: Path, limit: int) -> Sequence[Glimpse]:
    """The newest captures, newest first; none where the database is missing, another program's or in use."""
    columns = ", ".join(Glimpse._fields)
    rows = _ask(path, f"SELECT {columns} FROM captures ORDER BY number DESC LIMIT ?", limit)  # noqa: S608 - our own
    return [Glimpse(*row) for row in rows]


def newest_handlers(path: Path, limit: int) -> Sequence[str]:
    """The origins of the handlers that got the newest captures, each once, newest first."""
    rows = _ask(path, "SELECT handler_url FROM captures WHERE handler_url != '' ORDER BY number DESC LIMIT ?", limit)
    return list(dict.fromkeys("/".join(url.split("/")[:3]) for (url,) in rows))


# Any: SQLite tells no types; a foreign database's rows are shown as text and nothing else.
def _ask(path: Path, statement: str, limit: int) -> list[tuple[Any, ...]]:
    if not path.is_file():
        return []
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=BUSY_S)) as connection:
            return connection.execute(statement, (limit,)).fetchall()
    except sqlite3.Error:
        return []
