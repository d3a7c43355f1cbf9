"""The newest records in memory, so that live delivery reads nothing from the disk."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Sequence
from operator import attrgetter

from hookscope_relay.log.protocol import Record, within_read

# What a record costs in memory beside its bytes.
RECORD_BYTES = 600


class Tail:
    """The newest records of each endpoint, together within so many bytes, oldest out first. Safe between threads.

    `newest` is the newest seq of every endpoint. Each endpoint's records follow on each other, each naming the one
    before it.
    """

    def __init__(self, newest: dict[str, int], limit: int) -> None:
        self._newest = newest
        self._limit = limit
        self._size = 0
        self._records: dict[str, deque[Record]] = {}
        self._order: deque[tuple[str, Record]] = deque()
        self._lock = threading.Lock()

    def add(self, endpoint: str, record: Record) -> None:
        """Take the endpoint's next record."""
        with self._lock:
            records = self._records.setdefault(endpoint, deque())
            if records and records[-1].seq != record.prev:
                records.clear()
            records.append(record)
            self._newest[endpoint] = record.seq
            self._order.append((endpoint, record))
            self._size += _weight(record)
            while self._size > self._limit:
                self._drop_oldest()

    def after(self, endpoint: str, after: int, limit: int) -> Sequence[Record] | None:
        """As `Log.read`; None where only the disk knows."""
        with self._lock:
            if after >= self._newest.get(endpoint, 0):
                return ()
            records = self._records.get(endpoint)
            if not records or after < records[0].prev:
                return None
            start = _place(records, after)
            return within_read(records[place] for place in range(start, min(start + limit, len(records))))

    def forget(self, endpoints: Iterable[str]) -> None:
        """Leave these endpoints' records to the disk."""
        with self._lock:
            for endpoint in endpoints:
                self._records.pop(endpoint, None)

    def _drop_oldest(self) -> None:
        endpoint, record = self._order.popleft()
        self._size -= _weight(record)
        records = self._records.get(endpoint)
        # It may have been forgotten before.
        if records and records[0] is record:
            records.popleft()
            if not records:
                del self._records[endpoint]


def _place(records: deque[Record], after: int) -> int:
    """Where the first record above `after` stands. Both ways are quick at the ends, where readers are."""
    if records[-1].seq - records[0].prev == len(records):
        return after - records[0].prev
    return bisect_right(records, after, key=attrgetter("seq"))


def _weight(record: Record) -> int:
    return RECORD_BYTES + sum(map(len, record.inline))
