"""A small database of notes, for the tests of what opens databases and of what writes to them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hookscope_relay.group_commit import GroupCommit
from hookscope_relay.sqlite_files import open_database

TABLE = "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT UNIQUE);"


def open_group(path: Path, **keywords: Any) -> GroupCommit:
    return GroupCommit(open_database(path, [TABLE], application="notes"), **keywords)


def note(text: str) -> Callable[[sqlite3.Connection], int]:
    def work(connection: sqlite3.Connection) -> int:
        return connection.execute("INSERT INTO notes (text) VALUES (?)", (text,)).lastrowid or 0

    return work


def notes(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    try:
        return [text for (text,) in connection.execute("SELECT text FROM notes ORDER BY id")]
    finally:
        connection.close()
