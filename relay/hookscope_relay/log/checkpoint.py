"""Copying the write-ahead log back into the database, beside those who write to it.

A commit that does so waits for the disk twice, and everybody for that commit. Nearly all of it can be copied meanwhile
(sqlite.org/wal.html, section 2.3); the commit that ends it finds little left.
"""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor


class Checkpoint:
    """Copies with a connection of its own, which it closes at the end.

    It `is_due` when so many bytes were written since the last one, and what could be copied beside was.
    """

    def __init__(self, connection: sqlite3.Connection, every_bytes: int) -> None:
        self._connection = connection
        self._every = every_bytes
        self._thread = ThreadPoolExecutor(1, "log-checkpoint")
        self._written = 0
        self._copying: asyncio.Future[None] | None = None

    @property
    def is_due(self) -> bool:
        """Whether the next commit is to end it; in good time where writers are faster than the disk."""
        copied = self._copying is not None and self._copying.done()
        return copied or self._written >= 4 * self._every

    def note_written(self, size: int) -> None:
        """So many more bytes stand in the write-ahead log."""
        self._written += size
        if self._written >= self._every and self._copying is None:
            self._copying = asyncio.get_running_loop().run_in_executor(self._thread, self._copy)

    def note_end(self) -> None:
        """A commit is made that copies the rest."""
        self._written = 0
        if self._copying is not None and self._copying.done():
            self._copying = None

    def close(self) -> None:
        """Wait for what is under way."""
        self._thread.shutdown()
        self._connection.close()

    def _copy(self) -> None:
        try:
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        except sqlite3.Error:
            pass  # the commit that ends it says what is wrong
