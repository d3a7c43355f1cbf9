"""Connections that have not shaken hands: counted, and given up for others."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any
from unittest.mock import Mock

import pytest

from hookscope_relay.connections import Connections
from hookscope_relay.metrics import Metrics
from hookscope_relay.settings import Limits
from hookscope_relay.tls_door import TlsDoor
from self_signed import self_signed

WITHIN_S = 20.0


class Echo(asyncio.Protocol):
    """What stands behind the door; it sends back what it reads."""

    def __init__(self) -> None:
        self.transport: Any = None
        self.lost = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set()


class House:
    """A server behind doors."""

    def __init__(self, limits: Limits, within_s: float) -> None:
        self.place = Connections(limits)
        self.metrics = Metrics()
        self.rooms: list[Echo] = []
        self._within_s = within_s
        self._server: asyncio.Server

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._door, "127.0.0.1", 0)

    async def dial(self, *, tls: bool = False) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port, ssl=self_signed()[1] if tls else None)

    @property
    def port(self) -> int:
        return int(self._server.sockets[0].getsockname()[1])

    def close(self) -> None:
        self._server.close()

    def _door(self) -> TlsDoor:
        return TlsDoor(self.place, self.metrics, self_signed()[0], self._within_s, self._room)

    def _room(self) -> Echo:
        self.rooms.append(Echo())
        return self.rooms[-1]


@contextlib.asynccontextmanager
async def house(limits: Limits, within_s: float = WITHIN_S) -> AsyncIterator[House]:
    one = House(limits, within_s)
    await one.open()
    try:
        yield one
    finally:
        one.close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not condition():  # noqa: ASYNC110  # nothing tells of it
            await asyncio.sleep(0.01)


async def test_who_shakes_hands_gets_in_and_its_end_is_told():
    async with house(Limits()) as one:
        reader, writer = await one.dial(tls=True)
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"hello"
        assert len(one.place) == 0, "who is inside is counted there"
        writer.close()
        async with asyncio.timeout(WITHIN_S):
            await one.rooms[0].lost.wait()


async def test_what_the_loop_tells_the_door_around_a_handshake_is_for_who_is_inside(monkeypatch: pytest.MonkeyPatch):
    one, secure = House(Limits(), WITHIN_S), Mock()
    door = one._door()

    async def start_tls(*_: Any, **__: Any) -> Any:
        await asyncio.sleep(0)
        door.data_received(b"early")
        return secure

    monkeypatch.setattr(asyncio.get_running_loop(), "start_tls", start_tls)
    transport = Mock(asyncio.Transport, get_extra_info=lambda _: ("127.0.0.1", 1), is_closing=lambda: False)
    door.connection_made(transport)
    await until(lambda: secure.write.called)
    secure.write.assert_called_once_with(b"early")
    door.connection_lost(None)
    assert one.rooms[0].lost.is_set()


async def test_the_silent_are_counted_and_make_room_for_who_shakes_hands():
    async with house(Limits(connections=3)) as one:
        silent = [await one.dial() for _ in range(5)]
        await until(lambda: one.metrics.limited["max-connections"] == 2)
        assert len(one.place) == 3
        for reader, _ in silent[:2]:
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""
        reader, writer = await one.dial(tls=True)
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"hello"
        for _, each in (*silent, (reader, writer)):
            each.close()


@pytest.mark.parametrize(
    "first",
    [b"", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x40\x00\x01\x00\x3f\xfc\x03\x03"],
    ids=["silence", "no TLS", "half a hello"],
)
async def test_what_ends_in_no_handshake_is_hung_up_and_forgotten(first):
    async with house(Limits(), within_s=0.3) as one:
        reader, writer = await one.dial()
        writer.write(first)
        async with asyncio.timeout(WITHIN_S):
            with contextlib.suppress(ConnectionError):
                await reader.read()
        await until(lambda: len(one.place) == 0)
        assert one.rooms == []
        writer.close()


async def test_where_no_place_is_left_none_is_made_for_a_handshake():
    async with house(Limits(connections=1)) as one:

        class Busy:
            def evict(self, problem: str, limit: str) -> None:
                raise AssertionError

        busy = Busy()
        one.place.enter(busy, "192.0.2.1")
        one.place.note_busy(busy)
        reader, writer = await one.dial()
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
        await until(lambda: one.metrics.refused["relay-busy"] == 1)
        assert len(one.place) == 1
        writer.close()


def test_a_handshake_that_is_there_at_once_is_heard() -> None:
    """uvloop reads before the handshake has begun."""
    uvloop = pytest.importorskip("uvloop")

    async def shake_hands() -> None:
        async with house(Limits()) as one:
            is_there = threading.Event()
            answer = asyncio.get_running_loop().run_in_executor(None, _echo, one.port, is_there)
            # The loop stands still until connection and greeting are both there.
            assert is_there.wait(WITHIN_S)
            assert await answer == b"hello"

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(shake_hands())


def _echo(port: int, is_there: threading.Event) -> bytes:
    plain = socket.create_connection(("127.0.0.1", port), timeout=WITHIN_S)
    with self_signed()[1].wrap_socket(plain, server_hostname="localhost", do_handshake_on_connect=False) as connection:
        connection.setblocking(False)
        with contextlib.suppress(ssl.SSLWantReadError):
            connection.do_handshake()
        is_there.set()
        connection.settimeout(WITHIN_S)
        connection.do_handshake()
        connection.sendall(b"hello")
        return connection.recv(10)
