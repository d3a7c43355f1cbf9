"""Answers that are passed on while they arrive, over one connection to a relay: their bytes go up no faster than the
senders take them. And what there is under way on it, requests too.

After a 101 bytes come down too. A stream lives no longer than the connection that it began on.
"""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial

from hookscope.tunnel.inflow import LOST, STEP, Inflow
from hookscope.tunnel.link import Link
from hookscope_relay.delivery import Answer, Headers
from hookscope_relay.errors import WireError
from hookscope_relay.wire import MAX_RAW, WINDOW_STREAM, Begin, End, Flow, More, Open, encode

SWITCHING = 101
MOST_REQUESTS = 256


class Outflow:
    """The answer to the delivery of a seq, for its sender.

    `gone` is done once nobody takes any more, and says why. Whoever calls `put` has waited for `room`, but for what
    fits the first window.
    """

    def __init__(self, seq: int, link: Link, streams: Streams) -> None:
        self.has_begun = False
        self.gone: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._seq = seq
        self._link = link
        self._streams = streams
        self._credit = WINDOW_STREAM
        self._bell = asyncio.Event()
        self._came: deque[bytes] = deque()
        self._untaken = 0
        self._owed = 0
        self._has_ended = False

    @property
    def is_open(self) -> bool:
        """Whether a stream may begin now."""
        return self._link.is_open and not self.gone.done()

    def interim(self, answer: Answer) -> None:
        """Pass an interim answer on."""
        if self.is_open:
            self._begin(answer)

    def begin(self, head: Answer) -> None:
        """The head of the answer; what follows comes by `put`."""
        self.has_begun = True
        self._streams.add(self._seq, self)
        self._begin(head)

    def put(self, data: bytes) -> None:
        """Pass on the next bytes."""
        self._credit -= len(data)
        for start in range(0, len(data), MAX_RAW):
            self._link.send_soon(encode(Flow(seq=self._seq), data[start : start + MAX_RAW]))

    async def room(self, size: int) -> None:
        """Wait until so many more bytes may be put; OSError where nobody takes them."""
        while self._credit < min(size, WINDOW_STREAM) or not self._link.takes_more:
            if self.gone.done():
                raise BrokenPipeError(self.gone.result())
            if self._credit >= min(size, WINDOW_STREAM):
                await self._link.drain()
                continue
            self._bell.clear()
            await self._bell.wait()

    def end(self, trailers: Headers = ()) -> None:
        """All was put."""
        self._close(End(seq=self._seq, trailers=trailers))

    def abort(self, reason: str) -> None:
        """What was put is not all: the sender's answer is cut off."""
        self._close(End(seq=self._seq, broken=reason))

    async def take(self) -> bytes | None:
        """What the sender of an upgraded connection wrote next; None where nothing will follow."""
        if self._owed >= STEP and self.is_open:
            self._link.send_soon(encode(More(seq=self._seq, size=self._owed)))
            self._owed = 0
        while not self._came:
            if self.gone.done():
                return None
            self._bell.clear()
            await self._bell.wait()
        part = self._came.popleft()
        self._untaken -= len(part)
        self._owed += len(part)
        return part

    # From the relay

    def receive(self, frame: Flow | End | More, raw: bytes) -> None:
        """Take what the relay says of this stream."""
        match frame:
            case Flow():
                self._untaken += len(raw)
                if self._untaken > WINDOW_STREAM:
                    raise WireError("more of a stream than its window")
                self._came.append(raw)
            case More(size=size):
                self._credit += size
            case End(broken=broken):
                self.lose(broken or "sender-gone")
        self._bell.set()

    def lose(self, reason: str) -> None:
        """Nobody takes any more."""
        if not self.gone.done():
            self.gone.set_result(reason)
        self._bell.set()

    def _begin(self, head: Answer) -> None:
        frame = Begin(seq=self._seq, status=head.status, reason=head.reason, headers=head.headers)
        self._link.send_soon(encode(frame))

    def _close(self, frame: End) -> None:
        if self.has_begun and not self._has_ended:
            self._has_ended = True
            if self.is_open:
                self._link.send_soon(encode(frame))
            self._streams.remove(self._seq)


class Streams:
    """The streams of a session: those of a connection that breaks are lost."""

    def __init__(self) -> None:
        self._link: Link | None = None
        self._open: dict[int, Outflow] = {}
        self._requests: dict[int, Inflow] = {}

    def open(self, seq: int) -> Outflow | None:
        """A way for the answer to the delivery of that seq; None where the relay takes whole ones only."""
        return None if self._link is None else Outflow(seq, self._link, self)

    def resume(self, link: Link) -> None:
        """A connection to a relay that takes streams."""
        self._link = link

    def lose(self) -> None:
        """The connection broke."""
        self._link = None
        lost, self._open = self._open, {}
        for outflow in lost.values():
            outflow.lose(LOST)
        for inflow in tuple(self._requests.values()):
            inflow.lose(LOST)

    def add(self, seq: int, outflow: Outflow) -> None:
        """One has begun."""
        self._open[seq] = outflow

    def remove(self, seq: int) -> None:
        """One has ended."""
        self._open.pop(seq, None)

    def begin_request(self, head: Open, first: bytes, link: Link) -> Inflow | None:
        """A request that is still arriving; None where there are too many, and it has to come whole."""
        inflow = Inflow(head, first, link, partial(self._requests.pop, head.seq, None))
        if len(self._requests) >= MOST_REQUESTS:
            inflow.leave("too-many")
            return None
        self._requests[head.seq] = inflow
        return inflow

    def receive(self, frame: Flow | End | More, raw: bytes) -> None:
        """Take what the relay says of a stream; of one that has ended nothing matters any more."""
        if (inflow := self._requests.get(frame.seq)) is not None:
            inflow.receive(frame, raw)
        elif (outflow := self._open.get(frame.seq)) is not None:
            outflow.receive(frame, raw)
