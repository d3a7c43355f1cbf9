"""Bytes leave before the call returns, where the transport would keep them; whatever does not fit follows in order."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from hookscope_relay.write_now import NONE, descriptor_of, write_now

uvloop = pytest.importorskip("uvloop")


class Keeper(asyncio.Transport):
    """A transport of nobody's, that keeps what it is given."""

    def __init__(self, waiting: int = 0, closing: bool = False) -> None:
        super().__init__()
        self.given: list[bytes] = []
        self._waiting = waiting
        self._closing = closing

    def write(self, data: Any) -> None:
        self.given.append(bytes(data))

    def get_write_buffer_size(self) -> int:
        return self._waiting

    def is_closing(self) -> bool:
        return self._closing


@pytest.fixture
def ends() -> Any:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.setblocking(False)
    yield ours, theirs
    ours.close()
    theirs.close()


def received(end: socket.socket) -> bytes:
    try:
        return end.recv(1 << 20)
    except BlockingIOError:
        return b""


@pytest.mark.parametrize(
    "keeper",
    [Keeper(waiting=1), Keeper(closing=True)],
    ids=["something waits before it", "it is closing"],
)
def test_the_transport_writes_where_others_may_not(ends: Any, keeper: Keeper) -> None:
    ours, theirs = ends
    write_now(keeper, ours.fileno(), b"abc")
    assert (keeper.given, received(theirs)) == ([b"abc"], b"")


def test_without_a_descriptor_the_transport_writes() -> None:
    keeper = Keeper()
    write_now(keeper, NONE, b"abc")
    assert keeper.given == [b"abc"]


def test_it_is_at_the_other_end_at_once(ends: Any) -> None:
    ours, theirs = ends
    keeper = Keeper()
    write_now(keeper, ours.fileno(), b"abc")
    assert (keeper.given, received(theirs)) == ([], b"abc")


def test_what_the_system_does_not_take_is_the_transports(ends: Any) -> None:
    ours, theirs = ends
    keeper = Keeper()
    data = bytes(range(256)) * (1 << 14)
    write_now(keeper, ours.fileno(), data)
    (rest,) = keeper.given
    assert 0 < len(rest) < len(data)
    taken = b""
    while part := received(theirs):
        taken += part
    assert taken + rest == data
    write_now(keeper, ours.fileno(), b"x" * (1 << 22))
    ours.shutdown(socket.SHUT_WR)
    write_now(keeper, ours.fileno(), b"broken")
    assert keeper.given[-1] == b"broken"


def test_a_plain_connection_of_uvloop_has_a_descriptor_and_no_other_has() -> None:
    async def look() -> tuple[int, bytes]:
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair()
        transport, _ = await loop.create_connection(asyncio.Protocol, sock=ours)
        descriptor = descriptor_of(transport)
        write_now(transport, descriptor, b"abc")
        theirs.setblocking(False)
        came = received(theirs)
        transport.close()
        theirs.close()
        await asyncio.sleep(0)
        return descriptor, came

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        descriptor, came = runner.run(look())
    assert descriptor >= 0
    assert came == b"abc"
    with asyncio.Runner() as runner:
        descriptor, came = runner.run(look())
    assert (descriptor, came) == (NONE, b"abc")
    assert descriptor_of(Keeper()) == NONE
