"""Answers that are still being written, and upgraded connections, between the sender's node and the inspector's.

What an inspector writes is taken from its session's stream and put into one at the sender's node, never more than the
window of that; so who takes slowly makes the handler wait, over both.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from hookscope_relay.cluster.messages import Across, Said
from hookscope_relay.errors import WireError
from hookscope_relay.stream import Stream, StreamBroken
from hookscope_relay.wire import WINDOW_STREAM, End, Flow, Frame, More, decode, encode


@dataclass(slots=True)
class _Outward:
    """A stream of a session here whose sender is at `node`, which takes `credit` more bytes now."""

    stream: Stream
    node: str
    credit: int = WINDOW_STREAM
    owed: int = 0
    is_left: bool = False
    bell: asyncio.Event = field(default_factory=asyncio.Event)


class Crossings:
    """All streams that cross this node, either way; `say` sends a node a message."""

    def __init__(self, name: str, say: Callable[[str, Said], None]) -> None:
        self._name = name
        self._say = say
        self._outward: dict[str, _Outward] = {}
        self._inward: dict[str, tuple[str, Stream]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def send(self, node: str, delivery_id: str, stream: Stream) -> None:
        """Pass a session's stream on to the node of the sender, which has its head."""
        outward = self._outward[delivery_id] = _Outward(stream, node)
        stream.roomy = lambda: self._grant(delivery_id, outward)
        task = asyncio.create_task(self._pump(delivery_id, outward))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def receive(self, node: str, delivery_id: str, seq: int) -> Stream:
        """The stream of an answer whose head came from that node."""

        def flow() -> None:
            while part := stream.next_flow():
                self._tell(node, delivery_id, Flow(seq=seq), part)

        def forget() -> None:
            self._inward.pop(delivery_id, None)

        stream = Stream(seq, lambda frame: self._tell(node, delivery_id, frame), flow, forget)
        self._inward[delivery_id] = node, stream
        return stream

    def hear(self, said: Across) -> None:
        """Take what the other node says of a stream."""
        decoded = decode(said.frame)
        if decoded is None:
            return
        frame, raw = decoded
        if (outward := self._outward.get(said.delivery_id)) is not None and outward.node == said.node:
            self._hear_of_sender(said.delivery_id, outward, frame, raw)
        elif (inward := self._inward.get(said.delivery_id)) is not None and inward[0] == said.node:
            self._hear_of_session(said.delivery_id, inward[1], frame, raw)

    def forget_node(self, node: str) -> None:
        """A node is gone, and with it the other end of what crossed it."""
        for outward in [one for one in self._outward.values() if one.node == node]:
            self._leave(outward, "sender-gone")
        for delivery_id in [name for name, (of, _) in self._inward.items() if of == node]:
            self._inward.pop(delivery_id)[1].fail("inspector-gone")

    async def stop(self) -> None:
        """Break off what is left."""
        for outward in tuple(self._outward.values()):
            self._leave(outward, "sender-gone")
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _pump(self, delivery_id: str, outward: _Outward) -> None:
        stream, node = outward.stream, outward.node
        try:
            while (part := await stream.take()) is not None:
                while part and not outward.is_left:
                    while outward.credit <= 0 and not outward.is_left:
                        outward.bell.clear()
                        await outward.bell.wait()
                    sent, part = part[: outward.credit], part[outward.credit :]
                    outward.credit -= len(sent)
                    self._tell(node, delivery_id, Flow(seq=stream.seq), sent)
            self._tell(node, delivery_id, End(seq=stream.seq, trailers=stream.trailers))
        except StreamBroken as broken:
            self._tell(node, delivery_id, End(seq=stream.seq, broken=broken.reason))
        finally:
            self._outward.pop(delivery_id, None)

    def _hear_of_sender(self, delivery_id: str, outward: _Outward, frame: Frame, raw: bytes) -> None:
        match frame:
            case More():
                outward.credit += frame.size
                outward.bell.set()
            case Flow():
                outward.owed += len(raw)
                outward.stream.send(raw)
                if outward.stream.has_room:
                    self._grant(delivery_id, outward)
            case End():
                self._leave(outward, frame.broken)
            case _:
                pass

    def _hear_of_session(self, delivery_id: str, stream: Stream, frame: Frame, raw: bytes) -> None:
        match frame:
            case Flow():
                try:
                    stream.put(raw)
                except WireError:
                    stream.fail("inspector-gone")
            case More():
                stream.grant(frame.size)
            case End():
                self._inward.pop(delivery_id, None)
                if frame.broken:
                    stream.fail(frame.broken)
                else:
                    stream.end(frame.trailers)
            case _:
                pass

    def _leave(self, outward: _Outward, reason: str) -> None:
        outward.is_left = True
        outward.bell.set()
        outward.stream.leave(reason)

    def _grant(self, delivery_id: str, outward: _Outward) -> None:
        """The inspector takes on what the sender wrote: more may come."""
        if outward.owed:
            owed, outward.owed = outward.owed, 0
            self._tell(outward.node, delivery_id, More(seq=outward.stream.seq, size=owed))

    def _tell(self, node: str, delivery_id: str, frame: Frame, raw: bytes = b"") -> None:
        self._say(node, Across(self._name, delivery_id, encode(frame, raw)))
