"""A request that comes while its sender writes it, over one connection to a relay: its bytes come down no faster than
they are taken.

It lives no longer than the connection that it began on.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import Callable
from typing import Literal

from hookscope.tunnel.link import Link
from hookscope.tunnel.replies import reply_messages
from hookscope_relay.delivery import Answer, Headers
from hookscope_relay.errors import SealError, WireError
from hookscope_relay.keys.seal import TAG_BYTES, Opening
from hookscope_relay.wire import WINDOW_STREAM, End, Flow, More, Open, encode

# What was taken is told in so large steps.
STEP = WINDOW_STREAM // 4
LOST = "tunnel-lost"


class Inflow:
    """One such request, of which `first` is the sealed head, and `answer` takes the place of a seq in its answer.

    `size` and `digest` are of what was taken of its body, `left_ms` is how long its sender waits behind it. `seq` is
    the delivery's in the log, 0 before that is known. `forget` is called once nothing more is to come.
    """

    def __init__(self, head: Open, first: bytes, link: Link, forget: Callable[[], object]) -> None:
        self.id = head.id
        self.answer = head.answer
        self.left_ms = head.left_ms
        self.seq = 0
        self.first = first
        self.size = 0
        self.trailers: Headers = ()
        self.broken = ""
        self._number = head.seq
        self._link = link
        self._forget = forget
        self._opening: Opening | None = None
        self._hash = hashlib.sha256()
        self._bell = asyncio.Event()
        self._came: deque[tuple[bytes, bool]] = deque()
        self._untaken = 0
        self._owed = 0
        self._has_ended = False

    @property
    def digest(self) -> bytes:
        """The SHA-256 of what was taken."""
        return self._hash.digest()

    @property
    def is_whole(self) -> bool:
        """Whether all of it was taken."""
        return self._has_ended

    def open(self, opening: Opening) -> None:
        """Have the parts opened by that."""
        self._opening = opening

    async def take(self) -> bytes | None:
        """The next bytes of the body; None at its end, with `trailers` then.

        ConnectionAbortedError, with why, where the rest will not come.
        """
        assert self._opening is not None
        if self._owed >= STEP and self._link.is_open:
            self._link.send_soon(encode(More(seq=self._number, size=self._owed)))
            self._owed = 0
        while not self._came:
            if self._has_ended:
                return None
            if self.broken:
                raise ConnectionAbortedError(self.broken)
            self._bell.clear()
            await self._bell.wait()
        text, is_last = self._came.popleft()
        try:
            if is_last:
                self.trailers = self._opening.close(text)
                self._end()
                return None
            part = self._opening.part(text)
        except SealError:
            self.leave("altered")
            raise ConnectionAbortedError("altered") from None
        self._untaken -= len(part)
        self._owed += len(part)
        self.size += len(part)
        self._hash.update(part)
        return part

    def leave(self, reason: str) -> None:
        """Take no more of it; whoever answers may do so all the same."""
        if not (self._has_ended or self.broken) and self._link.is_open:
            self._link.send_soon(encode(End(seq=self._number, broken=reason)))
        self.lose(reason)

    def reply(self, seq: int, answer: Answer, by: Literal["", "inspector"]) -> None:
        """Answer it by its own number, as long as its connection lives."""
        if self._link.is_open:
            for message in reply_messages(seq, answer, by):
                self._link.send_soon(message)

    # From the relay

    def receive(self, frame: Flow | End | More, raw: bytes) -> None:
        """Take what the relay says of it."""
        if isinstance(frame, Flow):
            size = len(raw) - TAG_BYTES
            self._untaken += 0 if frame.last else size
            if self._untaken > WINDOW_STREAM or size <= 0:
                raise WireError("more of a request than its window, or nothing")
            self._came.append((raw, frame.last))
            self._bell.set()
        elif isinstance(frame, End):
            self.lose(frame.broken or "sender-gone")

    def lose(self, reason: str) -> None:
        """The rest will not come."""
        if not self._has_ended:
            self.broken = self.broken or reason
            self._bell.set()
            self._forget()

    def _end(self) -> None:
        self._has_ended = True
        self._forget()
