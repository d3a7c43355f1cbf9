"""A TCP proxy that breaks what passes through it: it cuts connections, also in mid-frame, swallows bytes,
stalls and throttles."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

CHUNK_BYTES = 65536


@dataclass(eq=False, slots=True)
class Link:
    """One connection through the proxy. `opening` is what the dialling side sent first, which names an endpoint."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter
    opening: bytes = b""
    swallows: bool = False
    torn_next: bool = False

    def abort(self) -> None:
        """End both connections at once, with nothing flushed."""
        self.near.transport.abort()
        self.far.transport.abort()


class ChaosProxy:
    """Listens on `port` of loopback and passes everything to `to_port`.

    What it does to links is asked for by its methods.

    `text`, where a method takes it, chooses the links whose first bytes contain it.
    """

    def __init__(self, to_port: int) -> None:
        self.to_port = to_port
        self.port = 0
        self.cuts = 0
        self.rate: float | None = None
        self._links: set[Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.close()
        for link in self._links:
            link.abort()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def links(self, text: bytes = b"") -> int:
        """How many connections are open."""
        return sum(1 for _ in self._chosen(text))

    def cut(self, text: bytes = b"") -> int:
        """Cut the links now; how many there were."""
        links = list(self._chosen(text))
        for link in links:
            link.abort()
        self.cuts += len(links)
        return len(links)

    def tear(self, text: bytes = b"") -> int:
        """Cut each link after half of the next bytes that pass, which is mostly in mid-frame; how many there are."""
        links = list(self._chosen(text))
        for link in links:
            link.torn_next = True
        return len(links)

    def swallow(self, text: bytes = b"") -> int:
        """From now on take what these links carry and pass nothing on:
        each end sees a peer that is there and silent."""
        links = list(self._chosen(text))
        for link in links:
            link.swallows = True
        return len(links)

    def stall(self) -> None:
        """Stop reading on all links, so that both ends feel it; `flow` goes on without a byte lost."""
        self._flowing.clear()

    def flow(self) -> None:
        """End a stall."""
        self._flowing.set()

    def _chosen(self, text: bytes) -> Iterator[Link]:
        return (link for link in self._links if text in link.opening and not link.swallows)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            far_reader, far = await asyncio.open_connection("127.0.0.1", self.to_port)
        except OSError:
            writer.transport.abort()
            self._tasks.discard(task)
            return
        link = Link(writer, far)
        self._links.add(link)
        ways = [
            asyncio.create_task(self._pass(reader, far, link)),
            asyncio.create_task(self._pass(far_reader, writer, link)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            await _close(link)
            self._links.discard(link)
            self._tasks.discard(task)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, link: Link) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK_BYTES):
                if writer is link.far and not link.opening:
                    link.opening = data
                await self._flowing.wait()
                if link.swallows:
                    continue
                if link.torn_next:
                    writer.write(data[: len(data) // 2])
                    link.abort()
                    self.cuts += 1
                    return
                if self.rate is not None:
                    await asyncio.sleep(len(data) / self.rate)
                writer.write(data)
                await writer.drain()


async def _close(link: Link) -> None:
    """Let what was passed on reach its end, unless the link was cut."""
    for writer in (link.near, link.far):
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
