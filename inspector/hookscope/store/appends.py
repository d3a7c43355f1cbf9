"""Gathers what a session appends, and has it written group by group: the next one leaves when the one before is kept.

A delivery waits for the end of its own attempt, so that one row is written once and whole; not for one that takes long.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from hookscope.model.verdict import Recognition
from hookscope.store.captures import CaptureStore
from hookscope.store.entry import Appended, Copy, Entry, Group, Settling, is_end
from hookscope_relay.delivery import Delivery
from hookscope_relay.errors import HookscopeError

# So long the first of a group waits for others, and the longest for the end of its attempt. What is lost with the
# process meanwhile the relay brings again.
GATHERED_S = 0.02
LATE_S = 0.06
GROUP = 128
# With so much on its way, whoever brings more has to wait.
WAITING = 1024
WAITING_BYTES = 8 * 1024 * 1024


class Appends:
    """Appends to a store, in the order of the calls.

    `written` hears of each group that is kept now, `failed` of what ended it all.

    Used from one event loop.
    """

    def __init__(
        self,
        store: CaptureStore,
        *,
        recognise: Callable[[Delivery], Recognition],
        written: Callable[[Appended], None],
        failed: Callable[[HookscopeError], None],
    ) -> None:
        self._store = store
        self._recognise = recognise
        self._written = written
        self._failed = failed
        self._loop = asyncio.get_running_loop()
        self._entries: deque[Entry] = deque()
        self._by_id: dict[str, Entry] = {}
        self._ended: list[Entry] = []
        self._settled: list[Settling] = []
        self._copied: list[tuple[Entry, Copy]] = []
        self._bytes = 0
        self._flushes = 0
        self._writing: asyncio.Task[None] | None = None
        self._has_failed = False

    def add(self, entry: Entry) -> None:
        """Have a delivery kept."""
        entry.since = self._loop.time()
        self._entries.append(entry)
        self._by_id[entry.delivery.id] = entry
        self._bytes += len(entry.delivery.body)
        self._begin()

    def end(self, entry: Entry) -> None:
        """Have it kept what came of the attempt at a delivery that was added, now that `entry.attempt` says it."""
        if entry.number and entry.is_new:
            self._ended.append(entry)
            self._begin()

    def end_copy(self, entry: Entry, copy: Copy) -> None:
        """As `end` for a copy; one that has not ended is noted."""
        if entry.number and entry.is_new and not copy.is_on_its_way:
            copy.is_on_its_way = True
            self._copied.append((entry, copy))
            self._begin()

    def end_late(self, entry: Entry) -> None:
        """Have it kept what has ended of a delivery whose row was written apart, unless that is on its way already."""
        if entry.has_ended and entry not in self._ended:
            self.end(entry)
        for copy in entry.copies:
            self.end_copy(entry, copy)

    def settle(self, settling: Settling) -> None:
        """Have it kept how a sender's wait ended; nothing where its delivery is not held by then."""
        entry = self._by_id.get(settling.delivery_id)
        if entry is not None and entry.settling is None:
            entry.settling = settling
            return
        self._settled.append(settling)
        self._begin()

    @property
    def is_full(self) -> bool:
        """Whether so much is on its way that more should wait."""
        return len(self._entries) >= WAITING or self._bytes >= WAITING_BYTES

    async def room(self) -> None:
        """Wait until it is not full."""
        while self.is_full and self._writing is not None:
            await asyncio.wait({self._writing}, timeout=GATHERED_S / 4)

    async def flush(self) -> None:
        """Wait until all that was given so far is kept, or could not be."""
        self._flushes += 1
        try:
            while self._writing is not None:
                await asyncio.wait({self._writing})
        finally:
            self._flushes -= 1

    def _begin(self) -> None:
        if self._writing is None:
            self._writing = self._loop.create_task(self._write())

    async def _write(self) -> None:
        try:
            while not self._has_failed and (self._entries or self._ended or self._settled or self._copied):
                if not (self._flushes or self.is_full):
                    await asyncio.sleep(GATHERED_S)
                if (group := self._take()) is not None:
                    await self._append(group)
        except HookscopeError as error:
            self._has_failed = True
            self._failed(error)
        finally:
            self._writing = None

    async def _append(self, group: Group) -> None:
        appended = await self._store.append(group, self._recognise)
        self._written(appended)
        # What ended while its row was on its way.
        self._ended += [one for one in group.entries if one.is_new and one.has_ended and not one.is_ended_kept]
        for one in group.entries:
            if one.copies and one.is_new:
                for copy in one.copies:
                    if is_end(copy.attempt) and not copy.is_ended_kept:
                        self.end_copy(one, copy)

    def _take(self) -> Group | None:
        entries: list[Entry] = []
        late, hurries = self._loop.time() - LATE_S, self._flushes or self.is_full
        while self._entries and len(entries) < GROUP:
            first = self._entries[0]
            if not (first.is_over or hurries or first.since <= late):
                break
            entries.append(self._entries.popleft())
            if self._by_id.get(first.delivery.id) is first:
                del self._by_id[first.delivery.id]
        group = Group(entries, self._ended, self._settled, self._copied)
        if not (group.entries or group.ended or group.settled or group.copied):
            return None
        for _, copy in self._copied:
            copy.is_on_its_way = False
        self._ended, self._settled, self._copied = [], [], []
        self._bytes -= group.weight
        return group
