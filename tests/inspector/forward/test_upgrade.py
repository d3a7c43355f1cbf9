"""Bytes that pass both ways after a 101; whole conversations are in `tests/e2e/test_websockets.py`."""

from __future__ import annotations

import asyncio
import socket

import pytest

from hookscope.forward.connection import Connection
from hookscope.forward.sink import Sink
from hookscope.forward.upgrade import converse
from hookscope_relay.delivery import Answer, Headers


class Sender:
    """A sender that says what is in `says`, and is gone behind None."""

    has_begun = is_open = True

    def __init__(self) -> None:
        self.gone: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.says: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.got: list[bytes | str] = []

    def interim(self, answer: Answer) -> None:
        raise AssertionError

    def begin(self, head: Answer) -> None:
        raise AssertionError

    def put(self, data: bytes) -> None:
        self.got.append(data)

    async def room(self, size: int) -> None:
        if self.gone.done():
            raise BrokenPipeError

    def end(self, trailers: Headers = ()) -> None:
        self.got.append("end")

    def abort(self, reason: str) -> None:
        self.got.append(reason)

    async def take(self) -> bytes | None:
        return await self.says.get()


@pytest.mark.parametrize("left_by", ["handler", "reset", "sender"])
async def test_bytes_pass_both_ways_until_either_side_ends(left_by: str) -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.setblocking(False)
    loop = asyncio.get_running_loop()
    sender, heard = Sender(), []
    sink: Sink = sender
    passing = asyncio.create_task(
        converse(Connection(ours, "h"), sink, b"first", lambda data, from_sender: heard.append((data, from_sender)))
    )
    sender.says.put_nowait(b"ping")
    assert await asyncio.wait_for(loop.sock_recv(theirs, 100), 5) == b"ping"
    if left_by == "sender":
        sender.gone.set_result("sender-gone")
        sender.says.put_nowait(None)
        # It is told that nothing follows, and may still say what nobody takes.
        assert await asyncio.wait_for(loop.sock_recv(theirs, 100), 5) == b""
        await loop.sock_sendall(theirs, b"late")
    else:
        await loop.sock_sendall(theirs, b"pong")
        if left_by == "reset":
            ours.shutdown(socket.SHUT_RD)
    theirs.close()
    assert await asyncio.wait_for(passing, 5) == ""
    assert heard[:2] == [(b"first", False), (b"ping", True)]
    assert sender.got[0] == b"first"
    assert sender.got[-1] == "end"
    assert (b"late" in sender.got) is False
    ours.close()
