"""An HTTP response written byte for byte: aiohttp's own adds headers, re-encodes values and joins repeats."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.base_protocol import BaseProtocol

from hookscope_relay.delivery import Answer, Headers
from hookscope_relay.made_answers import ANSWERED_BY, build_problem, framed, interim

WRITE_BYTES = 256 * 1024
# So much always finds room where nothing waits to be sent.
AT_ONCE_BYTES = 16 * 1024
# Who does not take the next part of an answer in this time will not take the rest.
TAKEN_WITHIN_S = 30.0


class WrittenResponse(web.StreamResponse):
    """The response to a request that was answered already, by other means; its connection goes on if it is kept."""

    def __init__(self, *, keep_alive: bool) -> None:
        super().__init__()
        self._keep_alive = keep_alive

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        self._eof_sent = True


class ExactResponse(web.StreamResponse):
    """Writes an answer's status line, headers and body as they are; only Connection is added,
    where the protocol needs it."""

    def __init__(self, answer: Answer, *, keep_alive: bool = True) -> None:
        super().__init__(status=answer.status, reason=answer.reason)
        self._answer = answer
        self._may_keep_alive = keep_alive

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        self._req = request
        self._keep_alive = self._may_keep_alive and request.keep_alive
        self._payload_writer = request._payload_writer
        return self._payload_writer

    async def write_eof(self, data: bytes = b"") -> None:
        writer = self._payload_writer
        if writer is None or self._eof_sent:
            return
        body = self._answer.body
        transport = self._req.transport if self._req is not None else None
        if transport is not None and len(body) <= AT_ONCE_BYTES and not transport.get_write_buffer_size():
            await writer.write(self._head() + body)
            await writer.write_eof()
        else:
            await self._write_in_parts(writer, transport)
        self._eof_sent = True
        self._body_length = len(body)
        self._payload_writer = self._req = None

    async def _write_in_parts(self, writer: AbstractStreamWriter, transport: asyncio.Transport | None) -> None:
        body = self._answer.body
        try:
            await taken_in_time(writer.write(self._head() + body[:WRITE_BYTES]))
            for start in range(WRITE_BYTES, len(body), WRITE_BYTES):
                await taken_in_time(writer.write(body[start : start + WRITE_BYTES]))
            await taken_in_time(writer.write_eof())
        except TimeoutError:
            if transport is not None:
                transport.abort()
            raise ConnectionResetError("the answer was not taken in time") from None

    def _head(self) -> bytes:
        assert self._req is not None
        return render_head(self._answer, keep_alive=bool(self._keep_alive), old=self._req.version < (1, 1))


def render_head(answer: Answer, *, keep_alive: bool, old: bool = False) -> bytes:
    """Status line and headers as they are; Connection is added where the protocol needs it, as for an `old` version."""
    lines = [f"HTTP/1.1 {answer.status} {answer.reason}"]
    lines += [f"{name}: {value}" for name, value in answer.headers]
    if not keep_alive:
        lines.append("Connection: close")
    elif old:
        lines.append("Connection: keep-alive")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def write_interim(protocol: BaseProtocol, answer: Answer) -> None:
    """Pass an interim answer on, to a sender that has read what was written before."""
    transport = protocol.transport
    if transport is not None and not transport.get_write_buffer_size():
        transport.write(render_head(interim(answer), keep_alive=True))


async def taken_in_time(writing: Awaitable[None]) -> None:
    """Wait for a write; TimeoutError where the other end takes nothing."""
    async with asyncio.timeout(TAKEN_WITHIN_S):
        await writing


def complete(answer: Answer, method: str, ours: Headers = ()) -> Answer:
    """The answer as it goes out to a request of that method: correctly framed, with our own headers last."""
    whole = framed(answer, method)
    return Answer(status=whole.status, reason=whole.reason, headers=whole.headers + ours, body=whole.body)


def complete_problem(
    slug: str, method: str, headers: Headers = (), members: Mapping[str, object] | None = None
) -> Answer:
    """As it goes out, the answer that reports a problem of the relay's own."""
    # Added after the framing, which would take out what is hop-by-hop, such as Upgrade.
    return complete(build_problem(slug, "relay", members=members), method, (*headers, (ANSWERED_BY, "relay")))


def respond(answer: Answer, request: web.BaseRequest, ours: Headers = (), *, keep_alive: bool = True) -> ExactResponse:
    """The response that carries the answer, complete."""
    return ExactResponse(complete(answer, request.method, ours), keep_alive=keep_alive)


def respond_problem(
    slug: str,
    request: web.BaseRequest,
    *,
    headers: Headers = (),
    keep_alive: bool = True,
    members: Mapping[str, object] | None = None,
) -> ExactResponse:
    """The response that reports a problem of the relay's own."""
    return ExactResponse(complete_problem(slug, request.method, headers, members), keep_alive=keep_alive)
