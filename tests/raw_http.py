"""HTTP over raw sockets for tests: what was sent is known to the byte, on both sides.

`RawServer` records requests exactly and answers with scripted bytes, or behaves as a function says; `RawClient` sends
exact bytes and returns exact answers. Both speak IPv4, IPv6 and TLS. Nothing here is lenient: it understands just
enough of HTTP/1.1 to find where a message ends.

    async with RawServer(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok") as server:
        answer = await exchange(server.port, b"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
        assert server.requests == [b"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n"]
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
import os
import re
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from self_signed import self_signed  # noqa: F401 - part of what this module offers

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
STREAM_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class RawMessage:
    """A request or an answer, taken apart at its line ends only."""

    raw: bytes

    @property
    def first_line(self) -> bytes:
        return self.raw.partition(b"\r\n")[0]

    @property
    def method(self) -> bytes:
        return self.first_line.split(b" ")[0]

    @property
    def target(self) -> bytes:
        return self.first_line.split(b" ")[1]

    @property
    def status(self) -> int:
        return int(self.first_line.split(b" ")[1])

    @property
    def head(self) -> bytes:
        return self.raw.partition(b"\r\n\r\n")[0]

    @property
    def body(self) -> bytes:
        """What follows the head, chunk framing included."""
        return self.raw.partition(b"\r\n\r\n")[2]

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """Header pairs in order; white space around values is cut off."""
        pairs = (line.partition(b":") for line in self.head.split(b"\r\n")[1:])
        return [(name, value.strip(b" \t")) for name, _, value in pairs]

    def values(self, name: bytes) -> list[bytes]:
        """The values of a header, its name in any case."""
        return [value for key, value in self.headers if key.lower() == name.lower()]


class Conversation:
    """One connection as the server sees it."""

    def __init__(self, server: RawServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server = server
        self.reader = reader
        self.writer = writer

    async def request(self) -> bytes | None:
        """The next whole request, also kept in `server.requests`; None when the client hung up."""
        message = await read_message(self.reader, is_request=True)
        if message is not None:
            self.server.requests.append(message)
        return message

    async def head(self) -> bytes:
        """The next request's head only, kept in `server.requests`."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        self.server.requests.append(head)
        return head

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    def reset(self) -> None:
        """Hang up with a TCP reset."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def close(self) -> None:
        """Hang up in order."""
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()


Behaviour = Callable[[Conversation], Awaitable[None]]


class RawServer:
    """A server on a free port; answers each request with the next of `answers`, the last one again and again.

    `close` hangs up after each answer; `behaviour`, where given, has each connection to itself instead, and hangs up
    when it returns. `requests` holds the exact bytes of all requests, `connections` counts.
    """

    def __init__(
        self,
        *answers: bytes,
        behaviour: Behaviour | None = None,
        close: bool = False,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self._answers = list(answers or (OK,))
        self._behaviour = behaviour or self._answer_in_turn
        self._close = close
        self._host = host
        self._wanted_port = port
        self._tls = tls
        self._open: set[asyncio.Task[None]] = set()

    @property
    def last(self) -> RawMessage:
        """The latest request."""
        return RawMessage(self.requests[-1])

    @property
    def url(self) -> str:
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._accept, self._host, self._wanted_port, ssl=self._tls, limit=STREAM_BYTES
        )
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.close()
        still_open = set(self._open)
        for task in still_open:
            task.cancel()
        if still_open:
            await asyncio.wait(still_open)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.get_running_loop().create_task(self._converse(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversation = Conversation(self, reader, writer)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._behaviour(conversation)
                await conversation.close()
        finally:
            writer.transport.abort()

    async def _answer_in_turn(self, conversation: Conversation) -> None:
        while await conversation.request() is not None:
            await conversation.send(self._answers.pop(0) if len(self._answers) > 1 else self._answers[0])
            if self._close:
                return


class RawClient:
    """One connection to a server."""

    def __init__(self, port: int, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self._to = (host, port)
        self._tls = tls

    async def __aenter__(self) -> Self:
        self.reader, self.writer = await asyncio.open_connection(*self._to, ssl=self._tls, limit=STREAM_BYTES)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.writer.transport.abort()

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, method: bytes = b"GET") -> bytes:
        """The next whole answer to a request of this method, exactly; EOFError where there is none."""
        message = await read_message(self.reader, is_request=False, method=method)
        if message is None:
            raise EOFError("the server hung up without an answer")
        return message

    async def rest(self) -> bytes:
        """Everything until the server hangs up."""
        return await self.reader.read()


async def exchange(
    port: int, request: bytes, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None, timeout: float = 10.0
) -> bytes:
    """Send the exact bytes of one request on a connection of its own, and return the exact bytes of its answer."""
    async with asyncio.timeout(timeout), RawClient(port, host, tls) as client:
        await client.send(request)
        return await client.answer(request.split(b" ", 1)[0])


async def read_message(reader: asyncio.StreamReader, *, is_request: bool, method: bytes = b"GET") -> bytes | None:
    """One whole message as it was sent, interim answers included; None where the stream ended before it began."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return None
    message = RawMessage(head)
    if not is_request:
        if message.status < 200 and message.status != 101:
            return head + (await read_message(reader, is_request=False, method=method) or b"")
        if method == b"HEAD" or message.status in (101, 204, 304):
            return head
    if any(value.lower() == b"chunked" for value in message.values(b"transfer-encoding")):
        return head + await _chunks(reader)
    if lengths := message.values(b"content-length"):
        return head + await reader.readexactly(int(lengths[0]))
    return head if is_request else head + await reader.read()


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while True:
        line = await reader.readuntil(b"\r\n")
        parts.append(line)
        size = int(line.split(b";")[0], 16)
        if size == 0:
            break
        parts.append(await reader.readexactly(size + 2))
    while (line := await reader.readuntil(b"\r\n")) != b"\r\n":
        parts.append(line)
    return b"".join([*parts, b"\r\n"])


def unchunk(body: bytes) -> bytes:
    """The content of a chunked body without trailers."""
    content = b""
    while match := re.match(rb"([0-9A-Fa-f]+)[^\r]*\r\n", body):
        size = int(match[1], 16)
        content += body[match.end() : match.end() + size]
        body = body[match.end() + size + 2 :] if size else b""
    return content


# Below the range that systems take ports from by themselves, so that nobody else is given one of these before it is used;
# each process of the suite has a stretch of its own.
PORTS, STRETCH = (12_000, 32_000), 1_000
_ports = itertools.count()


def free_port(host: str = "127.0.0.1") -> int:
    """A port on which nothing listens, and that this process of the suite gives to nobody else for a long while."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    stretches = (PORTS[1] - PORTS[0]) // STRETCH
    first = PORTS[0] + STRETCH * ((int(worker.removeprefix("gw") or os.getpid())) % stretches)
    for _ in range(STRETCH):
        port = first + next(_ports) % STRETCH
        with socket.socket(family, socket.SOCK_STREAM) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind((host, port))
            except OSError:
                continue
            return port
    raise OSError("every port of this process is taken")


@functools.cache
def has_ipv6() -> bool:
    """Whether this machine has an IPv6 loopback address."""
    try:
        free_port("::1")
    except OSError:
        return False
    return True
