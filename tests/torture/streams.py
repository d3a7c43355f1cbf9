"""What is passed on while it is written: an endless answer takes no memory, and many WebSockets stay open side by side."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve

from raw_http import Conversation, RawServer
from torture.figures import Figures
from torture.processes import Program
from torture.rig import Rig

EVENT = b"data: " + b"x" * 16_000 + b"\n\n"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
RUN_WITHIN_S = 600.0
DIALLED_AT_ONCE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """So many bytes of events in one answer, so many requests of `upload_bytes` each, and so many WebSockets with so many
    pings each; `growth_bytes` is what either process may grow by meanwhile."""

    event_bytes: int
    uploads: int
    upload_bytes: int
    sockets: int
    pings: int
    growth_bytes: int = 48 * 1024 * 1024


QUICK = Size(
    event_bytes=32 * 1024 * 1024, uploads=2, upload_bytes=4_000_000, sockets=25, pings=4, growth_bytes=24 * 1024 * 1024
)
# A ping every 20 s for an hour.
LONG = Size(event_bytes=1024 * 1024 * 1024, uploads=12, upload_bytes=25_000_000, sockets=200, pings=180)


async def run(directory: Path, size: Size) -> Figures:
    """The scenario, in a directory that is empty."""
    figures = Figures("streams")
    async with asyncio.timeout(RUN_WITHIN_S):
        await _with_handler(directory / "events", figures, size, _events, _read_events)
        await _with_handler(directory / "uploads", figures, size, _uploads, _upload, "--stream-requests")
        await _with_handler(directory / "sockets", figures, size, _sockets, _ping)
    return figures


Serving = Callable[[Size], AbstractAsyncContextManager[int]]
Asking = Callable[[str, Size, Figures], Awaitable[None]]


async def _with_handler(
    directory: Path, figures: Figures, size: Size, serving: Serving, asking: Asking, *options: str
) -> None:
    """Relay and inspector as processes, the handler here; what is asked of them, and by how much they grew."""
    directory.mkdir()
    rig, kind = Rig(directory, direct=True), directory.name
    endpoint = rig.endpoint("listen")
    async with (
        serving(size) as port,
        rig.relay(deadline="25s") as relay,
        rig.listen("listen", str(port), *options) as listen,
    ):
        await relay.start()
        await relay.said("listening")
        await listen.start()
        await listen.said("ready")
        await _warm(rig, endpoint)
        before = _memory(relay, listen)
        await asking(f"127.0.0.1:{rig.port}/{endpoint}", size, figures)
        grown = [after - held for after, held in zip(_memory(relay, listen), before, strict=True)]
        figures.note(**{f"{kind}_relay_grew_mb": grown[0] / 1e6, f"{kind}_inspector_grew_mb": grown[1] / 1e6})
        # A delivery is opened whole, and kept, once it has come to its end.
        most = max(size.growth_bytes, 5 * size.upload_bytes if asking is _upload else 0)
        figures.demand(f"{kind}: neither grows by {most:,} bytes", max(grown) < most)


def _memory(*programs: Program) -> list[int]:
    return [program.memory_bytes() for program in programs]


async def _warm(rig: Rig, endpoint: str) -> None:
    """One ordinary delivery: what is loaded at the first is no growth."""
    reader, writer = await asyncio.open_connection("127.0.0.1", rig.port)
    writer.write(b"GET /%b/warm HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n" % endpoint.encode())
    await reader.read()
    writer.close()
    await writer.wait_closed()


@asynccontextmanager
async def _events(size: Size) -> AsyncIterator[int]:
    async def behaviour(conversation: Conversation) -> None:
        head = await conversation.request() or b""
        if b"/warm " in head:
            await conversation.send(b"HTTP/1.1 204 No Content\r\n\r\n")
            return
        await conversation.send(HEAD)
        for _ in range(size.event_bytes // len(EVENT)):
            await conversation.send(b"%x\r\n%b\r\n" % (len(EVENT), EVENT))
        await conversation.send(b"0\r\n\r\n")

    async with RawServer(behaviour=behaviour) as server:
        yield server.port


async def _read_events(address: str, size: Size, figures: Figures) -> None:
    host, _, path = address.partition("/")
    reader, writer = await asyncio.open_connection("127.0.0.1", int(host.rpartition(":")[2]), limit=1 << 20)
    writer.write(b"GET /%b/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % path.encode())
    started = asyncio.get_running_loop().time()
    await reader.readuntil(b"\r\n\r\n")
    found, expected, got = hashlib.sha256(), hashlib.sha256(), 0
    while length := int(await reader.readuntil(b"\r\n"), 16):
        found.update((await reader.readexactly(length + 2))[:-2])
        got += length
    took = asyncio.get_running_loop().time() - started
    writer.close()
    await writer.wait_closed()
    for _ in range(size.event_bytes // len(EVENT)):
        expected.update(EVENT)
    figures.note(events_mb=got / 1e6, events_mb_s=got / 1e6 / took)
    figures.demand("every byte of the events arrives", found.digest() == expected.digest())


@asynccontextmanager
async def _uploads(_: Size) -> AsyncIterator[int]:
    """A handler that answers each part of a body with how much it has, and its end with the digest."""

    async def behaviour(conversation: Conversation) -> None:
        head = await conversation.head()
        if b"/warm " in head:
            await conversation.send(b"HTTP/1.1 204 No Content\r\n\r\n")
            return
        await conversation.send(HEAD)
        found, got = hashlib.sha256(), 0
        while length := int(await conversation.reader.readuntil(b"\r\n"), 16):
            found.update((await conversation.reader.readexactly(length + 2))[:-2])
            got += length
            await conversation.send(_chunk(b"%d\n" % got))
        await conversation.send(_chunk(found.hexdigest().encode()) + b"0\r\n\r\n")

    async with RawServer(behaviour=behaviour) as server:
        yield server.port


async def _upload(address: str, size: Size, figures: Figures) -> None:
    """Each request waits, once it has begun, until the handler has said what it has."""
    host, _, path = address.partition("/")
    part, slowest, started = b"x" * 16_000, 0.0, asyncio.get_running_loop().time()
    for _ in range(size.uploads):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(host.rpartition(":")[2]), limit=1 << 20)
        writer.write(b"POST /%b/up HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n" % path.encode())
        sent, began = hashlib.sha256(part), asyncio.get_running_loop().time()
        writer.write(_chunk(part))
        await reader.readuntil(b"\r\n\r\n")
        await reader.readuntil(b"16000\n")
        slowest = max(slowest, asyncio.get_running_loop().time() - began)
        reading = asyncio.create_task(reader.read(-1))
        for _ in range(size.upload_bytes // len(part) - 1):
            sent.update(part)
            writer.write(_chunk(part))
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        figures.demand("every byte of the uploads arrives", sent.hexdigest().encode() in await reading)
        writer.close()
        await writer.wait_closed()
    took = asyncio.get_running_loop().time() - started
    figures.note(
        uploads_mb=size.uploads * size.upload_bytes / 1e6, uploads_mb_s=size.uploads * size.upload_bytes / 1e6 / took
    )
    figures.note(slowest_first_part_ms=slowest * 1000)


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


@asynccontextmanager
async def _sockets(_: Size) -> AsyncIterator[int]:
    async def behaviour(connection: ServerConnection) -> None:
        async for message in connection:
            await connection.send(message)

    async with serve(behaviour, "127.0.0.1", 0, ping_interval=None, compression=None) as server:
        yield next(iter(server.sockets)).getsockname()[1]


async def _ping(address: str, size: Size, figures: Figures) -> None:
    gate = asyncio.Semaphore(DIALLED_AT_ONCE)

    async def dial() -> ClientConnection:
        async with gate:
            return await connect(f"ws://{address}/live", proxy=None, ping_interval=None, compression=None)

    clients = await asyncio.gather(*[dial() for _ in range(size.sockets)])
    started = asyncio.get_running_loop().time()
    slowest = 0.0
    for number in range(size.pings):
        pongs = [await client.ping() for client in clients]
        slowest = max(slowest, *await asyncio.gather(*pongs))
        if number == size.pings // 2:
            await asyncio.gather(*[client.send(f"message of {place}") for place, client in enumerate(clients)])
            told = await asyncio.gather(*[client.recv() for client in clients])
            figures.demand(
                "every socket has its own message back",
                told == [f"message of {place}" for place in range(len(clients))],
            )
    took = asyncio.get_running_loop().time() - started
    figures.note(sockets=len(clients), pings=len(clients) * size.pings, pings_s=len(clients) * size.pings / took)
    figures.note(slowest_pong_ms=slowest * 1000)
    await asyncio.gather(*[client.close() for client in clients])
    figures.demand("every socket closes in order", all(client.close_code == 1000 for client in clients))
