"""The capture store: every delivery that came in, what became of it, and where each endpoint's reader stands.

Writing is asynchronous and goes through one thread that commits in groups: when a call returns, what it wrote is
durable. Several processes may use one database at once.
"""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from hookscope.config.private_folder import check_private
from hookscope.model.call import Call
from hookscope.model.capture import Attempt, Failure, Origin
from hookscope.model.finding import Finding
from hookscope.model.verdict import Recognition, Verdict
from hookscope.store import body_index, calls, inserts, pages, retention, updates
from hookscope.store.append import append_group
from hookscope.store.entry import Appended, Group
from hookscope.store.held import HOLD
from hookscope.store.inserts import Kept, LogPlace
from hookscope.store.queries import Where
from hookscope.store.reader import UNRECOGNISED, CaptureReader
from hookscope.store.schema import APPLICATION, DELIVERY_PART, MIGRATIONS, PIECE_BYTES, body_key
from hookscope_relay.delivery import Answer, Delivery
from hookscope_relay.group_commit import GroupCommit, StorageFailed
from hookscope_relay.sqlite_files import STORAGE_CODES, open_database, primary_code

__all__ = ["CaptureStore", "Kept"]

T = TypeVar("T")

DAY_S = 86_400.0
MAX_AGE_S = 30 * DAY_S
MAX_BYTES = 2 * 10**9

PIECES_AT_ONCE = 4
DELETED_AT_ONCE = 50
# A search looks through so many bodies of 2 KB in about 25 ms; to index them costs several times what it costs to keep
# them.
LOOKED_AT = 4_000
# The index costs the less the more come in one commit.
INDEXED_AT_ONCE = 256
IDLE_S = 1.0
# From here on the unindexed tail makes a search slow, and the index is filled even while deliveries come in.
MAX_TAIL = 20_000


