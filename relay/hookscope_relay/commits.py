"""Group commit: one thread owns one SQLite connection and makes many small works durable with one sync.

The relay's log and the inspector's capture store share it. What was submitted happens, in the order of submission, whether or not
anybody still waits for it. A work that raises fails alone; a commit that fails (disk full, read-only, I/O error, locked) fails all
works of its batch with `StorageFailed`, and the thread goes on: it works again as soon as the disk does.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from hookscope_relay.errors import CannotWrite, DamagedFile, HookscopeError

T = TypeVar("T")
Work: TypeAlias = Callable[[sqlite3.Connection], T]

BATCH_COUNT = 256
BATCH_BYTES = 1024 * 1024
BUSY_S = 5.0
# The write-ahead log is cut back to this after a burst.
JOURNAL_BYTES = 32 * 1024 * 1024

# Primary result codes (sqlite.org/rescode.html) that speak of the disk or the file, not of the statement.
STORAGE_CODES = frozenset(
    {
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_NOTADB,
    }
)

logger = logging.getLogger("hookscope.commits")


class StorageFailed(Exception):
    """A work that was not made durable; nothing of it is kept. `reason` is SQLite's, `code` its primary result code (0: closed)."""

    def __init__(self, reason: str, code: int = 0) -> None:
        self.reason = reason
        self.code = code
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class _Job:
    """A queued work. `loop` is where its asyncio future lives, None for a concurrent one. Any: works of all types share a queue."""

    work: Work[Any]
    weight: int
    committed: Callable[[Any], object] | None
    future: Future[Any] | asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop | None


@dataclass(frozen=True, slots=True)
class _Settled:
    """What came of a job: its value, or the error that it failed with."""

    job: _Job
    value: object = None
    error: BaseException | None = None

    def tell(self) -> None:
        if self.job.future.done():
            return
        if self.error is None:
            self.job.future.set_result(self.value)
        else:
            self.job.future.set_exception(self.error)


class GroupCommit:
    """Runs works on a connection from `open_database`, which it owns from now on, and closes at the end.

    A commit takes what is queued, at most `count` works, and no more once their weights reach `weight` bytes: so large works in
    pieces take turns with small ones.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        *,
        count: int = BATCH_COUNT,
        weight: int = BATCH_BYTES,
        name: str = "commits",
    ) -> None:
        self._connection = connection
        self._count = count
        self._weight = weight
        self._queue: deque[_Job] = deque()
        self._wake = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, work: Work[T], *, weight: int = 0, committed: Callable[[T], object] | None = None) -> Future[T]:
        """Queue a work; its future gives what it returned once that is durable. It cannot be cancelled.

        `weight` is about how many bytes it writes. `committed` is called with the result on the writer's thread, after the
        commit and before any future of the batch is done, in the order of submission; it must be quick and must not raise.
        """
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        self._put(_Job(work, weight, committed, future, None))
        return future

    async def run(self, work: Work[T], *, weight: int = 0, committed: Callable[[T], object] | None = None) -> T:
        """As `submit`, awaited. Cancelling the caller does not undo the work."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._put(_Job(work, weight, committed, future, loop))
        return await future

    def close(self) -> None:
        """Make everything queued durable, then end the thread and close the connection. May be called again, from any thread."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        self._thread.join()

    def _put(self, job: _Job) -> None:
        with self._wake:
            if not self._closed:
                self._queue.append(job)
                self._wake.notify()
                return
        _Settled(job, error=StorageFailed("the database is closed")).tell()

    def _run(self) -> None:
        while batch := self._take():
            settled = self._commit(batch)
            for one in settled:
                _call_committed(one)
            _tell(settled)
        self._connection.close()

    def _take(self) -> list[_Job]:
        """The next batch, waiting for it; empty once closed and drained."""
        with self._wake:
            while not self._queue and not self._closed:
                self._wake.wait()
            batch: list[_Job] = []
            weight = 0
            while self._queue and len(batch) < self._count and weight < self._weight:
                batch.append(self._queue.popleft())
                weight += batch[-1].weight
            return batch

    def _commit(self, batch: list[_Job]) -> list[_Settled]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            settled = [self._perform(job) for job in batch]
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            return [_Settled(job, error=_storage_failed(error)) for job in batch]
        return settled

    def _perform(self, job: _Job) -> _Settled:
        self._connection.execute("SAVEPOINT work")
        try:
            value = job.work(self._connection)
        except BaseException as error:  # whatever a work raises is its caller's; the thread serves others
            if not self._connection.in_transaction:
                # SQLite itself has rolled back the whole batch.
                raise error if isinstance(error, sqlite3.Error) else sqlite3.OperationalError(str(error)) from error
            self._connection.execute("ROLLBACK TO work")
            self._connection.execute("RELEASE work")
            return _Settled(job, error=_told(error))
        self._connection.execute("RELEASE work")
        return _Settled(job, value)

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            try:
                self._connection.execute("ROLLBACK")
            except sqlite3.Error:
                pass  # SQLite had rolled back already, or will at the next BEGIN


def _call_committed(settled: _Settled) -> None:
    if settled.error is None and settled.job.committed is not None:
        try:
            settled.job.committed(settled.value)
        except Exception:
            logger.exception("a bug of ours: what follows a commit must not raise")


def _tell(settled: list[_Settled]) -> None:
    """Settle the futures: concurrent ones here, those of a loop with one call into it."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Settled]] = {}
    for one in settled:
        if one.job.loop is None:
            one.tell()
        else:
            by_loop.setdefault(one.job.loop, []).append(one)
    for loop, own in by_loop.items():
        try:
            loop.call_soon_threadsafe(_tell_all, own)
        except RuntimeError:
            pass  # the loop is closed: nobody waits any more


