"""A WebSocket to a relay that carries whole binary messages at little cost, many at a time.

What a relay sends is nearly always one unfragmented binary frame a message (RFC 6455, 5.2). Such frames are read and
written here, all that came in one read and all that is to leave in one turn of the loop together. Everything else (the
handshake, pings, the close, fragments, text, what is too long) is the library's, byte for byte as it came.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.protocol import State

try:
    from websockets.speedups import apply_mask
except ImportError:  # built without its extension
    from websockets.utils import apply_mask

from hookscope_relay.wire import MAX_MESSAGE

# FIN and opcode of a whole binary message; of a control frame both upper bits of these.
WHOLE_BINARY = 0x82
CONTROL = 0x88
MASKED = 0x80
HEAD_END = b"\r\n\r\n"
# With so much read and not taken, the relay waits.
UNTAKEN_BYTES = 512 * 1024
# Masks have to be unforeseeable (RFC 6455, 5.3); one call of the system gives many.
RANDOM_BYTES = 4096


class Link(ClientConnection):
    """A connection whose messages are taken by `batch` and sent by `send_soon`; all else is as in the library, but for
    `recv`, which is not to be called."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # Any: the library's own
        super().__init__(*arguments, **options)
        self._tail = b""
        # What came of a frame that is not whole, and how many bytes are to be there before it is looked at again.
        self._rest: list[bytes] = []
        self._missing = 0
        self._is_usual = True
        self._untaken: list[bytes | str] = []
        self._untaken_bytes = 0
        self._has_paused = False
        self._arrived: asyncio.Future[None] | None = None
        self._leaving: list[bytes] = []
        # How many messages this turn of the loop had, and whether the last one that had any had one.
        self._in_turn = 0
        self._is_alone = True
        self._masks: list[bytes] = []

    # What comes

    async def batch(self) -> list[bytes | str]:
        """All messages that came, at least one; raises `ConnectionClosed` where none will."""
        while not self._untaken and self._is_usual:
            self._arrived = self.loop.create_future()
            await self._arrived
        if not self._untaken:
            return [await self.recv()]
        batch, self._untaken, self._untaken_bytes = self._untaken, [], 0
        if self._has_paused:
            self._has_paused = False
            self.transport.resume_reading()
        return batch

    def data_received(self, data: bytes) -> None:
        """From the socket: the head of the handshake's answer to the library, then frame by frame."""
        if self.protocol.state is State.CONNECTING:
            data = self._shake_hands(data)
        if not self._is_usual or self.protocol.state is State.CONNECTING:
            if data:
                super().data_received(data)
            return
        self._missing -= len(data)
        self._rest.append(data)
        if self._missing > 0:
            return
        self._read(b"".join(self._rest) if len(self._rest) > 1 else data)
        if self._untaken_bytes > UNTAKEN_BYTES and not self._has_paused:
            self._has_paused = True
            self.transport.pause_reading()
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """From the socket: nothing follows."""
        super().connection_lost(exc)
        self._is_usual = False
        self._wake()

    def _shake_hands(self, data: bytes) -> bytes:
        """Give the library the head of the handshake's answer; what follows it."""
        seen = self._tail + data
        end = seen.find(HEAD_END)
        cut = len(data) if end < 0 else end + len(HEAD_END) - len(self._tail)
        self._tail = seen[-len(HEAD_END) + 1 :]
        super().data_received(data[:cut])
        return data[cut:]

    def _read(self, data: bytes) -> None:
        """Take the frames that are whole, and keep what is left."""
        at, size = 0, len(data)
        self._rest, self._missing = [], 0
        while size - at >= 2:
            first, length = data[at], data[at + 1]
            start = at + 2
            if length == 126:
                start = at + 4
                length = int.from_bytes(data[at + 2 : start], "big")
            elif length == 127:
                start = at + 10
                length = int.from_bytes(data[at + 2 : start], "big")
            if (first != WHOLE_BINARY and first & CONTROL != CONTROL) or data[at + 1] & MASKED or length > MAX_MESSAGE:
                self._is_usual = False
                super().data_received(data[at:])
                return
            end = start + length
            if end > size:
                self._missing = end - size
                break
            if first == WHOLE_BINARY:
                self._untaken.append(data[start:end])
                self._untaken_bytes += length
            else:
                super().data_received(data[at:end])
            at = end
        if at < size:
            self._rest.append(data[at:])

    def _wake(self) -> None:
        arrived, self._arrived = self._arrived, None
        if arrived is not None and not arrived.done():
            arrived.set_result(None)

    # What goes

    @property
    def is_open(self) -> bool:
        """Whether messages may be given to it."""
        return self.protocol.state is State.OPEN

    @property
    def takes_more(self) -> bool:
        """Whether a message may leave now: the connection is open, and what was sent before is not held up."""
        return self.protocol.state is State.OPEN and not self.paused

    def send_soon(self, message: bytes) -> None:
        """Have a whole message leave: at the end of this turn of the loop, with what else there is by then;
        at once where turns have one."""
        if not self._in_turn:
            self.loop.call_soon(self._end_turn)
        self._in_turn += 1
        self._leaving.append(self._frame(message))
        if self._is_alone and self._in_turn == 1:
            self.leave()

    def leave(self) -> None:
        """Write what is to leave."""
        leaving, self._leaving = self._leaving, []
        if leaving and self.protocol.state is State.OPEN:
            self.transport.write(b"".join(leaving))

    def _end_turn(self) -> None:
        self._is_alone = self._in_turn == 1
        self._in_turn = 0
        self.leave()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """End the connection in order, behind what is to leave."""
        self.leave()
        await super().close(code, reason)

    def _frame(self, message: bytes) -> bytes:
        length = len(message)
        if length < 126:
            head = bytes((WHOLE_BINARY, MASKED | length))
        elif length < 65536:
            head = bytes((WHOLE_BINARY, MASKED | 126)) + length.to_bytes(2, "big")
        else:
            head = bytes((WHOLE_BINARY, MASKED | 127)) + length.to_bytes(8, "big")
        if not self._masks:
            random = os.urandom(RANDOM_BYTES)
            self._masks = [random[at : at + 4] for at in range(0, RANDOM_BYTES, 4)]
        mask = self._masks.pop()
        return head + mask + apply_mask(message, mask)
