"""The journal: a file of this node that takes what the cluster cannot take at the moment.

What is put in within a moment makes a generation: one commit, synced, before which none of it is acknowledged. So
nobody has sent one of a generation because another of it was kept, and within it no order is owed; between generations
it is.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from hookscope_relay.errors import AlreadyInUse, HookscopeError, LogUnavailable
from hookscope_relay.group_commit import GroupCommit
from hookscope_relay.sqlite_files import open_database

APPLICATION = "hookscope/relay-journal"
# More than a round through the cluster takes, so that what is drained outruns what comes in.
GATHER_S = 0.03
GENERATION_BYTES = 4 * 1024 * 1024
MIGRATIONS = (
    """
    CREATE TABLE waiting (
        number INTEGER PRIMARY KEY,
        generation INTEGER NOT NULL,
        name TEXT NOT NULL,
        subject TEXT NOT NULL,
        payload BLOB NOT NULL,
        behind INTEGER NOT NULL,
        tried_at REAL NOT NULL
    ) STRICT;
    CREATE INDEX by_generation ON waiting (generation);
    """,
)


class Letter(NamedTuple):
    """A message for a stream: `name` is its Nats-Msg-Id.

    It was first tried at `tried_at` (epoch seconds), when the stream's newest seq was `behind`.
    """

    name: str
    subject: str
    payload: bytes
    behind: int
    tried_at: float


class Journal:
    """Letters that wait for the cluster, oldest first. Made by `open`; one process at a time has the file.

    `waiting` says how many there are of each subject that has any.
    """

    def __init__(
        self, commits: GroupCommit, most_bytes: int, waiting: Counter[str], size: int, generation: int
    ) -> None:
        self.waiting = waiting
        self.count = waiting.total()
        self.filled = asyncio.Event()
        if self.count:
            self.filled.set()
        self._commits = commits
        self._most = most_bytes
        self._size = size
        self._generation = generation
        self._open: list[tuple[Letter, Callable[[LogUnavailable | None], object]]] = []
        self._weight = 0
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    @classmethod
    async def open(cls, path: Path, most_bytes: int) -> Journal:
        """The journal in that file, made where there is none; raises `HookscopeError`."""
        return await asyncio.to_thread(cls._open_now, path, most_bytes)

    @classmethod
    def _open_now(cls, path: Path, most_bytes: int) -> Journal:
        try:
            connection = open_database(path, MIGRATIONS, application=APPLICATION)
        except HookscopeError as error:
            if "locked" in str(error):
                raise _in_use(path) from None
            raise
        try:
            connection.execute("PRAGMA busy_timeout = 200")
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("UPDATE waiting SET number = number WHERE number < 0")
            connection.execute("COMMIT")
            waiting = Counter(dict(connection.execute("SELECT subject, count(*) FROM waiting GROUP BY subject")))
            size, newest = connection.execute(
                "SELECT coalesce(sum(length(payload)), 0), coalesce(max(generation), 0) FROM waiting"
            ).fetchone()
        except sqlite3.OperationalError:
            connection.close()
            raise _in_use(path) from None
        return cls(GroupCommit(connection, name="journal"), most_bytes, waiting, size, newest)

    @property
    def has_room(self) -> bool:
        """Whether it takes letters."""
        return not self._closed and self._size <= self._most

    def put(self, letter: Letter, told: Callable[[LogUnavailable | None], object]) -> None:
        """Begin to keep a letter; `told` hears on the loop, never before this returns, that it is kept, or why not."""
        if not self.has_room:
            reason = "closed" if self._closed else "full: the cluster takes nothing for too long"
            asyncio.get_running_loop().call_soon(told, LogUnavailable(f"the journal is {reason}"))
            return
        self._open.append((letter, told))
        self._weight += len(letter.payload)
        self._size += len(letter.payload)
        self.count += 1
        self.waiting[letter.subject] += 1
        self.filled.set()
        if self._weight >= GENERATION_BYTES:
            self._flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHER_S, self._flush)

    async def oldest(self) -> tuple[int, Sequence[Letter]]:
        """The oldest generation that is kept; an empty one where there is none."""
        return await self._commits.run(_select_oldest, synced=False)

    async def drop(self, generation: int, letters: Sequence[Letter]) -> None:
        """Let go of letters of a generation, which the cluster has."""
        names = [(generation, letter.name, letter.subject) for letter in letters]
        await self._commits.run(partial(_delete, names=names), synced=False)
        self._forget(letters)

    async def close(self) -> None:
        """Keep what was put in, and let go of the file; may be called again."""
        self._closed = True
        self._flush()
        await asyncio.to_thread(self._commits.close)

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._open:
            return
        batch, self._open, self._weight = self._open, [], 0
        self._generation += 1
        insert = partial(_insert, generation=self._generation, letters=[letter for letter, _ in batch])
        self._commits.post(insert, partial(self._tell, batch), synced=True)

    def _forget(self, letters: Sequence[Letter]) -> None:
        self.count -= len(letters)
        self._size -= sum(len(letter.payload) for letter in letters)
        self.waiting.subtract(letter.subject for letter in letters)
        for subject in {letter.subject for letter in letters}:
            if not self.waiting[subject]:
                del self.waiting[subject]
        if not self.count:
            self.filled.clear()

    def _tell(
        self,
        batch: list[tuple[Letter, Callable[[LogUnavailable | None], object]]],
        _: bool | None,
        error: BaseException | None,
    ) -> None:
        if error is not None:
            self._forget([letter for letter, _ in batch])
        for _letter, told in batch:
            told(LogUnavailable(f"the journal cannot be written: {error}") if error is not None else None)


def _in_use(path: Path) -> AlreadyInUse:
    return AlreadyInUse(f"the journal {path} is in use by another relay", "give another file with --journal")


def _insert(connection: sqlite3.Connection, generation: int, letters: Sequence[Letter]) -> bool:
    connection.executemany(
        "INSERT INTO waiting (generation, name, subject, payload, behind, tried_at) VALUES (?, ?, ?, ?, ?, ?)",
        [(generation, *letter) for letter in letters],
    )
    return True


def _select_oldest(connection: sqlite3.Connection) -> tuple[int, Sequence[Letter]]:
    (generation,) = connection.execute("SELECT coalesce(min(generation), 0) FROM waiting").fetchone()
    rows = connection.execute(
        "SELECT name, subject, payload, behind, tried_at FROM waiting WHERE generation = ? ORDER BY number",
        (generation,),
    )
    return generation, [Letter(*row) for row in rows]


def _delete(connection: sqlite3.Connection, names: Sequence[tuple[int, str, str]]) -> bool:
    connection.executemany("DELETE FROM waiting WHERE generation = ? AND name = ? AND subject = ?", names)
    return True
