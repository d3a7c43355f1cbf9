"""A request that goes to the inspector which answers it while it arrives, without I/O: what came of it and did not
leave yet, little more than a window.

Who reads the sender puts in and waits for room; the session takes out. What leaves is sealed, as deliveries are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from hookscope_relay.delivery import Delivery, Headers
from hookscope_relay.keys.seal import PIECE_BYTES, Sealing
from hookscope_relay.wire import WINDOW_STREAM, End, Flow, Open, encode


class Downflow:
    """One request, whose head is there. `flowing` says that there is something to send, `forget` that the session need
    not know of it any more, `forget_answer` that no answer is awaited under its own number; `seq` and `answer` are
    numbers of its own.

    It `is_open` until all of it left, until it broke off, or nobody wants more.
    """

    def __init__(
        self,
        seq: int,
        answer: int,
        delivery: Delivery,
        sealing: Sealing,
        left_ms: int,
        flowing: Callable[[], None],
        forget: Callable[[], object],
        forget_answer: Callable[[], object],
    ) -> None:
        self.is_open = True
        self._seq = seq
        self._sealing = sealing
        self._flowing = flowing
        self._forget = forget
        self._forget_answer = forget_answer
        head = Open(seq=seq, answer=answer, id=delivery.id, left_ms=left_ms)
        self._first = [encode(head, sealing.open(delivery))]
        self._going = bytearray()
        self._credit = WINDOW_STREAM
        self._trailers: Headers | None = None
        self._broken = ""
        self._bell = asyncio.Event()

    # The sender's side

    def put(self, data: bytes) -> None:
        """The next bytes of the body came."""
        if self.is_open:
            self._going += data
            self._flowing()

    async def room(self) -> None:
        """Wait while the handler takes nothing; at once where nobody wants more."""
        while self.is_open and len(self._going) >= WINDOW_STREAM:
            self._bell.clear()
            await self._bell.wait()

    def end(self, trailers: Headers) -> None:
        """All came."""
        if self.is_open:
            self._trailers = trailers
            self._flowing()

    def fail(self, reason: str) -> None:
        """The rest will not come."""
        if self.is_open:
            self._broken = reason
            self._flowing()

    # The session's side

    def messages(self) -> list[bytes]:
        """What may be sent now, one part of it."""
        if not self.is_open:
            return []
        found, self._first = self._first, []
        part = bytes(self._going[: max(0, min(self._credit, PIECE_BYTES))])
        if part:
            del self._going[: len(part)]
            self._credit -= len(part)
            found.append(encode(Flow(seq=self._seq), self._sealing.pass_on(part)))
            self._bell.set()
        if self._broken:
            found.append(encode(End(seq=self._seq, broken=self._broken)))
            self.stop()
        elif self._going:
            if self._credit:
                self._flowing()
        elif self._trailers is not None:
            found.append(encode(Flow(seq=self._seq, last=True), self._sealing.close(self._trailers)))
            self.stop()
        return found

    def grant(self, size: int) -> None:
        """The handler took so many bytes."""
        self._credit = min(self._credit + size, WINDOW_STREAM)
        if self.is_open:
            self._flowing()

    def stop(self) -> None:
        """Nothing more is to leave."""
        if self.is_open:
            self.is_open = False
            self._going.clear()
            self._bell.set()
            self._forget()

    def note_answer(self) -> None:
        """The sender waits no more for one; what came of its request leaves all the same."""
        self._forget_answer()
