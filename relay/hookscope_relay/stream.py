"""An answer that its handler is still writing, without I/O: what came of it and was not taken yet, never more than a
window; after an upgrade, what the sender says too.

A session puts in, a sender's connection takes out; who takes lets more come.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

from hookscope_relay.delivery import Headers, passable_trailers
from hookscope_relay.errors import WireError
from hookscope_relay.wire import MAX_RAW, WINDOW_STREAM, End, Flow, Frame, More, encode

# What was taken is told in so large steps.
STEP = WINDOW_STREAM // 4


class StreamBroken(Exception):
    """A stream ended before it was whole; `reason` says why, in one word or a few."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Stream:
    """One stream of a session.

    `tell` sends its session a frame, `flowing` says that the sender wrote, `forget` that the session need not know the
    stream any more. `over` is called once, when nobody will take from it again. `moved_at` is when bytes last came,
    either way, of a clock that never goes back.
    """

    def __init__(
        self, seq: int, tell: Callable[[Frame], None], flowing: Callable[[], None], forget: Callable[[], None]
    ) -> None:
        self.seq = seq
        self.trailers: Headers = ()
        self.over: Callable[[], None] = _nothing
        self.roomy: Callable[[], None] = _nothing
        self.moved_at = time.monotonic()
        self._tell = tell
        self._flowing = flowing
        self._forget = forget
        self._came: deque[bytes] = deque()
        self._untaken = 0
        self._owed = 0
        self._in_hand = 0
        self._has_ended = False
        self._broken = ""
        self._is_over = self._is_left = False
        self._bell = asyncio.Event()
        self._going = bytearray()
        self._credit = WINDOW_STREAM

    # The session's side

    def put(self, raw: bytes) -> None:
        """Take what came; `WireError` for more than the window."""
        self._untaken += len(raw)
        if self._untaken > WINDOW_STREAM:
            raise WireError("more of a stream than its window")
        self.moved_at = time.monotonic()
        self._came.append(raw)
        self._bell.set()

    def end(self, trailers: Headers) -> None:
        """All came; of the trailers those are passed on that may be."""
        self.trailers = passable_trailers(trailers)
        self._has_ended = True
        self._bell.set()

    def fail(self, reason: str) -> None:
        """The rest will not come."""
        self._broken = self._broken or reason
        self._bell.set()

    def grant(self, size: int) -> None:
        """The inspector took so many bytes of what the sender wrote."""
        self._credit = min(self._credit + size, WINDOW_STREAM)
        if self._going and self._credit > 0:
            self._flowing()
        if self.has_room:
            self.roomy()

    def next_flow(self) -> bytes:
        """The next bytes for the inspector, empty where it may have none now."""
        part = bytes(self._going[: max(0, min(self._credit, MAX_RAW))])
        del self._going[: len(part)]
        self._credit -= len(part)
        if self.has_room:
            self.roomy()
        if self._is_left and not self._going:
            self._leave()
        return part

    def messages(self) -> list[bytes]:
        """What is to be sent to the inspector now."""
        part = self.next_flow()
        return [encode(Flow(seq=self.seq), part)] if part else []

    # The sender's side

    async def take(self) -> bytes | None:
        """The next bytes, None at the end; whoever asks has done with what it took before.

        `StreamBroken` where the rest will not come.
        """
        self._let_more_come()
        while not self._came:
            if self._broken:
                self._finish()
                raise StreamBroken(self._broken)
            if self._has_ended:
                self._finish()
                return None
            self._bell.clear()
            await self._bell.wait()
        part = self._came.popleft()
        self._in_hand = len(part)
        return part

    def send(self, data: bytes) -> None:
        """Pass on what the sender of an upgraded connection wrote; it is to wait while there is no room."""
        self.moved_at = time.monotonic()
        self._going += data
        self._flowing()

    @property
    def has_room(self) -> bool:
        """Whether the sender may go on writing."""
        return len(self._going) < WINDOW_STREAM

    def leave(self, reason: str) -> None:
        """Nobody takes any more, and the inspector hears why once it has what the sender wrote; nothing where all was
        taken, or once it is over."""
        if self._is_over or self._is_left:
            return
        if self._has_ended or self._broken:
            self._finish()
            return
        self.fail(reason)
        self._is_left = True
        if not self._going:
            self._leave()

    def _leave(self) -> None:
        self._tell(End(seq=self.seq, broken=self._broken))
        self._finish()

    def _let_more_come(self) -> None:
        self._untaken -= self._in_hand
        self._owed += self._in_hand
        self._in_hand = 0
        if self._owed >= STEP and not self._has_ended:
            self._tell(More(seq=self.seq, size=self._owed))
            self._owed = 0

    def _finish(self) -> None:
        if not self._is_over:
            self._is_over = True
            self._came.clear()
            self._forget()
            self.over()


def _nothing() -> None:
    """For what nobody waits for."""