def _tell_all(settled: list[_Settled]) -> None:
    for one in settled:
        one.tell()


def _told(error: BaseException) -> BaseException:
    """The error that a work's caller sees."""
    if isinstance(error, sqlite3.Error) and _primary_code(error) in STORAGE_CODES:
        return _storage_failed(error)
    if isinstance(error, StopIteration):
        return RuntimeError("a work raised StopIteration")  # which a future cannot carry
    return error


def _storage_failed(error: sqlite3.Error) -> StorageFailed:
    failed = StorageFailed(str(error), _primary_code(error))
    failed.__cause__ = error
    return failed


def _primary_code(error: sqlite3.Error) -> int:
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


def open_database(path: Path | str, migrations: Sequence[str], *, application: str) -> sqlite3.Connection:
    """Open a database of ours for writing, making or migrating it; for one `GroupCommit`, or for one thread at a time.

    `migrations[n]` is the SQL that leads from version n to n + 1. The file and what SQLite puts beside it are readable by their
    owner only. Raises `DamagedFile` (not ours, damaged, or newer than this program; the file is as it was) or `CannotWrite`.
    """
    path = Path(path)
    try:
        _make_file(path)
        _inspect(path, len(migrations), _application_id(application))
        _close_to_others(path)
        connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    except OSError as error:
        raise CannotWrite(
            f"{path} cannot be written ({error.strerror})", "choose another place or repair its permissions"
        ) from None
    except sqlite3.Error as error:
        raise cannot_open(path, error) from None
    try:
        _prepare(connection, migrations, _application_id(application))
    except sqlite3.Error as error:
        connection.close()
        raise cannot_open(path, error) from None
    except HookscopeError:
        connection.close()
        raise
    return connection


def _make_file(path: Path) -> None:
    """An empty file is a new database; SQLite gives -wal and -shm the mode of the database."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600))


def _close_to_others(path: Path) -> None:
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)


def _inspect(path: Path, known: int, application_id: int) -> None:
    """Refuse a database that is not ours or newer, having opened it for reading only."""
    if path.stat().st_size == 0:
        return
    uri = f"{path.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None)
    try:
        # One snapshot: another process may be making the database just now.
        connection.execute("BEGIN")
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        owner, version = _pragma(connection, "application_id"), _pragma(connection, "user_version")
    finally:
        connection.close()
    if owner != application_id and (owner or version or tables):
        raise DamagedFile(f"{path} is a database of another program or purpose", "name another file, or move it away")
    if version > known:
        raise DamagedFile(
            f"{path} was written by a newer hookscope (version {version} of the format; this one knows {known})",
            "update hookscope, or move the file away to start anew",
        )


def _prepare(connection: sqlite3.Connection, migrations: Sequence[str], application_id: int) -> None:
    _switch_to_wal(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA journal_size_limit = {JOURNAL_BYTES}")
    if _pragma(connection, "user_version") == len(migrations):
        return
    connection.execute("BEGIN IMMEDIATE")
    # Read again under the lock: another process may have migrated meanwhile.
    for migration in migrations[_pragma(connection, "user_version") :]:
        for statement in _statements(migration):
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {application_id}")
    connection.execute(f"PRAGMA user_version = {len(migrations)}")
    connection.execute("COMMIT")


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """SQLite does not wait for its lock here where two processes switch a new database at the same time."""
    give_up_at = time.monotonic() + BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if _primary_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > give_up_at:
                raise
            time.sleep(0.01)


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _application_id(application: str) -> int:
    """What SQLite's header says that the database is for: 31 bits of a hash of the name."""
    return int.from_bytes(hashlib.sha256(f"hookscope {application}".encode()).digest()[:4], "big") >> 1


def cannot_open(path: Path, error: sqlite3.Error) -> HookscopeError:
    code = _primary_code(error)
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return CannotWrite(f"{path} is locked by another process", "end that process, or name another file")
    if code in STORAGE_CODES - {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return CannotWrite(f"{path} cannot be written ({error})", "choose another place or repair its permissions")
    return DamagedFile(f"{path} is not a sound database ({error})", "move it away to start anew, or restore a copy")
