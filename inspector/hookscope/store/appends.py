"""Gathers what a session appends, and has it written group by group: the next one leaves when the one before is durable."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from hookscope.model.verdict import Recognition
from hookscope.store.append import Appended, Entry, Group, Settling
from hookscope.store.captures import CaptureStore
from hookscope_relay.delivery import Delivery
from hookscope_relay.errors import HookscopeError

# So long the first of a group waits for others, and mostly for the end of its own attempt.
GATHERED_S = 0.003
GROUP = 256
# With so much on its way, whoever brings more has to wait.
WAITING = 1024
WAITING_BYTES = 8 * 1024 * 1024


class Appends:
    """Appends to a store, in the order of the calls. `written` hears of each group that is durable now, `failed` of what ended it all.

    Used from one event loop.
    """

    def __init__(
        self,
        store: CaptureStore,
        *,
        recognise: Callable[[Delivery], Recognition],
        written: Callable[[Appended, list[Settling]], None],
        failed: Callable[[HookscopeError], None],
    ) -> None:
        self._store = store
        self._recognise = recognise
        self._written = written
        self._failed = failed
        self._next = Group()
        self._bytes = 0
        self._writing: asyncio.Task[None] | None = None
        self._has_failed = False

    def add(self, entry: Entry) -> None:
        """Have a delivery kept."""
        self._next.entries.append(entry)
        self._bytes += len(entry.delivery.body)
        self._begin()

    def end(self, entry: Entry) -> None:
        """Have it kept what came of the attempt at a delivery that was added, now that `entry.attempt` says it."""
        if entry.number and entry.is_new:
            self._next.ended.append(entry)
            self._begin()

    def settle(self, settling: Settling) -> None:
        """Have it kept how a sender's wait ended; nothing where its delivery is not held by then."""
        self._next.settled.append(settling)
        self._begin()

    @property
    def is_full(self) -> bool:
        """Whether so much is on its way that more should wait."""
        return len(self._next.entries) >= WAITING or self._bytes >= WAITING_BYTES

    async def room(self) -> None:
        """Wait until it is not full."""
        while self.is_full and self._writing is not None:
            await asyncio.wait({self._writing}, timeout=GATHERED_S)

    async def flush(self) -> None:
        """Wait until all that was given so far is durable, or could not be made so."""
        while self._writing is not None:
            await asyncio.wait({self._writing})

    def _begin(self) -> None:
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        try:
            await asyncio.sleep(GATHERED_S)
            while not self._has_failed and (group := self._take()) is not None:
                appended = await self._store.append(group, self._recognise)
                self._written(appended, group.settled)
                for entry in group.entries:  # what ended while its row was on its way
                    if entry.is_new and entry.has_ended and not entry.is_ended_kept:
                        self._next.ended.append(entry)
        except HookscopeError as error:
            self._has_failed = True
            self._failed(error)
        finally:
            self._writing = None

    def _take(self) -> Group | None:
        all_of_it = self._next
        if not (all_of_it.entries or all_of_it.ended or all_of_it.settled):
            return None
        group = Group(
            all_of_it.entries[:GROUP], all_of_it.ended, all_of_it.settled if len(all_of_it.entries) <= GROUP else []
        )
        self._next = Group(all_of_it.entries[GROUP:], [], [] if group.settled else all_of_it.settled)
        self._bytes -= group.weight
        return group
