from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest

from hookscope.forward.connection import Connection
from hookscope.forward.pool import Pool

Pair = tuple[Connection, socket.socket]


@pytest.fixture
def pairs() -> Iterator[list[Pair]]:
    """Three connections with the handler's end of each."""
    made = []
    for _ in range(3):
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        made.append((Connection(ours, "handler"), theirs))
    yield made
    for connection, theirs in made:
        connection.close()
        theirs.close()


def is_closed(end: socket.socket) -> bool:
    end.settimeout(2)
    return end.recv(1) == b""


async def test_an_empty_pool_has_nothing() -> None:
    assert Pool(1.0).take() is None


async def test_the_youngest_quiet_connection_is_used_first(pairs: list[Pair]) -> None:
    pool = Pool(5.0)
    for connection, _ in pairs:
        pool.put(connection)
    assert [pool.take() for _ in range(4)] == [pairs[2][0], pairs[1][0], pairs[0][0], None]


async def test_a_connection_that_was_hung_up_or_spoke_out_of_turn_is_thrown_away(pairs: list[Pair]) -> None:
    pool = Pool(5.0)
    for connection, _ in pairs:
        pool.put(connection)
    pairs[2][1].close()
    pairs[1][1].send(b"HTTP/1.1 408 Request Timeout\r\n\r\n")
    assert pool.take() is pairs[0][0]
    assert len(pool) == 0


async def test_an_idle_connection_ends_by_itself(pairs: list[Pair]) -> None:
    pool = Pool(0.01)
    pool.put(pairs[0][0])
    assert await asyncio.to_thread(is_closed, pairs[0][1])
    assert pool.take() is None


async def test_a_connection_in_use_does_not_end_by_itself(pairs: list[Pair]) -> None:
    pool = Pool(0.01)
    pool.put(pairs[0][0])
    taken = pool.take()
    pool.put(pairs[1][0])
    assert await asyncio.to_thread(is_closed, pairs[1][1])
    assert taken is not None and taken.is_quiet()


async def test_closing_hangs_up_on_all_and_on_what_comes_back_later(pairs: list[Pair]) -> None:
    pool = Pool(5.0)
    pool.put(pairs[0][0])
    pool.close()
    pool.put(pairs[1][0])
    assert is_closed(pairs[0][1])
    assert is_closed(pairs[1][1])


async def test_without_idle_time_nothing_is_kept(pairs: list[Pair]) -> None:
    pool = Pool(0.0)
    pool.put(pairs[0][0])
    assert is_closed(pairs[0][1])
