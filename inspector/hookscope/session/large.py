"""Large deliveries: opened beside the loop, handed over at once, kept in pieces that let commits of others between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from hookscope.session.in_hand import InHand
from hookscope.store.captures import CaptureStore
from hookscope.store.entry import Entry
from hookscope.store.reader import UNRECOGNISED
from hookscope.store.schema import PIECE_BYTES
from hookscope.tunnel.frames import Arrival
from hookscope_relay.delivery import Delivery
from hookscope_relay.errors import SealError

OPENED_AT_ONCE = 1024 * 1024
AT_ONCE = 64


class LargeOnes:
    """What is large and on its way. `begin` runs a task, `unseal` opens an arrival, `change` changes the
    delivery as the user wants it, `serve` makes an entry and has it
    answered, `lost` says that one cannot be opened."""

    def __init__(
        self,
        *,
        store: CaptureStore,
        in_hand: InHand,
        begin: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        unseal: Callable[[Arrival], Delivery],
        change: Callable[[Arrival, Delivery], Coroutine[Any, Any, None]],
        serve: Callable[[Arrival, Delivery], Entry],
        kept: Callable[[Entry], None],
        lost: Callable[[Arrival, SealError], Coroutine[Any, Any, None]],
    ) -> None:
        self._store = store
        self._in_hand = in_hand
        self._begin = begin
        self._unseal = unseal
        self._change = change
        self._serve = serve
        self._kept = kept
        self._lost = lost
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def take(self, arrival: Arrival) -> None:
        """Take one, with a task of its own."""
        size = size_of(arrival)
        task = self._begin(self._take(arrival, size))
        self._tasks[arrival.id] = task
        self._in_hand.take(size)
        task.add_done_callback(partial(self._done, arrival.id, size))

    @property
    def are_many(self) -> bool:
        """Whether more should wait."""
        return len(self._tasks) >= AT_ONCE

    async def room(self) -> None:
        """Wait until there are fewer."""
        while self.are_many:
            await asyncio.wait(self._tasks.values(), return_when=asyncio.FIRST_COMPLETED)

    async def all_kept(self) -> None:
        """Wait until none is on its way."""
        if self._tasks:
            await asyncio.wait(self._tasks.values())

    def after(self, name: str, then: Callable[[], None]) -> None:
        """Do that once the delivery of that id is kept; at once where it is not on its way here."""
        if (task := self._tasks.get(name)) is None:
            then()
        else:
            task.add_done_callback(lambda _: then())

    def _done(self, name: str, size: int, _: asyncio.Task[None]) -> None:
        self._in_hand.done(size)
        self._tasks.pop(name, None)

    async def _take(self, arrival: Arrival, size: int) -> None:
        unseal = partial(self._unseal, arrival)
        try:
            delivery = await asyncio.to_thread(unseal) if size > OPENED_AT_ONCE else unseal()
        except SealError as error:
            await self._lost(arrival, error)
            return
        await self._change(arrival, delivery)
        await self._keep(self._serve(arrival, delivery))

    async def _keep(self, entry: Entry) -> None:
        place = entry.place
        kept = await self._store.keep(
            entry.delivery,
            endpoint=place.endpoint,
            epoch=place.epoch,
            seq=place.seq,
            prev=place.prev,
            origin=entry.origin,
            owed=entry.owed,
            missed=entry.is_missed,
            recognition=entry.recognition or UNRECOGNISED,
            attempt=entry.attempt,
            is_waiting=True,
            kept_back=entry.kept_back,
            holds=entry.holds,
        )
        entry.number, entry.is_new = kept.number, kept.new
        self._kept(entry)


def is_large(arrival: Arrival) -> bool:
    """Whether it does not fit one piece of the store."""
    return size_of(arrival) > PIECE_BYTES


def size_of(arrival: Arrival) -> int:
    """How many bytes arrived."""
    return sum(map(len, arrival.pieces))
