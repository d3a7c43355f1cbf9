"""The WebSocket of the tunnel, against bytes as a relay's end writes them, cut at every place."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.utils import accept_key

from hookscope.tunnel.link import Link
from hookscope_relay.wire import MAX_MESSAGE

WITHIN_S = 10.0


def frame(data: bytes, opcode: Opcode = Opcode.BINARY, fin: bool = True) -> bytes:
    return Frame(opcode, data, fin).serialize(mask=False)


SIZES = (0, 1, 125, 126, 65535, 65536, 200_000)
CLOSE = frame(b"\x03\xe8", Opcode.CLOSE)
STREAMS: dict[str, tuple[list[bytes], list[bytes | str]]] = {
    "whole messages of all kinds of length": ([frame(b"x" * size) for size in SIZES], [b"x" * size for size in SIZES]),
    "pings between them": ([frame(b"a"), frame(b"?", Opcode.PING), frame(b"b")], [b"a", b"b"]),
    "fragments": ([frame(b"a"), frame(b"b", fin=False), frame(b"c", Opcode.CONT), frame(b"d")], [b"a", b"bc", b"d"]),
    "text": ([frame(b"a"), frame(b"b", Opcode.TEXT), frame(b"c")], [b"a", "b", b"c"]),
}


@contextlib.asynccontextmanager
async def linked(talk: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[Link]:
    """A link to a server that shakes hands in one write with what `talk` writes first."""

    async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        key = next(line.split(": ")[1] for line in head.split("\r\n") if line.lower().startswith("sec-websocket-key"))
        accepted = f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept_key(key)}\r\n\r\n"
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\n" + accepted.encode())
        await talk(writer)
        with contextlib.suppress(ConnectionError):
            await reader.read(1)
        writer.close()

    server = await asyncio.start_server(serve_one, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    link = await connect(
        f"ws://127.0.0.1:{port}", create_connection=Link, max_size=MAX_MESSAGE, compression=None, close_timeout=0.1
    )
    assert isinstance(link, Link)
    try:
        yield link
    finally:
        await link.close()
        server.close()


async def taken(link: Link) -> list[bytes | str]:
    """Everything until the end."""
    found: list[bytes | str] = []
    with contextlib.suppress(ConnectionClosed):
        async with asyncio.timeout(WITHIN_S):
            while True:
                found += await link.batch()
    return found


@pytest.mark.parametrize("step", [0, 1, 3, 100_000])
@pytest.mark.parametrize("name", STREAMS)
async def test_messages_come_as_they_were_sent_however_they_are_cut(name: str, step: int) -> None:
    frames, messages = STREAMS[name]
    stream = b"".join((*frames, CLOSE))
    if step in (1, 3) and len(stream) > 10_000:
        stream, messages = b"".join((*frames[:4], CLOSE)), messages[:4]

    async def talk(writer: asyncio.StreamWriter) -> None:
        for at in range(0, len(stream), step or len(stream)):
            writer.write(stream[at : at + (step or len(stream))])
            await writer.drain()
            await asyncio.sleep(0)

    async with linked(talk) as link:
        assert await taken(link) == messages


@pytest.mark.parametrize(
    "broken",
    [frame(b"x" * (MAX_MESSAGE + 1)), Frame(Opcode.BINARY, b"x").serialize(mask=True), b"\x93\x00"],
    ids=["too long", "masked", "an opcode that is none"],
)
async def test_what_breaks_the_protocol_ends_the_connection_behind_what_came(broken: bytes) -> None:
    async def talk(writer: asyncio.StreamWriter) -> None:
        writer.write(frame(b"a") + broken)

    async with linked(talk) as link:
        assert await taken(link) == [b"a"]


async def test_a_reader_that_is_busy_makes_the_other_end_wait() -> None:
    message = frame(b"x" * 400_000)
    written = []

    async def talk(writer: asyncio.StreamWriter) -> None:
        for number in range(40):
            writer.write(message)
            await writer.drain()
            written.append(number)
        writer.write(CLOSE)

    async with linked(talk) as link:
        await link.batch()
        while not link._has_paused:  # noqa: ASYNC110  # nothing tells of it
            await asyncio.sleep(0)
        assert len(written) < 40
        assert sum(map(len, await taken(link))) >= 400_000 * 37


async def test_messages_leave_together_in_their_order_and_before_the_close() -> None:
    heard: list[bytes | str] = []
    ended = asyncio.Event()

    async def hear(connection: ServerConnection) -> None:
        async for message in connection:
            heard.append(message)
        ended.set()

    async with serve(hear, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        link = await connect(f"ws://127.0.0.1:{port}", create_connection=Link, compression=None)
        assert isinstance(link, Link)
        assert link.takes_more
        messages = [bytes([number]) * size for number, size in enumerate((*SIZES, *SIZES))]
        for message in messages:
            link.send_soon(message)
        await link.close()
        await asyncio.wait_for(ended.wait(), WITHIN_S)
        assert not link.takes_more
    assert heard == messages


class Spy:
    """A transport that tells how many bytes each write had."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.writes: list[int] = []

    def write(self, data: bytes) -> None:
        self.writes.append(len(data))
        self._transport.write(data)

    def __getattr__(self, name: str) -> object:
        return getattr(self._transport, name)


async def test_a_message_that_is_alone_leaves_at_once_and_many_leave_together() -> None:
    async def wait(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with serve(wait, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        link = await connect(f"ws://127.0.0.1:{port}", create_connection=Link, compression=None)
        assert isinstance(link, Link)
        spy = Spy(link.transport)
        link.transport = spy  # type: ignore[assignment]  # as much of one as is needed
        whole = 2 + 4 + 10
        for count, at_once in [(1, [whole]), (1, [whole]), (3, [whole]), (3, []), (1, []), (1, [whole])]:
            spy.writes.clear()
            for _ in range(count):
                link.send_soon(bytes(10))
            assert spy.writes == at_once
            await asyncio.sleep(0)
            rest = count * whole - sum(at_once)
            assert spy.writes == [*at_once, *([rest] if rest else [])]
        await link.close()
