"""What goes back to the senders: each answer leaves at once where it is small, piece by piece in turns where it is
large, and once more on the next connection where the relay has not settled it before the last one broke."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Iterator
from typing import Literal

from hookscope.tunnel.link import Link
from hookscope_relay.delivery import Answer
from hookscope_relay.wire import MAX_RAW, Piece, Reply, encode, split

REPLIED_WITHIN_S = 120.0


class Replies:
    """The answers of a session, over one connection after the other. `carry` runs beside each of them."""

    def __init__(self) -> None:
        self._link: Link | None = None
        self._waiting: deque[Iterator[bytes]] = deque()
        self._unsettled: OrderedDict[int, tuple[float, Answer, Literal["", "inspector"]]] = OrderedDict()
        self._epoch = ""
        self._bell = asyncio.Event()
        self._all_written = asyncio.Event()

    def send(self, seq: int, answer: Answer, by: Literal["", "inspector"]) -> None:
        """Send an answer; if the connection breaks before the relay has settled it, the next one carries it again."""
        now = time.monotonic()
        self._forget(now)
        self._unsettled[seq] = (now, answer, by)
        messages = reply_messages(seq, answer, by)
        if len(answer.body) <= MAX_RAW and self._link is not None and self._link.takes_more:
            self._link.send_soon(next(messages))
            return
        self._waiting.append(messages)
        self._all_written.clear()
        self._bell.set()

    def settle(self, seq: int) -> None:
        """The relay has it: no other connection need carry it again."""
        self._unsettled.pop(seq, None)

    def resume(self, link: Link, epoch: str) -> None:
        """On a connection that was welcomed, send whole what the last one may have lost; seqs of another log mean
        nothing here."""
        if epoch != self._epoch:
            self._unsettled.clear()
        self._epoch = epoch
        self._forget(time.monotonic())
        self._waiting = deque(reply_messages(seq, answer, by) for seq, (_, answer, by) in self._unsettled.items())
        self._link = link
        self._bell.set()

    async def carry(self, link: Link) -> None:
        """Write what waits, until this is cancelled with its connection."""
        try:
            while True:
                self._bell.clear()
                while self._waiting:
                    messages = self._waiting.popleft()
                    message = next(messages, None)
                    if message is not None:
                        self._waiting.append(messages)
                        await link.send(message)
                self._all_written.set()
                await self._bell.wait()
        finally:
            self._link = None

    async def flush(self) -> None:
        """Wait until every answer was handed to the connection; returns at once where there is none."""
        if self._link is None:
            return
        self._link.leave()
        if self._waiting:
            await self._all_written.wait()

    def _forget(self, now: float) -> None:
        """Let go of those that nobody waits for any more, as after a deadline: the relay settles no seq twice."""
        while self._unsettled and self._unsettled[first := next(iter(self._unsettled))][0] < now - REPLIED_WITHIN_S:
            del self._unsettled[first]


def reply_messages(seq: int, answer: Answer, by: Literal["", "inspector"]) -> Iterator[bytes]:
    """The messages that carry an answer to the delivery of that seq."""
    parts = list(split(answer.body)) or [b""]
    head = Reply(
        seq=seq,
        status=answer.status,
        reason=answer.reason,
        headers=answer.headers,
        size=len(answer.body),
        by=by,
    )
    yield encode(head, parts[0])
    for number, part in enumerate(parts[1:], 1):
        yield encode(Piece(seq=seq, number=number, last=number == len(parts) - 1), part)
