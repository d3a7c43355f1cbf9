"""Reading the capture store: synchronous, from any thread, on a connection that the thread has for itself.

A reader never waits for a writer, and each call sees one state of the database. `data_version` tells that another
connection has written since.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from hookscope.diagnosis.case import Earlier, Settlement
from hookscope.model.call import Call
from hookscope.model.capture import Attempt, Capture
from hookscope.model.finding import Finding
from hookscope.model.summary import Summary
from hookscope.model.verdict import Recognition, Verdict
from hookscope.store import calls, pages, queries, tally
from hookscope.store.held import HeldDelivery, is_held, read_held_ones
from hookscope.store.queries import Where
from hookscope_relay.errors import CannotWrite, DamagedFile, HookscopeError
from hookscope_relay.group_commit import StorageFailed
from hookscope_relay.wire import Gap

T = TypeVar("T")

PAGE = 100
BUSY_MS = 10_000
UNRECOGNISED = Recognition()


# What reading a value of another kind or form may raise.
UNREADABLE = (msgspec.MsgspecError, ValueError, TypeError, AttributeError, OverflowError)


class CaptureReader:
    """Everything that can be asked of a capture database; the file must be there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._idle = threading.Condition()
        self._reading = 0
        self._closed = False
        self._readers: list[sqlite3.Connection] = []

    def close(self) -> None:
        """Let go of the file as soon as no thread reads any more; later calls raise `sqlite3.ProgrammingError`."""
        with self._idle:
            self._closed = True
            self._idle.wait_for(lambda: not self._reading)
            for connection in self._readers:
                connection.close()
            self._readers.clear()

    def find(self, name: str) -> Capture:
        """The capture that a person names: `last`, a number, or the beginning of an id; bodies included.

        Raises `NoSuchCapture`, or `InputError` that lists them where several ids begin so.
        """
        return self._read(lambda reader: queries.read_capture(reader, queries.resolve(reader, name)))

    def held(self, names: Iterable[int | str]) -> dict[int | str, queries.HeldCapture]:
        """The captures of these numbers or whole ids, as of one moment; those that are not held are left out."""
        return self._read(lambda reader: queries.read_held(reader, names))

    def number_of(self, name: str) -> int:
        """The number of the capture that a person names; raises as `find` does."""
        return self._read(lambda reader: queries.resolve(reader, name))

    def capture_number(self, delivery_id: str) -> int:
        """The number of a delivery's capture; 0 where it is not held, or not yet."""
        return self._of(delivery_id, lambda _, number: number, 0)

    def summary(self, number: int) -> Summary | None:
        """One row of the list; None where there is no such capture."""
        return self._read(lambda reader: pages.read_summary(reader, number))

    def summaries(
        self, where: Where | None = None, *, limit: int = PAGE, before: int | None = None, after: int | None = None
    ) -> list[Summary]:
        """A page of the list, newest first: the rows next below the number `before`, or next above `after`,
        or the newest."""
        return self._read(lambda reader: pages.read_summaries(reader, where, limit, before, after))

    def count(self, where: Where | None = None) -> int:
        """How many captures meet the condition."""
        return self._read(lambda reader: pages.read_count(reader, where))

    def tally(self, where: Where, failing: Where) -> tally.Counted:
        """How many captures meet the condition, how many of those the other one, and between which numbers and until
        when they are."""
        return self._read(lambda reader: tally.read_tally(reader, where, failing))

    def codes(self, where: Where) -> frozenset[str]:
        """The codes of all warnings and errors found of captures that meet the condition."""
        return self._read(lambda reader: tally.read_codes(reader, where))

    def numbers(self, where: Where | None = None) -> list[int]:
        """The numbers of all captures that meet the condition, oldest first."""
        return self._read(lambda reader: pages.read_numbers(reader, where))

    def attempts(self, delivery_id: str) -> tuple[Attempt, ...]:
        """The attempts at one delivery, in the order they were made; none where it is not held."""
        return self._of(delivery_id, lambda reader, number: queries.read_capture(reader, number).attempts, ())

    def findings(self, delivery_id: str, attempt: int | None = None) -> tuple[Finding, ...]:
        """The findings on one attempt, what is proved first, then best first;
        without one on the attempt that counts."""
        return self._of(delivery_id, lambda reader, number: queries.read_findings(reader, number, attempt), ())

    def verdict(self, delivery_id: str) -> Verdict | None:
        """The verdict on a delivery as it came; None where nothing was verified."""
        return self._of(delivery_id, queries.read_verdict, None)

    def recognition(self, delivery_id: str) -> Recognition:
        """What the sender said of itself, as recognised when it was captured (without the evidence for it)."""
        return self._of(delivery_id, queries.read_recognition, UNRECOGNISED)

    def settlement(self, delivery_id: str) -> Settlement | None:
        """How the sender's wait ended; None where nobody said."""
        return self._of(delivery_id, queries.read_settlement, None)

    def related(
        self,
        *,
        endpoint: str | None = None,
        provider: str = "",
        event_id: str = "",
        object_id: str = "",
        before: int | None = None,
        limit: int,
    ) -> list[Earlier]:
        """Deliveries of the same event or the same object, none where neither is named; the newest `limit`,
        oldest first."""
        if not (event_id or object_id):
            return []
        return self._read(
            lambda reader: pages.read_related(
                reader,
                endpoint=endpoint,
                provider=provider,
                event_id=event_id,
                object_id=object_id,
                before=before,
                limit=limit,
            )
        )

    def related_rows(
        self, names: Iterable[pages.Name], *, endpoint: str | None, before: int, limit: int
    ) -> dict[pages.Name, list[pages.Row]]:
        """For each event or object the newest `limit` deliveries of it before a number, oldest first,
        as rows for `pages.earlier`."""
        return self._read(
            lambda reader: pages.read_related_rows(reader, names, endpoint=endpoint, before=before, limit=limit)
        )

    def recent(self, *, endpoint: str | None = None, before: int | None = None, limit: int) -> list[Earlier]:
        """The newest `limit` deliveries, whatever they were, oldest first."""
        return self._read(lambda reader: pages.read_recent(reader, endpoint=endpoint, before=before, limit=limit))

    def furthest(self, *, endpoint: str | None = None, provider: str, before: int | None = None) -> list[Earlier]:
        """The delivery that came furthest in the provider's own sequence; none where none counts."""
        return self._read(
            lambda reader: pages.read_furthest(reader, endpoint=endpoint, provider=provider, before=before)
        )

    def owed_without_attempt(self, endpoint: str) -> list[Summary]:
        """What the relay or we answered in the handler's place and nobody has handled yet, oldest first."""
        return self._read(lambda reader: pages.read_owed(reader, endpoint))

    def held_ones(self, endpoint: str) -> list[HeldDelivery]:
        """What waits for its turn at a handler, oldest first."""
        return self._read(lambda reader: read_held_ones(reader, endpoint))

    def is_held(self, number: int, route: str) -> bool:
        """Whether a capture waits for the handler of that route."""
        return self._read(lambda reader: is_held(reader, number, route))

    def listened_for(self) -> frozenset[str]:
        """The URLs of the handlers that this user has listened for, without a final slash."""
        return self._read(pages.read_listened_for)

    def is_own(self, delivery_id: str) -> bool:
        """Whether a capture came to this user; what came out of a file is a stranger's, its attempts included."""
        return self._of(delivery_id, pages.read_is_own, False)

    def calls(self, delivery_id: str) -> tuple[Call, ...]:
        """The calls that belong to a delivery, in the order they were made."""
        return self._read(lambda reader: calls.read_calls(reader, delivery_id))

    def call(self, number: int) -> Call:
        """One call; `NoSuchCapture` where there is none of that number."""
        return self._read(lambda reader: calls.read_call(reader, number))

    def last_good(self, api: str) -> dict[str, float]:
        """The credentials, by fingerprint, that an API accepted, each with the time of its last accepted call."""
        return self._read(lambda reader: calls.read_last_good(reader, api))

    def waiting(self, endpoint: str | None = None) -> list[int]:
        """The numbers of the captures that nobody has looked at yet, oldest first:
        their verdicts and findings are still to be made."""
        return self._read(lambda reader: queries.read_waiting(reader, endpoint))

    def unverified(self, endpoint: str | None, provider: str, limit: int) -> list[str]:
        """The ids of a provider's deliveries that no secret was known for, or the right one not, without those that
        were kept from the handler; the newest `limit`, oldest first. Without an endpoint those of all."""
        return self._read(lambda reader: queries.read_unverified(reader, endpoint, provider, limit))

    def endpoint_of(self, numbers: Iterable[int]) -> str:
        """The id of the one endpoint that the captures of these numbers came to; empty where they came to several, or
        out of files."""
        found = self._read(lambda reader: queries.read_endpoints(reader, numbers))
        return found[0] if len(found) == 1 else ""

    def newest(self) -> int:
        """The number of the newest capture; 0 where there is none."""
        return self._read(queries.read_newest)

    def newer(self, ids: Sequence[str], number: int) -> list[str]:
        """Those of the deliveries that are held since after the capture of that number, in their order."""
        return self._read(lambda reader: queries.read_newer(reader, ids, number))

    def cursor(self, endpoint: str) -> tuple[str, int] | None:
        """Epoch and seq up to which everything of the endpoint is held; None where nothing ever was."""
        return self._read(lambda reader: queries.read_cursor(reader, endpoint))

    def gaps(self, endpoint: str) -> list[Gap]:
        """What the relay declared lost, in the order it was declared."""
        return self._read(lambda reader: queries.read_gaps(reader, endpoint))

    def data_version(self) -> int:
        """A number that changes whenever anyone has written; compare it only within one thread."""
        return self._read(lambda reader: int(reader.execute("PRAGMA data_version").fetchone()[0]))

    def tail(self) -> int:
        """About how many captures the index of bodies does not reach yet."""
        query = "SELECT (SELECT coalesce(max(number), 0) FROM captures) - (SELECT up_to FROM indexing)"
        return self._read(lambda reader: int(reader.execute(query).fetchone()[0]))

    # Connections

    def _of(self, delivery_id: str, read: Callable[[sqlite3.Connection, int], T], otherwise: T) -> T:
        def look(reader: sqlite3.Connection) -> T:
            row = reader.execute("SELECT number FROM captures WHERE id = ?", (delivery_id,)).fetchone()
            return read(reader, int(row[0])) if row else otherwise

        return self._read(look)

    def _read(self, look: Callable[[sqlite3.Connection], T]) -> T:
        """Look at one state of the database: all statements of one call see the same."""
        with self._translated(), self._open():
            reader = self._reader()
            reader.execute("BEGIN")
            try:
                return look(reader)
            finally:
                reader.execute("COMMIT")

    @contextlib.contextmanager
    def _open(self) -> Iterator[None]:
        """Keep the connections open: SQLite crashes the process when one is closed under a statement of another
        thread."""
        with self._idle:
            if self._closed:
                raise sqlite3.ProgrammingError("the capture store is closed")
            self._reading += 1
        try:
            yield
        finally:
            with self._idle:
                self._reading -= 1
                self._idle.notify_all()

    def _reader(self) -> sqlite3.Connection:
        reader: sqlite3.Connection | None = getattr(self._local, "reader", None)
        if reader is None:
            # Closed by whichever thread closes the store.
            reader = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
            reader.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
            reader.execute("PRAGMA query_only = ON")
            self._local.reader = reader
            with self._idle:
                self._readers.append(reader)
        return reader

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        """What the database says, as errors that a person can act on; a bug of ours stays what it is."""
        try:
            yield
        except StorageFailed as failed:
            error = failed.__cause__ if isinstance(failed.__cause__, sqlite3.Error) else failed
            raise self._told(error) from None
        except (sqlite3.ProgrammingError, sqlite3.IntegrityError):
            raise
        except sqlite3.DatabaseError as error:
            raise self._told(error) from None
        except UNREADABLE as error:
            # Its rows hold what we never write: somebody else did.
            what = f"the capture database {self.path} holds what is none of ours ({type(error).__name__}: {error})"
            raise DamagedFile(what, "move it away; a new one is made at the next start") from None

    def _told(self, error: Exception) -> HookscopeError:
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
            remedy = "move it away; a new one is made at the next start"
            return DamagedFile(f"the capture database {self.path} is damaged ({error})", remedy)
        remedy = "free space, correct its permissions, or end what locks it"
        return CannotWrite(f"the capture database {self.path} cannot be used ({error})", remedy)