class CaptureStore(CaptureReader):
    """Captures in one SQLite file. Made by `open`; `close` ends it in order, after everything submitted is durable."""

    def __init__(self, path: Path, commits: GroupCommit) -> None:
        super().__init__(path)
        self._commits = commits
        self._writes = 0
        # By endpoint the first delivery that could not be kept, and why. Touched by the writer's thread only.
        self._missing: dict[str, tuple[int, StorageFailed]] = {}

    @classmethod
    def open(cls, path: Path) -> CaptureStore:
        """The store in that file, made where there is none.

        Raises `CannotWrite`, `DamagedFile` for a damaged or newer one, `RefusedForSafety` where others may write its
        folder.
        """
        check_private(path.parent)
        return cls(path, GroupCommit(open_database(path, MIGRATIONS, application=APPLICATION)))

    def close(self) -> None:
        """Write out what was submitted and let go of the file; no call may follow."""
        self._commits.close()
        super().close()

    # Writing

    async def append(self, group: Group, recognise: Callable[[Delivery], Recognition]) -> Appended:
        """Write what a session gathered, in one transaction; its entries then say under which numbers.

        Of what is held already only the cursor moves. Where the disk or the file failed nothing of it is written: then
        nothing that follows may be, either.

        It lives through the end of the process; what a loss of power takes, the cursor with it, the relay brings again.
        """
        appended = await self._run(
            lambda connection: append_group(connection, group, recognise), group.weight, synced=False
        )
        appended.note()
        return appended

    async def keep(
        self,
        delivery: Delivery,
        *,
        endpoint: str = "",
        epoch: str = "",
        seq: int | None = None,
        prev: int | None = None,
        origin: Origin,
        owed: bool = False,
        missed: bool = False,
        recognition: Recognition = UNRECOGNISED,
        attempt: Attempt | None = None,
        kept_back: str = "",
        holds: Sequence[tuple[str, bool]] = (),
        is_waiting: bool = False,
    ) -> Kept:
        """Hold a delivery, move the endpoint's cursor, and note the attempt that is about to be made at it;
        in one transaction.

        One that is held already, by (endpoint, epoch, seq) or by its id, changes nothing; its known number comes back.
        `is_waiting` puts it on the list of what nobody has looked at yet. The cursor moves only over what is held
        without a hole behind `prev`, so nothing is skipped whatever the order that calls end in. Where the disk or the
        file failed one with a seq, those behind it fail with it until it is kept: so numbers follow the order of the
        log. `kept_back` says why its path keeps it from the handler, `holds` what waits for a turn, as in
        `Entry.holds`.
        """
        if not delivery.id:
            raise ValueError("a delivery needs an id to be kept")
        place = LogPlace(endpoint, epoch, seq, prev)
        number = None
        if len(delivery.body) > PIECE_BYTES:
            number = await self._upload(delivery, place)
            # The writer is everybody's: a large body is not hashed there.
            digest = await asyncio.to_thread(lambda: hashlib.sha256(delivery.body).digest())
        else:
            digest = hashlib.sha256(delivery.body).digest()

        def work(connection: sqlite3.Connection) -> Kept:
            kept = inserts.insert_capture(
                connection,
                delivery,
                place,
                origin=origin,
                owed=owed,
                missed=missed,
                recognition=recognition,
                digest=digest,
                number=number,
            )
            if number is not None and kept.new:
                body_index.index_late(connection, number)
            if kept_back and kept.new:
                inserts.insert_kept_back(connection, kept.number, kept_back)
            if kept.new:
                connection.executemany(HOLD, [(kept.number, *one) for one in holds])
            if is_waiting and kept.new:
                connection.execute("INSERT INTO waiting (capture) VALUES (?)", (kept.number,))
            if attempt is None or not kept.new:
                return kept
            return replace(kept, attempt=updates.insert_attempt(connection, delivery.id, attempt))

        weight = 0 if number is not None else len(delivery.body)
        if seq is None:
            return await self._run(work, weight)
        return await self._run(
            self._in_order(endpoint, seq, work),
            weight,
            committed=lambda _: self._found(endpoint, seq),
            failed=lambda error: self._miss(endpoint, seq, error),
        )

    def _in_order(
        self, endpoint: str, seq: int, work: Callable[[sqlite3.Connection], T]
    ) -> Callable[[sqlite3.Connection], T]:
        def unless_one_is_missing(connection: sqlite3.Connection) -> T:
            first, failure = self._missing.get(endpoint, (seq, None))
            if failure is not None and seq > first:
                raise failure
            try:
                return work(connection)
            except sqlite3.Error as error:
                # Told at once: what is behind it may be in the same commit.
                self._miss(endpoint, seq, error)
                raise

        return unless_one_is_missing

    def _miss(self, endpoint: str, seq: int, error: BaseException) -> None:
        if isinstance(error, sqlite3.Error) and primary_code(error) in STORAGE_CODES:
            error = StorageFailed.of(error)
        if isinstance(error, StorageFailed) and seq < self._missing.get(endpoint, (seq + 1, error))[0]:
            self._missing[endpoint] = seq, error

    def _found(self, endpoint: str, seq: int) -> None:
        if self._missing.get(endpoint, (-1, None))[0] == seq:
            del self._missing[endpoint]

    async def _upload(self, delivery: Delivery, place: LogPlace) -> int | None:
        """Hold a large body piece by piece, so that others' commits get in between;
        None where the delivery is held already."""

        def reserve(connection: sqlite3.Connection) -> int | None:
            known = inserts.known_number(connection, delivery.id, place)
            return inserts.reserve_number(connection) if known is None else None

        number = await self._run(reserve)
        if number is None:
            return None
        rows: list[tuple[int, bytes]] = []
        for piece, data in inserts.pieces(delivery.body):
            rows.append((body_key(number, DELIVERY_PART, piece), data))
            if len(rows) == PIECES_AT_ONCE:
                await self._insert_pieces(rows)
                rows = []
        if rows:
            await self._insert_pieces(rows)
        return number

    async def _insert_pieces(self, rows: Sequence[tuple[int, bytes]]) -> None:
        await self._run(lambda connection: inserts.insert_pieces(connection, rows), sum(len(data) for _, data in rows))

    async def set_cursor(self, endpoint: str, epoch: str, seq: int) -> None:
        """Set the cursor wherever it was, as at the start with `after=new`."""
        await self._run(lambda connection: inserts.write_cursor(connection, endpoint, epoch, seq))

    async def declare_gap(self, endpoint: str, epoch: str, after: int, until: int, reason: str) -> None:
        """Note that what lay behind `after` up to `until` will never come, and go on behind it;
        in order with `keep`."""
        await self._run(lambda connection: inserts.insert_gap(connection, endpoint, epoch, after, until, reason))

    async def begin_attempt(self, delivery_id: str, attempt: Attempt) -> int:
        """Note an attempt before it is made, so that one that we do not survive has left its mark; its number.

        Of `attempt` only what is known beforehand is noted: origin, handler, start and what is sent, where that
        differs.
        """
        request = attempt.request
        return await self._run(
            lambda connection: updates.insert_attempt(connection, delivery_id, attempt),
            len(request.body) if request else 0,
        )

    async def end_attempt(
        self,
        delivery_id: str,
        number: int,
        *,
        elapsed_ms: float,
        answer: Answer | None = None,
        failure: Failure | None = None,
        answered_by: str = "",
        holds: bool = False,
    ) -> None:
        """Note what came of an attempt: an answer or a failure; nothing where the capture was cleared meanwhile.

        Its delivery is held no longer, unless it still `holds`: more attempts are to follow.
        """

        def work(connection: sqlite3.Connection) -> None:
            updates.finish_attempt(
                connection,
                delivery_id,
                number,
                elapsed_ms=elapsed_ms,
                answer=answer,
                failure=failure,
                answered_by=answered_by,
                holds=holds,
            )

        await self._run(work, len(answer.body) if answer else 0)

    async def hold(self, number: int, route: str, copy: bool = False) -> None:
        """Note that a capture, or a copy of it, waits for the handler of a route."""
        await self._run(lambda connection: connection.execute(HOLD, (number, route, copy)))

    async def keep_findings(
        self, delivery_id: str, attempt: int, verdict: Verdict | None, findings: Sequence[Finding]
    ) -> None:
        """Hold the verdict and the findings on an attempt (0: the delivery itself), best first;
        replaces earlier ones."""
        await self._run(
            lambda connection: updates.replace_findings(connection, delivery_id, attempt, verdict, findings)
        )

    async def keep_proofs(self, delivery_id: str, findings: Sequence[Finding], tried: int | None = None) -> None:
        """Hold what experiments proved about the attempt that counts, in the place of what was proved before;
        `tried` is the attempt that proved it, and stands beside the outcome. Nothing changes where there are no
        findings.
        """
        await self._run(lambda connection: updates.replace_proofs(connection, delivery_id, findings, tried))

    async def keep_explained(self, rows: Sequence[updates.ExplainedRow], *, synced: bool = True) -> None:
        """Hold verdicts and findings by the captures' numbers, as `keep_findings` does, and take these captures off
        the list of those that nobody has looked at yet. What is not `synced` lives through the end of the process."""

        await self._run(lambda connection: updates.replace_all_findings(connection, rows), synced=synced)

    async def settle(self, delivery_id: str, how: str, status: int | None, by: str, waited_ms: float) -> None:
        """Note how the sender's wait ended; nothing happens where the delivery is not held."""

        def work(connection: sqlite3.Connection) -> None:
            updates.insert_settlement(connection, delivery_id, how, status, by, waited_ms)

        await self._run(work)

    async def keep_calls(self, found: Sequence[Call]) -> list[Call]:
        """Hold calls, which must be redacted; they come back with their numbers."""
        size = sum(len(call.body) + (len(call.answer.body) if call.answer else 0) for call in found)
        return await self._run(lambda connection: calls.insert_calls(connection, found), size)

    async def mark(self, delivery_id: str, on: bool = True) -> None:
        """Mark a capture, so that retention and `clear` spare it, or take the mark off."""
        await self._run(lambda connection: updates.write_mark(connection, delivery_id, on))

    # What leaves

    async def trim(self, now: float, max_age_s: float = MAX_AGE_S, max_bytes: int = MAX_BYTES) -> int:
        """Delete unmarked captures that are too old, then the oldest while all hold too much; how many went."""
        numbers = await asyncio.to_thread(
            self._read, lambda reader: retention.expired(reader, now - max_age_s, max_bytes)
        )
        await self._delete(numbers)
        await self._run(lambda connection: calls.delete_before(connection, now - max_age_s))
        await self._run(retention.sweep_uploads)
        return len(numbers)

    async def clear(self, where: Where | None = None, *, marked: bool = False) -> int:
        """Delete the captures that meet the condition, the marked among them only if asked; how many went."""

        def choose(reader: sqlite3.Connection) -> list[int]:
            numbers = pages.read_numbers(reader, where)
            return numbers if marked else retention.unmarked(reader, numbers)

        numbers = await asyncio.to_thread(self._read, choose)
        await self._delete(numbers)
        return len(numbers)

    async def _delete(self, numbers: Sequence[int]) -> None:
        for start in range(0, len(numbers), DELETED_AT_ONCE):
            await self._delete_batch(numbers[start : start + DELETED_AT_ONCE])

    async def _delete_batch(self, numbers: Sequence[int]) -> None:
        await self._run(lambda connection: retention.delete_captures(connection, numbers))

    # The index of bodies

    async def index_bodies(self, limit: int = INDEXED_AT_ONCE) -> int:
        """Take the next captures into the index of bodies; how many there were (0: the index is complete)."""
        with self._translated():
            return await self._commits.run(lambda connection: body_index.index_batch(connection, limit), synced=False)

    async def keep_index(self, idle_s: float = IDLE_S) -> None:
        """Fill the index when nothing was written for a while and a search would have to look at many,
        or at far too many; runs until it is cancelled."""
        while True:
            before = self._writes
            await asyncio.sleep(idle_s)
            if await asyncio.to_thread(self.tail) <= LOOKED_AT:
                continue
            while (self._writes == before or self.tail() > MAX_TAIL) and await self.index_bodies():
                pass

    async def _run(
        self,
        work: Callable[[sqlite3.Connection], T],
        weight: int = 0,
        *,
        committed: Callable[[T], object] | None = None,
        failed: Callable[[BaseException], object] | None = None,
        synced: bool = True,
    ) -> T:
        self._writes += 1
        with self._translated():
            return await self._commits.run(work, weight=weight, committed=committed, failed=failed, synced=synced)
