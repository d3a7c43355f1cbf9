"""Senders: real HTTP connections that post numbered deliveries and hold on to what they were answered.

A sender repeats a delivery only where the connection failed before a whole answer had come, as real ones do. Everything
about a delivery follows from its number, so that a checker can tell what must be in the store.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

AGAIN_AFTER_S = 0.02
ANSWER_WITHIN_S = 60.0
POOL = b"".join(hashlib.sha256(b"%d" % number).hexdigest().encode() for number in range(16_384))


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as its sender saw it; `delivery_id` and `seq` are empty and 0 where nothing was stored.

    `by` is `relay` or `inspector` for an answer that one of them made up.
    """

    status: int
    by: str
    delivery_id: str
    seq: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A delivery that was answered 2xx."""

    number: int
    sender: int
    delivery_id: str
    seq: int


@dataclass(frozen=True, slots=True)
class Bodies:
    """What deliveries carry: 300 to 4,300 bytes, and every `big_every`th (0: none) between 0.3 and 1 MB;
    or `size` bytes each."""

    big_every: int = 0
    size: int = 0

    def body(self, number: int) -> bytes:
        """The body of the delivery of that number, always the same."""
        size = self.size or 300 + number * 7919 % 4000
        if self.big_every and number % self.big_every == 0:
            size = 300_000 + number * 7919 % 700_000
        start = number * 31 % (len(POOL) - 1_000_000)
        return b'{"number":%d,"text":"%s"}' % (number, POOL[start : start + size])


class Sender:
    """One keep-alive connection to a relay's port, dialled when it is needed."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, target: str, body: bytes, headers: str = "") -> Reply:
        """Post once; OSError or EOFError where the connection fails before a whole answer."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        head = f"POST {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                writer.write(head.encode() + body)
                reply, keep = await _read_answer(reader)
        except BaseException:
            self.close()
            raise
        if not keep:
            self.close()
        return reply

    def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None


async def _read_answer(reader: asyncio.StreamReader) -> tuple[Reply, bool]:
    """The answer, and whether the connection stays."""
    status_line, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    status = int(status_line.split(" ", 2)[1])
    length = 0 if status in {204, 304} else int(headers.get("content-length", "0"))
    body = await reader.readexactly(length)
    reply = Reply(
        status=status,
        by=headers.get("hookscope-answered-by", ""),
        delivery_id=headers.get("hookscope-delivery", ""),
        seq=int(headers.get("hookscope-seq", "0")),
        body=body,
    )
    return reply, headers.get("connection", "").lower() != "close"


@dataclass(slots=True)
class Load:
    """Concurrent senders that post until `total` deliveries were acknowledged; `reached` waits for their progress.

    While the relay itself answers, a sender pauses `away_pause_s` each time: else everything would be sent before
    anybody is back; after other answers it pauses `pause_s`.
    """

    port: int
    endpoint: str
    total: int
    senders: int = 16
    bodies: Bodies = field(default_factory=Bodies)
    away_pause_s: float = 0.0
    pause_s: float = 0.0
    acknowledged: list[Acknowledged] = field(default_factory=list)
    refused: Counter[int] = field(default_factory=Counter)
    tries: Counter[int] = field(default_factory=Counter)
    broken: int = 0
    away: int = 0
    slowest_s: float = 0.0
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _marks: dict[int, asyncio.Event] = field(default_factory=dict)

    async def run(self) -> float:
        """Send everything; how long it took, in seconds."""
        started = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for index in range(self.senders):
                group.create_task(self._send(index))
        return time.monotonic() - started

    async def reached(self, count: int) -> None:
        """Wait until so many deliveries were acknowledged."""
        if len(self.acknowledged) < count:
            await self._marks.setdefault(count, asyncio.Event()).wait()

    async def _send(self, index: int) -> None:
        sender = Sender(self.port)
        while len(self.acknowledged) < self.total:
            number = next(self._numbers)
            started = time.monotonic()
            reply = await self._post(sender, number)
            self.slowest_s = max(self.slowest_s, time.monotonic() - started)
            if 200 <= reply.status < 300:
                self._acknowledge(Acknowledged(number, index, reply.delivery_id, reply.seq))
                self.away += reply.by == "relay"
                await asyncio.sleep(self.away_pause_s if reply.by == "relay" else self.pause_s)
            else:
                self.refused[reply.status] += 1
                if reply.status in {429, 503}:
                    await asyncio.sleep(AGAIN_AFTER_S)
        sender.close()

    async def _post(self, sender: Sender, number: int) -> Reply:
        body = self.bodies.body(number)
        while True:
            self.tries[number] += 1
            try:
                return await sender.post(f"/{self.endpoint}/d/{number}", body)
            except (OSError, EOFError):
                self.broken += 1
                await asyncio.sleep(AGAIN_AFTER_S)

    def _acknowledge(self, one: Acknowledged) -> None:
        self.acknowledged.append(one)
        if mark := self._marks.pop(len(self.acknowledged), None):
            mark.set()


async def measure(
    port: int,
    endpoint: str,
    *,
    count: int,
    beside: asyncio.Future[Any] | None = None,
    lanes: int = 4,
    pause_s: float = 0.005,
) -> list[float]:
    """Post `count` small deliveries over so many connections at a measured pace; how long each answer took,
    in milliseconds.

    With `beside` it goes on for as long as that is not done. AssertionError where an answer is not 2xx.
    """
    body = Bodies().body(1)
    took: list[float] = []
    begun = itertools.count(1)

    async def lane() -> None:
        sender = Sender(port)
        while next(begun) <= count or (beside is not None and not beside.done()):
            started = time.perf_counter()
            reply = await sender.post(f"/{endpoint}/probe/0", body)
            took.append((time.perf_counter() - started) * 1000)
            assert 200 <= reply.status < 300, reply
            await asyncio.sleep(pause_s)
        sender.close()

    async with asyncio.TaskGroup() as group:
        for _ in range(lanes):
            group.create_task(lane())
    return took
