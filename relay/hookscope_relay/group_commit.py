"""Group commit: one thread owns one SQLite connection and makes many small works durable with one sync.

The relay's log and the inspector's capture store share it. What was submitted happens, in the order of submission,
whether or not anybody still waits for it. A work must do nothing but what can be rolled back, for it may be done twice:
where one of a batch raises, the batch is done again, each for itself. So a work that raises fails alone; a commit that
fails (disk full, read-only, I/O error, locked) fails all works of its batch with `StorageFailed`, and the thread goes
on: it works again as soon as the disk does.

A commit is synced to the disk where one of its works asks for it, as all do that are not told otherwise. A commit that
is not synced lives through the end of the process, however that comes, and is synced by the next one that is.

Such a commit waits for no disk: where the thread is idle, it can be made on the caller's own (`perform`), which costs
much less than handing it over.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, TypeVar

from hookscope_relay.sqlite_files import BUSY_S, STORAGE_CODES, primary_code

T = TypeVar("T")
Work: TypeAlias = Callable[[sqlite3.Connection], T]

BATCH_COUNT = 256
BATCH_BYTES = 1024 * 1024
# Each time that the write-ahead log is copied back it is waited for the disk twice: SQLite's own 1,000 pages
# (sqlite.org/pragma.html#pragma_wal_autocheckpoint) are few.
CHECKPOINT_PAGES = 2000

logger = logging.getLogger("hookscope.commits")


class StorageFailed(Exception):
    """A work that was not made durable; nothing of it is kept.

    `reason` is SQLite's, `code` its primary result code (0: closed).
    """

    def __init__(self, reason: str, code: int = 0) -> None:
        self.reason = reason
        self.code = code
        super().__init__(reason)

    @classmethod
    def of(cls, error: sqlite3.Error) -> StorageFailed:
        """What SQLite said, as such a failure."""
        failed = cls(str(error), primary_code(error))
        failed.__cause__ = error
        return failed


class _Told(Protocol):
    """Who is told what came of a work: a future, or as much of one as is needed."""

    def done(self) -> bool: ...

    def set_result(self, value: Any, /) -> None: ...  # Any: works of all types

    def set_exception(self, error: BaseException, /) -> None: ...


@dataclass(frozen=True, slots=True)
class _Call:
    """A function that is called with the value, or with the error."""

    told: Callable[[Any, BaseException | None], object]  # Any: as the work's value

    def done(self) -> bool:
        return False

    def set_result(self, value: Any) -> None:  # Any: as the work's value
        self.told(value, None)

    def set_exception(self, error: BaseException) -> None:
        self.told(None, error)


@dataclass(frozen=True, slots=True)
class _Job:
    """A queued work.

    `loop` is where its asyncio future lives, None for a concurrent one. Any: works of all types share a queue.
    """

    work: Work[Any]
    weight: int
    synced: bool
    committed: Callable[[Any], object] | None
    failed: Callable[[BaseException], object] | None
    future: _Told
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

    A commit takes what is queued, at most `count` works, and no more once their weights reach `weight` bytes: so large
    works in pieces take turns with small ones.
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
        # Who uses the connection, and whether as the thread does: synced, patient, and copying the write-ahead log
        # back.
        self._using = threading.Lock()
        self._synced = True
        self._patient = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, work: Work[T], *, weight: int = 0, committed: Callable[[T], object] | None = None) -> Future[T]:
        """Queue a work; its future gives what it returned once that is durable. It cannot be cancelled.

        `weight` is about how many bytes it writes. `committed` is called with the result on the writer's thread, after
        the commit and before any future of the batch is done, in the order of submission; it must be quick and must not
        raise.
        """
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        self._put(_Job(work, weight, True, committed, None, future, None))
        return future

    async def run(
        self,
        work: Work[T],
        *,
        weight: int = 0,
        committed: Callable[[T], object] | None = None,
        failed: Callable[[BaseException], object] | None = None,
        synced: bool = True,
    ) -> T:
        """As `submit`, awaited.

        Cancelling the caller does not undo the work. `synced` False is for one that need not outlive a loss of power.

        `failed` is called with the error, in the place of `committed`, where the work was not made durable: before a
        later batch begins.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._put(_Job(work, weight, synced, committed, failed, future, loop))
        return await future

    def post(
        self,
        work: Work[T],
        told: Callable[[T | None, BaseException | None], object],
        *,
        synced: bool,
        weight: int = 0,
    ) -> None:
        """As `submit`, and `told` is called on the running loop with the result, or with the error;
        it must not raise. `synced` as for `run`."""
        self._put(_Job(work, weight, synced, None, None, _Call(told), asyncio.get_running_loop()))

    def perform(self, work: Work[T]) -> T | None:
        """Commit a small work at once, on the calling thread, not synced and before whatever is queued;
        its result must not be None.

        None, and nothing has happened, where that would mean to wait, or where it fails: then `post` it, which says
        why.
        """
        if not self._using.acquire(blocking=False):
            return None
        try:
            self._be_patient(False)
            self._sync(False)
            self._connection.execute("BEGIN IMMEDIATE")
            value = work(self._connection)
            self._connection.execute("COMMIT")
        except sqlite3.Error:
            self._roll_back()
            return None
        finally:
            self._using.release()
        return value

    def close(self) -> None:
        """Make everything queued durable, then end the thread and close the connection.

        May be called again, from any thread.
        """
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
        closed = _Settled(job, error=StorageFailed("the database is closed"))
        if job.loop is None:
            closed.tell()
        else:
            job.loop.call_soon(closed.tell)

    def _run(self) -> None:
        while batch := self._take():
            with self._using:
                settled = self._commit(batch)
            for one in settled:
                _call_back(one)
            _tell(settled)
        with self._using:
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
            self._be_patient(True)
            self._sync(any(job.synced for job in batch))
            return self._perform_together(batch) or self._perform_apart(batch)
        except sqlite3.Error as error:
            self._roll_back()
            return [_Settled(job, error=StorageFailed.of(error)) for job in batch]

    def _sync(self, synced: bool) -> None:
        """Have the next commit synced, or not (sqlite.org/pragma.html#pragma_synchronous)."""
        if synced != self._synced:
            self._connection.execute(f"PRAGMA synchronous = {'FULL' if synced else 'NORMAL'}")
            self._synced = synced

    def _be_patient(self, patient: bool) -> None:
        """Whether a commit waits for another process's, and may copy the write-ahead log back into the database."""
        if patient != self._patient:
            self._connection.execute(f"PRAGMA busy_timeout = {int(BUSY_S * 1000) if patient else 0}")
            self._connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES if patient else 0}")
            self._patient = patient

    def _perform_together(self, batch: list[_Job]) -> list[_Settled]:
        """The batch without a savepoint for each work, which would cost as much as a small work does;
        nothing where one raises."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            settled = [_Settled(job, job.work(self._connection)) for job in batch]
        except BaseException:  # whose fault it is, and whether it is one, the works tell when each is tried apart
            self._roll_back()
            return []
        self._connection.execute("COMMIT")
        return settled

    def _perform_apart(self, batch: list[_Job]) -> list[_Settled]:
        self._connection.execute("BEGIN IMMEDIATE")
        settled = [self._perform(job) for job in batch]
        self._connection.execute("COMMIT")
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
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            pass  # SQLite had rolled back already, or will at the next BEGIN


def _call_back(settled: _Settled) -> None:
    job = settled.job
    try:
        if settled.error is not None and job.failed is not None:
            job.failed(settled.error)
        elif settled.error is None and job.committed is not None:
            job.committed(settled.value)
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
    if isinstance(error, sqlite3.Error) and primary_code(error) in STORAGE_CODES:
        return StorageFailed.of(error)
    if isinstance(error, StopIteration):
        return RuntimeError("a work raised StopIteration")  # which a future cannot carry
    return error
