"""A log in memory: for tests and for relays that are to keep nothing. It forgets everything when the process ends."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from hookscope_relay.errors import LogUnavailable
from hookscope_relay.log.protocol import (
    NONCE_KEPT_S,
    TRIM_AT_ONCE,
    EndpointRecord,
    Health,
    Record,
    Retention,
    Upload,
    inline_pieces,
    within_read,
)


@dataclass(slots=True)
class _Shelf:
    """What one endpoint has: the newest seq ever given, and the kept records with their pieces, by seq in order."""

    newest: int = 0
    size: int = 0
    kept: OrderedDict[int, tuple[Record, tuple[bytes, ...]]] = field(default_factory=OrderedDict)

    def drop(self, seq: int) -> None:
        self.size -= self.kept.pop(seq)[0].size

    def before_oldest(self) -> int:
        return next((record.prev for record, _ in self.kept.values()), self.newest)


class _Upload:
    def __init__(self, log: MemoryLog) -> None:
        self.number = id(self)
        self.pieces: list[bytes] = []
        self._log = log

    async def add(self, content: bytes) -> None:
        self._log._check_open()
        self.pieces.append(content)

    async def wait(self) -> None:
        pass

    def abandon(self) -> None:
        self.pieces = []


class MemoryLog:
    """The `Log` of one process; what it promises holds until the process ends."""

    def __init__(self) -> None:
        self._epoch = secrets.token_hex(8)
        self._began_at = time.monotonic()
        self._shelves: dict[str, _Shelf] = {}
        self._endpoints: dict[str, EndpointRecord] = {}
        self._nonces: dict[bytes, float] = {}
        self._closed = False

    @property
    def epoch(self) -> str:
        return self._epoch

    @property
    def began_at(self) -> float | None:
        return self._began_at

    async def append(
        self, endpoint: str, delivery_id: str, pieces: Sequence[bytes], *, at: float, owed: bool
    ) -> Record:
        self._check_open()
        return self._append(endpoint, delivery_id, pieces, at, owed)

    def begin(
        self,
        endpoint: str,
        delivery_id: str,
        inline: tuple[bytes, ...],
        *,
        at: float,
        owed: bool,
        kept: Callable[[Exception | None], object],
        soon: bool = True,
        count: int = 0,
        size: int = 0,
        upload: Upload | None = None,
        placed: Callable[[int], object] = lambda seq: None,
    ) -> int:
        loop = asyncio.get_running_loop()
        if self._closed:
            loop.call_soon(kept, LogUnavailable("the log is closed"))
            return self.given(endpoint)
        loop.call_soon(kept, None)
        further = upload.pieces if isinstance(upload, _Upload) else []
        return self._append(endpoint, delivery_id, (*inline, *further), at, owed).seq

    def upload(self) -> Upload:
        return _Upload(self)

    def hurry(self) -> None:
        pass

    def recent(self, endpoint: str, after: int, limit: int) -> Sequence[Record] | None:
        return None if self._closed else self._select(endpoint, after, limit)

    def given(self, endpoint: str) -> int:
        return self._shelves.get(endpoint, _Shelf()).newest

    def _append(self, endpoint: str, delivery_id: str, pieces: Sequence[bytes], at: float, owed: bool) -> Record:
        inline = inline_pieces(pieces)
        shelf = self._shelves.setdefault(endpoint, _Shelf())
        size = sum(map(len, pieces))
        record = Record(shelf.newest + 1, shelf.newest, delivery_id, at, owed, len(pieces), size, inline)
        shelf.kept[record.seq] = record, tuple(pieces)
        shelf.newest = record.seq
        shelf.size += size
        return record

    async def read(self, endpoint: str, after: int, limit: int) -> Sequence[Record]:
        self._check_open()
        return self._select(endpoint, after, limit)

    def _select(self, endpoint: str, after: int, limit: int) -> Sequence[Record]:
        shelf = self._shelves.get(endpoint, _Shelf())
        first = max(after, shelf.before_oldest()) + 1
        kept = (shelf.kept[seq][0] for seq in range(first, shelf.newest + 1) if seq in shelf.kept)
        return within_read(islice(kept, limit))

    async def piece(self, endpoint: str, seq: int, number: int) -> bytes:
        self._check_open()
        _, pieces = self._shelves.get(endpoint, _Shelf()).kept.get(seq, (None, ()))
        if not 0 <= number < len(pieces):
            raise LogUnavailable(f"piece {number} of {seq} is not kept")
        return pieces[number]

    async def ends(self, endpoint: str, holding: int = 0) -> tuple[int, int]:
        self._check_open()
        shelf = self._shelves.get(endpoint, _Shelf())
        return shelf.before_oldest(), shelf.newest

    async def new_epoch(self) -> str:
        self._check_open()
        self._epoch = secrets.token_hex(8)
        return self._epoch

    async def endpoint(self, endpoint_id: str) -> EndpointRecord | None:
        self._check_open()
        return self._endpoints.get(endpoint_id)

    def known(self, endpoint_id: str) -> EndpointRecord | None:
        return None if self._closed else self._endpoints.get(endpoint_id)

    async def keep_endpoint(self, record: EndpointRecord) -> bool:
        self._check_open()
        kept = self._endpoints.get(record.id)
        if kept is not None and not record.may_follow(kept):
            return False
        self._endpoints[record.id] = record
        return True

    async def endpoints(self) -> int:
        self._check_open()
        return len(self._endpoints)

    async def forget_unused(self, before: float) -> int:
        self._check_open()
        unused = [
            record.id
            for record in self._endpoints.values()
            if record.used_at < before and not record.generation and not self._shelves.get(record.id, _Shelf()).kept
        ]
        for endpoint_id in unused:
            del self._endpoints[endpoint_id]
        return len(unused)

    async def remember_nonce(self, nonce: bytes, now: float, keep_s: float = NONCE_KEPT_S) -> bool:
        self._check_open()
        self._nonces = {known: until for known, until in self._nonces.items() if until > now}
        if nonce in self._nonces:
            return False
        self._nonces[nonce] = now + keep_s
        return True

    async def trim(self, now: float, retention: Retention) -> int:
        self._check_open()
        dropped = 0
        for shelf, seq in islice(self._surplus(now, retention), TRIM_AT_ONCE):
            shelf.drop(seq)
            dropped += 1
        return dropped

    async def ready(self) -> bool:
        return not self._closed

    def health(self) -> Health:
        return Health()

    async def close(self) -> None:
        self._closed = True

    def _surplus(self, now: float, retention: Retention) -> Iterator[tuple[_Shelf, int]]:
        """What is to be dropped, one at a time: the caller drops each before it asks for the next."""
        for shelf in self._shelves.values():
            old = [seq for seq, (record, _) in shelf.kept.items() if record.at < now - retention.age_s]
            yield from ((shelf, seq) for seq in old)
            while len(shelf.kept) > retention.count or shelf.size > retention.bytes:
                yield shelf, next(iter(shelf.kept))
        while sum(shelf.size for shelf in self._shelves.values()) > retention.total_bytes:
            largest = max(self._shelves.values(), key=lambda shelf: shelf.size)
            yield largest, next(iter(largest.kept))

    def _check_open(self) -> None:
        if self._closed:
            raise LogUnavailable("the log is closed")
