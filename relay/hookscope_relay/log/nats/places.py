"""Where endpoints' records end, as far as a node knows: it asks the servers only where there is something to get."""

from __future__ import annotations

import time
from collections import OrderedDict

# A reader that stood at a record so shortly before has missed no trimming.
LIVE_S = 5.0
KNOWN_AT_MOST = 100_000


class Places:
    """The newest seq heard of, by endpoint that somebody here reads, and where reading stopped a moment ago."""

    def __init__(self) -> None:
        self._heard: OrderedDict[str, int] = OrderedDict()
        self._read: dict[str, tuple[int, float]] = {}

    def newest(self, endpoint: str) -> int | None:
        """The newest seq heard of; None where nobody asked for the endpoint yet."""
        return self._heard.get(endpoint)

    def hear(self, endpoint: str, seq: int) -> None:
        """There is a record of that seq."""
        known = self._heard.get(endpoint)
        if known is not None and seq > known:
            self._heard[endpoint] = seq

    def begin(self, endpoint: str, seq: int) -> None:
        """Somebody reads the endpoint, whose newest record is at least that one."""
        if len(self._heard) >= KNOWN_AT_MOST:
            self._heard.popitem(last=False)
        self._heard[endpoint] = max(seq, self._heard.get(endpoint, 0))

    def set_newest(self, endpoint: str, seq: int) -> None:
        """The leader has nothing behind it, whatever was heard."""
        self._heard[endpoint] = seq

    def note_read(self, endpoint: str, seq: int) -> None:
        """The record of that seq was read just now."""
        if len(self._read) >= KNOWN_AT_MOST:
            self._read.clear()
        self._read[endpoint] = seq, time.monotonic()

    def is_record(self, endpoint: str, seq: int) -> bool:
        """Whether the record of that seq was the last one read."""
        return self._read.get(endpoint, (0, 0.0))[0] == seq > 0

    def is_live(self, endpoint: str, seq: int) -> bool:
        """Whether the record of that seq was the last one read, a moment ago."""
        read, at = self._read.get(endpoint, (0, 0.0))
        return read == seq and time.monotonic() - at < LIVE_S

    def forget(self) -> None:
        """Messages may have been missed."""
        self._heard.clear()
        self._read.clear()
