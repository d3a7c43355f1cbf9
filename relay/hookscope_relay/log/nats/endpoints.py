"""The records of endpoints: a bucket that all nodes share, and what this node knows of it at once.

Whoever changes a record tells the others; who did not hear it asks again after a while.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import msgspec

from hookscope_relay.errors import LogUnavailable
from hookscope_relay.log.nats.key_values import Entry, KeyValues
from hookscope_relay.log.protocol import EndpointRecord

# How long a record is believed without a look, where no word of a change came.
BELIEVED_S = 300.0
KNOWN_AT_MOST = 100_000
WALK = 256
TRIES = 20


class _Known(NamedTuple):
    """A record, its revision in the bucket, and when it was last looked at."""

    record: EndpointRecord
    revision: int
    at: float


class Endpoints:
    """The records; `changed` is called with the id of each that this node has changed."""

    def __init__(self, bucket: KeyValues, changed: Callable[[str], object]) -> None:
        self._bucket = bucket
        self._changed = changed
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._asking: dict[str, asyncio.Future[EndpointRecord | None]] = {}
        self._beside: set[asyncio.Future[EndpointRecord | None]] = set()
        self._walked = 0
        self._counted = 0

    def known(self, endpoint: str) -> EndpointRecord | None:
        """The record, where this node has it; one that may be old is asked for beside."""
        found = self._known.get(endpoint)
        if found is None:
            return None
        if time.monotonic() - found.at > BELIEVED_S and endpoint not in self._asking:
            self._ask(endpoint).add_done_callback(_ignore)
        return found.record

    async def get(self, endpoint: str) -> EndpointRecord | None:
        """The record, or None where there is none."""
        return self.known(endpoint) or await asyncio.shield(self._ask(endpoint))

    def forget(self, endpoint: str) -> None:
        """Somebody else has changed the record."""
        self._known.pop(endpoint, None)

    def doubt(self) -> None:
        """Any record may be another by now: each is asked for again, but believed meanwhile, for the cluster may be
        electing."""
        self._known = OrderedDict((name, known._replace(at=-BELIEVED_S)) for name, known in self._known.items())

    async def learn(self) -> None:
        """Learn all records, as far as there is room: no sender is to wait for one, least of all while the cluster
        elects."""
        after = 0
        while len(self._known) < KNOWN_AT_MOST and (entries := await self._bucket.walk(after, WALK)):
            for entry in entries:
                self._know(_decode(entry), entry.revision)
            after = entries[-1].revision

    def learn_again(self, endpoint: str) -> None:
        """Somebody else has changed the record, or made it."""
        self.forget(endpoint)
        # A replica may not have heard of it yet.
        asking = asyncio.ensure_future(self._look(endpoint, from_leader=True))
        self._beside.add(asking)
        asking.add_done_callback(self._beside.discard)
        asking.add_done_callback(_ignore)

    async def keep(self, record: EndpointRecord) -> bool:
        """As `Log.keep_endpoint`."""
        for attempt in range(TRIES):
            entry = await self._bucket.get(record.id, from_leader=attempt > 0)
            if entry is not None and not record.may_follow(_decode(entry)):
                return False
            value = msgspec.msgpack.encode(record)
            if revision := await self._bucket.put(record.id, value, entry.revision if entry else 0):
                self._know(record, revision)
                self._changed(record.id)
                return True
        raise LogUnavailable("the endpoint's record changes all the time")

    async def count(self) -> int:
        """How many have a record."""
        with contextlib.suppress(LogUnavailable):
            self._counted = await self._bucket.count()
        # While the cluster elects, as many as there were.
        return self._counted

    async def forget_unused(self, before: float, is_empty: Callable[[str], Awaitable[bool]]) -> int:
        """As `Log.forget_unused`, a part of them at each call."""
        entries = await self._bucket.walk(self._walked, WALK)
        self._walked = entries[-1].revision if len(entries) == WALK else 0
        gone = 0
        for entry in entries:
            record = _decode(entry)
            unused = record.used_at < before and not record.generation
            if unused and await is_empty(record.id) and await self._bucket.remove(entry):
                self.forget(record.id)
                self._changed(record.id)
                gone += 1
        return gone

    def _ask(self, endpoint: str) -> asyncio.Future[EndpointRecord | None]:
        if (asking := self._asking.get(endpoint)) is None:
            asking = self._asking[endpoint] = asyncio.ensure_future(self._look(endpoint))
            asking.add_done_callback(lambda _: self._asking.pop(endpoint, None))
        return asking

    async def _look(self, endpoint: str, from_leader: bool = False) -> EndpointRecord | None:
        entry = await self._bucket.get(endpoint, from_leader)
        if entry is None:
            self.forget(endpoint)
            return None
        return self._know(_decode(entry), entry.revision)

    def _know(self, record: EndpointRecord, revision: int) -> EndpointRecord:
        """Know the record, unless a later one is known; which of them is."""
        known = self._known.get(record.id)
        if known is not None and known.revision > revision:
            return known.record
        if known is None and len(self._known) >= KNOWN_AT_MOST:
            self._known.popitem(last=False)
        self._known[record.id] = _Known(record, revision, time.monotonic())
        return record


def _decode(entry: Entry) -> EndpointRecord:
    try:
        return msgspec.msgpack.decode(entry.value, type=EndpointRecord)
    except msgspec.MsgspecError:
        raise LogUnavailable(f"the record of endpoint {entry.key} is damaged or of a newer version") from None


def _ignore(asking: asyncio.Future[EndpointRecord | None]) -> None:
    """Who asks beside has no use for a failure."""
    if not asking.cancelled():
        asking.exception()
