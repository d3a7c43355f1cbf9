"""An answer that is passed on as it comes: its head byte for byte, its body part by part."""

from __future__ import annotations

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from hookscope_relay.delivery import Headers


class ExactStream(web.StreamResponse):
    """Writes status line and headers as they are; only Connection is added, and Transfer-Encoding where the length is
    not known."""

    def __init__(self, status: int, reason: str, headers: Headers, *, chunked: bool) -> None:
        super().__init__(status=status, reason=reason)
        self._exact = headers
        self._goes_chunked = chunked

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        if self._eof_sent or self._payload_writer is not None:
            return self._payload_writer
        self._req = request
        # An old client knows no chunks: the end of the connection ends the answer.
        self._goes_chunked = self._goes_chunked and request.version >= (1, 1)
        if request.version < (1, 1):
            self.force_close()
        self._keep_alive = request.keep_alive and self._keep_alive is not False
        writer = self._payload_writer = request._payload_writer
        await writer.write(self._head())
        if self._goes_chunked:
            writer.enable_chunking()
        return writer

    async def write(self, data: bytes | bytearray | memoryview) -> None:
        assert self._payload_writer is not None
        await self._payload_writer.write(data)

    async def write_eof(self, data: bytes = b"") -> None:
        if self._eof_sent or self._payload_writer is None:
            return
        await self._payload_writer.write_eof(data)
        self._eof_sent = True
        self._req = self._payload_writer = None

    def _head(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status} {self.reason or ''}"]
        lines += [f"{name}: {value}" for name, value in self._exact]
        if self._goes_chunked:
            lines.append("Transfer-Encoding: chunked")
        if not self._keep_alive:
            lines.append("Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class Silence(web.StreamResponse):
    """No answer, and no end of one that was begun: the connection is gone."""

    @classmethod
    def instead_of(cls, request: web.BaseRequest) -> Silence:
        """Hang up on whoever waits for an answer to the request."""
        if request.transport is not None:
            request.transport.abort()
        return cls()

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        self._eof_sent = True
