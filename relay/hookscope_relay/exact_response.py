"""An HTTP response written byte for byte: aiohttp's own adds headers, re-encodes values and joins repeats."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from hookscope_relay.delivery import Answer, Headers
from hookscope_relay.made_answers import ANSWERED_BY, build_problem, framed

WRITE_BYTES = 256 * 1024
# So much always finds room where nothing waits to be sent.
AT_ONCE_BYTES = 16 * 1024
# Who does not take the next part of an answer in this time will not take the rest.
TAKEN_WITHIN_S = 30.0


class ExactResponse(web.StreamResponse):
    """Writes an answer's status line, headers and body as they are; only Connection is added, where the protocol needs it."""

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
            await _within(writer.write(self._head() + body[:WRITE_BYTES]))
            for start in range(WRITE_BYTES, len(body), WRITE_BYTES):
                await _within(writer.write(body[start : start + WRITE_BYTES]))
            await _within(writer.write_eof())
        except TimeoutError:
            if transport is not None:
                transport.abort()
            raise ConnectionResetError("the answer was not taken in time") from None

    def _head(self) -> bytes:
        lines = [f"HTTP/1.1 {self._answer.status} {self._answer.reason}"]
        lines += [f"{name}: {value}" for name, value in self._answer.headers]
        lines += self._connection()
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _connection(self) -> list[str]:
        if not self._keep_alive:
            return ["Connection: close"]
        assert self._req is not None
        return ["Connection: keep-alive"] if self._req.version < (1, 1) else []


async def _within(writing: Awaitable[None]) -> None:
    async with asyncio.timeout(TAKEN_WITHIN_S):
        await writing


def respond(answer: Answer, request: web.BaseRequest, ours: Headers = (), *, keep_alive: bool = True) -> ExactResponse:
    """The response that carries the answer, correctly framed, with our own headers last."""
    whole = framed(answer, request.method)
    complete = Answer(status=whole.status, reason=whole.reason, headers=whole.headers + ours, body=whole.body)
    return ExactResponse(complete, keep_alive=keep_alive)


def respond_problem(
    slug: str,
    request: web.BaseRequest,
    *,
    headers: Headers = (),
    keep_alive: bool = True,
    members: Mapping[str, object] | None = None,
) -> ExactResponse:
    """The response that reports a problem of the relay's own."""
    answer = build_problem(slug, "relay", members=members)
    # Added after the framing, which would take out what is hop-by-hop, such as Upgrade.
    return respond(answer, request, (*headers, (ANSWERED_BY, "relay")), keep_alive=keep_alive)
