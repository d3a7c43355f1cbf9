"""Keeping the log within its retention: one node at a time does it, whichever holds the lease.

Where the log is small, counting is enough, which the servers do. Bytes of an endpoint they do not count: so once the
whole holds more than an endpoint may, the keeper reads what comes in and counts them.

Before something is dropped the endpoint's mark is moved up to it: so a reader that comes later can tell what is gone
from what never was.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from hookscope_relay.log.nats.courier import Courier
from hookscope_relay.log.nats.form import Stored, decode_stored
from hookscope_relay.log.nats.key_values import KeyValues
from hookscope_relay.log.nats.reader import Message, Reader
from hookscope_relay.log.nats.streams import Names
from hookscope_relay.log.protocol import TRIM_AT_ONCE, Retention

LEASE_S = 150.0
READ = 500
# The oldest are looked at until so many in a row may stay: one node's clock may be ahead of another's.
YOUNG_IN_A_ROW = 200
SUBJECTS_A_PAGE = 100_000


class Lease(msgspec.Struct, frozen=True):
    """Who keeps the log within its retention, and until when (epoch seconds)."""

    node: str
    until: float


@dataclass(slots=True)
class _Tally:
    """The bytes of every endpoint, of what was read up to `read`."""

    read: int = 0
    sizes: dict[str, int] = field(default_factory=dict)


class Keeper:
    """Trims the log for all nodes."""

    def __init__(self, courier: Courier, reader: Reader, names: Names, facts: KeyValues, node: str) -> None:
        self._courier = courier
        self._reader = reader
        self._names = names
        self._facts = facts
        self._node = node
        self._tally = _Tally()

    async def trim(self, now: float, retention: Retention) -> int:
        """As `Log.trim`; 0 where another node does it."""
        if not await self._has_lease():
            self._tally = _Tally()
            return 0
        dropped = await self._drop_old(now - retention.age_s)
        if dropped < TRIM_AT_ONCE:
            dropped += await self._drop_by_count(retention.count, TRIM_AT_ONCE - dropped)
        if dropped < TRIM_AT_ONCE:
            dropped += await self._drop_by_size(retention, TRIM_AT_ONCE - dropped)
        return dropped

    async def mark(self, endpoint: str) -> int:
        """The highest seq of the endpoint that was trimmed; 0 where none was."""
        entry = await self._facts.get(f"trimmed.{endpoint}")
        return msgspec.json.decode(entry.value, type=int) if entry else 0

    async def _has_lease(self) -> bool:
        now = time.time()
        entry = await self._facts.get("keeper", from_leader=True)
        lease = msgspec.json.decode(entry.value, type=Lease) if entry else None
        if lease is not None and lease.node != self._node and lease.until > now:
            return False
        value = msgspec.json.encode(Lease(self._node, now + LEASE_S))
        return bool(await self._facts.put("keeper", value, entry.revision if entry else 0))

    async def _drop_old(self, before: float) -> int:
        """Those that came before that instant, from the log's beginning on."""
        old: dict[str, list[tuple[Message, Stored]]] = {}
        count = young = after = 0
        while young < YOUNG_IN_A_ROW and count < TRIM_AT_ONCE:
            found = await self._reader.after(
                self._names.deliveries, self._names.of_endpoint("*"), after, YOUNG_IN_A_ROW
            )
            for message, stored in _decoded(found):
                if stored.at < before:
                    young = 0
                    count += 1
                    old.setdefault(message.subject, []).append((message, stored))
                else:
                    young += 1
            if len(found) < YOUNG_IN_A_ROW:
                break
            after = found[-1].seq
        return sum([await self._drop_first(subject, of_it) for subject, of_it in old.items()])

    async def _drop_first(self, subject: str, old: Sequence[tuple[Message, Stored]]) -> int:
        """Of an endpoint's deliveries those before which none stays: what is dropped is always its beginning."""
        held = await self._reader.after(self._names.deliveries, subject, 0, len(old))
        seqs = {message.seq for message, _ in old}
        gone = []
        for message, stored in _decoded(held):
            if message.seq not in seqs:
                break
            gone.append((message, stored))
        return await self._drop(subject, gone)

    async def _drop_by_count(self, most: int, at_once: int) -> int:
        dropped = 0
        async for endpoint, count in self._counts(most):
            room = min(count - most, at_once - dropped)
            if room <= 0:
                break
            dropped += await self._drop_oldest(endpoint, room)
        return dropped

    async def _drop_by_size(self, retention: Retention, at_once: int) -> int:
        held = sum([await self._bytes(stream) for stream in (self._names.deliveries, self._names.pieces)])
        if held <= min(retention.bytes, retention.total_bytes):
            return 0
        await self._count_new()
        sizes = self._tally.sizes
        dropped = 0
        for endpoint in [name for name, size in sizes.items() if size > retention.bytes]:
            dropped += await self._drop_until(endpoint, retention.bytes, at_once - dropped)
        heap = [(-size, endpoint) for endpoint, size in sizes.items()]
        heapq.heapify(heap)
        excess = sum(sizes.values()) - retention.total_bytes
        while excess > 0 and heap and dropped < at_once:
            _, endpoint = heapq.heappop(heap)
            before = sizes.get(endpoint, 0)
            # Down to the one that holds most after it, and one further, so that it gets on.
            goal = max(-heap[0][0] if heap else 0, before - excess)
            count = await self._drop_until(endpoint, min(goal, before - 1), at_once - dropped)
            if not count:
                continue
            dropped += count
            excess -= before - sizes.get(endpoint, 0)
            if sizes.get(endpoint):
                heapq.heappush(heap, (-sizes[endpoint], endpoint))
        return dropped

    async def _drop_until(self, endpoint: str, most: int, at_once: int) -> int:
        """Drop the oldest of an endpoint until no more than so many bytes are left."""
        subject = self._names.of_endpoint(endpoint)
        dropped = after = 0
        while self._tally.sizes.get(endpoint, 0) > most and dropped < at_once:
            found = await self._reader.after(self._names.deliveries, subject, after, READ)
            size = self._tally.sizes.get(endpoint, 0)
            gone: list[tuple[Message, Stored]] = []
            for message, stored in _decoded(found):
                if size <= most or dropped + len(gone) >= at_once:
                    break
                size -= stored.size
                gone.append((message, stored))
            if not gone:
                self._tally.sizes.pop(endpoint, None)
                break
            after = gone[-1][0].seq
            dropped += await self._drop(subject, gone)
        return dropped

    async def _drop_oldest(self, endpoint: str, count: int) -> int:
        subject = self._names.of_endpoint(endpoint)
        dropped = after = 0
        while dropped < count:
            found = await self._reader.after(self._names.deliveries, subject, after, min(READ, count - dropped))
            if not found:
                break
            after = found[-1].seq
            dropped += await self._drop(subject, list(_decoded(found)))
        return dropped

    async def _drop(self, subject: str, gone: Sequence[tuple[Message, Stored]]) -> int:
        """Drop an endpoint's oldest deliveries, with their pieces."""
        if not gone:
            return 0
        endpoint, last = subject.rpartition(".")[2], gone[-1][0].seq
        await self._move_mark(endpoint, last)
        for _, stored in gone:
            if stored.upload:
                await self._purge(self._names.pieces, {"filter": self._names.of_piece(stored.upload, "*")})
        await self._purge(self._names.deliveries, {"filter": subject, "seq": last + 1})
        for message, stored in gone:
            if message.seq <= self._tally.read and endpoint in self._tally.sizes:
                self._tally.sizes[endpoint] -= stored.size
        return len(gone)

    async def _move_mark(self, endpoint: str, seq: int) -> None:
        key = f"trimmed.{endpoint}"
        while True:
            entry = await self._facts.get(key, from_leader=True)
            if entry is not None and msgspec.json.decode(entry.value, type=int) >= seq:
                return
            if await self._facts.put(key, msgspec.json.encode(seq), entry.revision if entry else 0):
                return

    async def _purge(self, stream: str, what: dict[str, Any]) -> None:
        await self._courier.api(f"STREAM.PURGE.{stream}", what)

    async def _bytes(self, stream: str) -> int:
        return int((await self._courier.api(f"STREAM.INFO.{stream}"))["state"]["bytes"])

    async def _counts(self, above: int) -> Any:  # Any: an async generator of (endpoint, count)
        """The endpoints with more deliveries than that."""
        name = f"STREAM.INFO.{self._names.deliveries}"
        if int((await self._courier.api(name))["state"]["messages"]) <= above:
            return
        offset, total = 0, 1
        while offset < total:
            info = await self._courier.api(name, {"subjects_filter": self._names.of_endpoint("*"), "offset": offset})
            total = int(info.get("total", 0))
            offset += SUBJECTS_A_PAGE
            for subject, count in (info["state"].get("subjects") or {}).items():
                if count > above:
                    yield subject.rpartition(".")[2], count

    async def _count_new(self) -> None:
        """Count the bytes of what came since the last look."""
        every = self._names.of_endpoint("*")
        while found := await self._reader.after(self._names.deliveries, every, self._tally.read, READ):
            for message, stored in _decoded(found):
                endpoint = message.subject.rpartition(".")[2]
                self._tally.sizes[endpoint] = self._tally.sizes.get(endpoint, 0) + stored.size
            self._tally.read = found[-1].seq


def _decoded(messages: Sequence[Message]) -> Iterator[tuple[Message, Stored]]:
    """Each with its delivery; of a damaged one nothing is known but that it can go."""
    nothing = Stored(0, "", 0.0, False, 0, 0, ())
    for message in messages:
        yield message, decode_stored(message.subject, message.data) or nothing
