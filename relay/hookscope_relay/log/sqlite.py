"""The log on disk: SQLite, written by group commit, read by a thread of its own.

The newest records are also held in memory, within a bound, so that live delivery reads nothing from the disk. One
process at a time owns a database: a second one would give seqs correctly, but not see at once what the first appends.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from hookscope_relay.errors import LogUnavailable
from hookscope_relay.group_commit import BATCH_BYTES, BATCH_COUNT, GroupCommit, StorageFailed
from hookscope_relay.log import schema
from hookscope_relay.log.batch import Batch, Batches, Kept, Row
from hookscope_relay.log.checkpoint import Checkpoint
from hookscope_relay.log.numbers import Place
from hookscope_relay.log.protocol import (
    NONCE_KEPT_S,
    TRIM_AT_ONCE,
    EndpointRecord,
    Health,
    Record,
    Retention,
    Upload,
)
from hookscope_relay.log.tail import Tail
from hookscope_relay.log.upload import Pieces, Told, keep_further
from hookscope_relay.sqlite_files import BUSY_S, cannot_open, open_database

T = TypeVar("T")

TAIL_BYTES = 16 * 1024 * 1024
# Half the work of the usual size for large bodies, and no more for small ones.
PAGE_BYTES = 8192
# Of all uploads together: no more than one commit takes, so that what is small never queues behind them.
PIECES_IN_FLIGHT = BATCH_BYTES // (256 * 1024)
READY_KEPT_S = 1.0
# A batch of no more than this is committed on the loop, which takes about a millisecond.
AT_ONCE_BYTES = 256 * 1024
CHECKPOINT_BYTES = 8 * 1024 * 1024


class SqliteLog:
    """A `Log` in one database file. Made by `open`; `close` ends it in order."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        reading: sqlite3.Connection,
        copying: sqlite3.Connection,
        *,
        began_at: float | None = None,
    ) -> None:
        self._began_at = began_at
        self._epoch = schema.select_epoch(connection)
        self._endpoints = schema.select_endpoints(connection)
        self._places = schema.select_places(connection)
        self._tail = Tail({endpoint: place.last for endpoint, place in self._places.items()}, TAIL_BYTES)
        self._batches = Batches(self._write_batch, BATCH_COUNT, BATCH_BYTES)
        self._checkpoint = Checkpoint(copying, CHECKPOINT_BYTES)
        self._careful = False
        self._reading = reading
        self._reader = ThreadPoolExecutor(1, "log-reader")
        self._commits = GroupCommit(connection, name="log-commits")
        self._piece_room = asyncio.Semaphore(PIECES_IN_FLIGHT)
        self._torn: set[int] = set()
        self._renewal: asyncio.Future[str] | None = None
        self._probing = asyncio.Lock()
        self._probed: tuple[float, bool] | None = None
        # A full disk is no reason not to start: what stays is dropped the next time.
        self._commits.submit(schema.drop_torn_uploads)
        self._clear()

    @classmethod
    async def open(cls, path: Path) -> SqliteLog:
        """The log in that file, made where there is none; raises `CannotWrite`, or `DamagedFile` for one not ours,
        damaged or newer."""
        return await asyncio.to_thread(cls._open, path)

    @classmethod
    def _open(cls, path: Path) -> SqliteLog:
        is_new = not (os.path.exists(path) and os.path.getsize(path))  # noqa: PTH110, PTH202  # raise nothing
        connection = open_database(path, schema.MIGRATIONS, application=schema.APPLICATION, page_bytes=PAGE_BYTES)
        others: list[sqlite3.Connection] = []
        try:
            for mode in ("ro", "rw"):
                uri = f"{path.absolute().as_uri()}?mode={mode}"
                others.append(
                    sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
                )
            return cls(connection, *others, began_at=time.monotonic() if is_new else None)
        except sqlite3.Error as error:
            for opened in (*others, connection):
                opened.close()
            raise cannot_open(path, error) from None

    @property
    def epoch(self) -> str:
        return self._epoch

    @property
    def began_at(self) -> float | None:
        return self._began_at

    async def append(
        self, endpoint: str, delivery_id: str, pieces: Sequence[bytes], *, at: float, owed: bool
    ) -> Record:
        inline, upload = await keep_further(pieces, self.upload)
        future: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()

        def kept(error: Exception | None) -> None:
            if not future.done():
                future.set_result(error)

        try:
            row = self._put(endpoint, delivery_id, inline, len(pieces), sum(map(len, pieces)), at, owed, kept, upload)
            if error := await future:
                raise error
        except BaseException:
            if upload is not None:
                upload.abandon()
            raise
        return row.record

    def upload(self) -> Pieces:
        upload = secrets.randbits(63)
        return Pieces(upload, self._piece_room, partial(self._keep_piece, upload), partial(self._abandon, upload))

    def _keep_piece(self, upload: int, number: int, content: bytes, told: Told) -> None:
        insert = partial(schema.insert_piece, upload=upload, number=number, content=content)
        # The record that makes the pieces visible has them synced with it, where it is synced.
        self._commits.post(insert, lambda _, error: told(error), synced=False, weight=len(content))

    def begin(
        self,
        endpoint: str,
        delivery_id: str,
        inline: tuple[bytes, ...],
        *,
        at: float,
        owed: bool,
        kept: Kept,
        soon: bool = True,
        count: int = 0,
        size: int = 0,
        upload: Upload | None = None,
        placed: Callable[[int], object] = lambda seq: None,
    ) -> int:
        size = size or sum(map(len, inline))
        row = self._put(endpoint, delivery_id, inline, count or len(inline), size, at, owed, kept, upload, soon)
        return row.record.seq

    def hurry(self) -> None:
        self._batches.hurry()

    def _put(
        self,
        endpoint: str,
        delivery_id: str,
        inline: tuple[bytes, ...],
        count: int,
        size: int,
        at: float,
        owed: bool,
        kept: Kept,
        upload: Upload | None,
        soon: bool = True,
    ) -> Row:
        """Give the delivery its number and put it into the next commit;
        it is seen at once where its number is reserved."""
        place = self._places.get(endpoint)
        if place is None:
            place = self._places[endpoint] = Place()
        seq = place.give()
        record = Record(seq, place.last, delivery_id, at, owed, count, size, inline)
        # Whoever sees a record may ask for its pieces, of which the log knows no more than it has kept.
        hidden = upload is not None or seq > place.reserved or place.hidden > 0 or self._careful
        row = Row(endpoint, record, kept, upload.number if upload else None, hidden)
        if hidden:
            place.hidden += 1
        else:
            place.last = seq
            self._tail.add(endpoint, record)
        wants = place.wants()
        # What nobody else holds must be on the disk before its sender is told so; and numbers, before one of them
        # leaves.
        self._batches.add(row, wants, synced=owed or bool(wants), soon=soon)
        return row

    def _write_batch(self, batch: Batch) -> None:
        insert = partial(schema.insert_rows, batch=batch)
        if self._may_perform(batch) and (prevs := self._commits.perform(insert)) is not None:
            self._checkpoint.note_written(batch.weight)
            self._settle(batch, prevs, None)
            return
        # When the thread commits, it also copies the write-ahead log back into the database.
        self._checkpoint.note_end()
        told = partial(self._settle, batch)
        self._commits.post(insert, told, synced=batch.synced, weight=batch.weight)

    def _may_perform(self, batch: Batch) -> bool:
        """Whether a batch may be committed on the loop: quick, with no other before it,
        and no checkpoint to be ended."""
        quick = not batch.synced and batch.weight <= AT_ONCE_BYTES and self._batches.under_way == 1
        return quick and not self._checkpoint.is_due

    def _settle(self, batch: Batch, prevs: list[int | None] | None, error: BaseException | None) -> None:
        """A commit ended: what is kept is seen from now on, and whoever waits is told."""
        if prevs is None:
            self._lose(batch, LogUnavailable(str(error)))
        else:
            self._see(batch, prevs)
        self._batches.settle()

    def _see(self, batch: Batch, prevs: list[int | None]) -> None:
        self._careful = False
        for endpoint, until in batch.reserve.items():
            self._places[endpoint].reserve(until)
        for row, prev in zip(batch.rows, prevs, strict=True):
            place = self._places[row.endpoint]
            place.hidden -= row.hidden
            if prev is None:
                row.kept(LogUnavailable("pieces of the upload are gone"))
                continue
            place.keep(row.record.seq)
            if row.hidden:
                row.record = row.record._replace(prev=prev)
                self._tail.add(row.endpoint, row.record)
            row.kept(None)

    def _lose(self, batch: Batch, error: LogUnavailable) -> None:
        """A commit failed.

        What was seen of it may have left: its numbers are never given again, and readers go on from the disk.

        Until a commit succeeds nothing leaves before it is kept.
        """
        self._careful = True
        for endpoint in {row.endpoint for row in batch.rows}:
            self._places[endpoint].lose()
        self._tail.forget({row.endpoint for row in batch.rows})
        for row in batch.rows:
            self._places[row.endpoint].hidden -= row.hidden
            row.kept(error)

    def recent(self, endpoint: str, after: int, limit: int) -> Sequence[Record] | None:
        return self._tail.after(endpoint, after, limit)

    async def read(self, endpoint: str, after: int, limit: int) -> Sequence[Record]:
        if (records := self._tail.after(endpoint, after, limit)) is not None:
            return records
        return await self._read(partial(schema.select_records, endpoint=endpoint, after=after, limit=limit))

    async def piece(self, endpoint: str, seq: int, number: int) -> bytes:
        content = await self._read(partial(schema.select_piece, endpoint=endpoint, seq=seq, number=number))
        if content is None:
            raise LogUnavailable(f"piece {number} of {seq} is not kept")
        return content

    async def ends(self, endpoint: str, holding: int = 0) -> tuple[int, int]:
        oldest, newest = await self._read(partial(schema.select_ends, endpoint=endpoint))
        return oldest, max(newest, self._places.get(endpoint, Place()).last)

    def given(self, endpoint: str) -> int:
        place = self._places.get(endpoint)
        return 0 if place is None else place.given

    async def new_epoch(self) -> str:
        if self._renewal is None:
            self._renewal = asyncio.ensure_future(self._renew())
        return await asyncio.shield(self._renewal)

    async def _renew(self) -> str:
        epoch = secrets.token_hex(8)
        try:
            await self._write(partial(schema.update_epoch, epoch=epoch))
            self._epoch = epoch
        finally:
            self._renewal = None
        return epoch

    async def endpoint(self, endpoint_id: str) -> EndpointRecord | None:
        return self._endpoints.get(endpoint_id)

    def known(self, endpoint_id: str) -> EndpointRecord | None:
        return self._endpoints.get(endpoint_id)

    async def keep_endpoint(self, record: EndpointRecord) -> bool:
        def note(kept: bool) -> None:
            if kept:
                self._endpoints[record.id] = record

        return await self._write(partial(schema.upsert_endpoint, record=record), committed=note)

    async def endpoints(self) -> int:
        return len(self._endpoints)

    async def forget_unused(self, before: float) -> int:
        def note(gone: list[str]) -> None:
            for endpoint_id in gone:
                self._endpoints.pop(endpoint_id, None)

        gone: list[str] = await self._write(partial(schema.delete_unused, before=before), committed=note)
        return len(gone)

    async def remember_nonce(self, nonce: bytes, now: float, keep_s: float = NONCE_KEPT_S) -> bool:
        return await self._write(partial(schema.insert_nonce, nonce=nonce, now=now, keep_s=keep_s))

    async def trim(self, now: float, retention: Retention) -> int:
        # Those that a full disk would not even let go.
        for upload in tuple(self._torn):
            self._abandon(upload)
        drop = partial(schema.drop_surplus, now=now, retention=retention)
        total = 0
        while total < TRIM_AT_ONCE and (dropped := await self._write(drop, committed=self._tail.forget)):
            total += len(dropped)
        if total:
            self._clear()
        return total

    def _abandon(self, upload: int) -> None:
        """Drop an upload unless it was kept, as it may be where the caller was cancelled: works keep their order,
        so this one knows."""
        self._torn.add(upload)
        drop = partial(schema.drop_upload, upload=upload)
        self._commits.submit(drop, committed=lambda _: self._torn.discard(upload))
        self._clear()

    def _clear(self, more: bool = True) -> None:
        """Delete the pieces of dropped uploads, a few with each commit, in turn with everything else."""
        if more:
            self._commits.submit(schema.delete_dropped, weight=BATCH_BYTES, committed=self._clear)

    async def ready(self) -> bool:
        async with self._probing:
            if self._probed is None or time.monotonic() - self._probed[0] > READY_KEPT_S:
                ready = await self._probe()
                self._probed = time.monotonic(), ready
            return self._probed[1]

    async def _probe(self) -> bool:
        """Write something of a delivery's size for real: nothing less says that there is room."""
        try:
            await self._write(schema.insert_probe)
            await self._write(schema.delete_probe)
        except LogUnavailable:
            return False
        return True

    def health(self) -> Health:
        return Health()

    async def close(self) -> None:
        self._probed = None
        self._batches.flush()
        # The writer last: what closes a database last folds its write-ahead log in, and only a writer can.
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._checkpoint.close()
        self._reader.shutdown()
        self._reading.close()
        given = {endpoint: place.given for endpoint, place in self._places.items() if place.given < place.reserved}
        if given:
            self._commits.submit(partial(schema.update_reserved, given=given))
        self._commits.close()

    async def _write(
        self,
        work: Callable[[sqlite3.Connection], T],
        *,
        weight: int = 0,
        committed: Callable[[T], object] | None = None,
        synced: bool = True,
    ) -> T:
        try:
            return await self._commits.run(work, weight=weight, committed=committed, synced=synced)
        except (StorageFailed, sqlite3.Error) as error:
            raise LogUnavailable(str(error)) from error

    async def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._reader, work, self._reading)
        except sqlite3.Error as error:
            raise LogUnavailable(str(error)) from error
        except RuntimeError:  # the executor was shut down
            raise LogUnavailable("the log is closed") from None
