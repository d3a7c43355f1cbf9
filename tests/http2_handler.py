"""A handler that speaks HTTP/2 and nothing else, over plain TCP: what it got, and an answer as a function says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, StreamEnded, StreamReset, WindowUpdated

Pairs = list[tuple[bytes, bytes]]
# With the connection and the stream, once the whole request is there.
Answering = Callable[[H2Connection, int], None]


class Http2Handler:
    """`head` and `body` are those of the last request, which has `ended` or not, or was `reset` with a code; `port` is where it listens. With `early`
    it answers as soon as a head is there."""

    def __init__(self, answering: Answering, *, large: bytes = b"", early: bool = False) -> None:
        self.head: Pairs = []
        self.ended = False
        self.reset = 0
        self._early = early
        self.body = b""
        self.port = 0
        self._answering = answering
        self._large = large

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        http2 = H2Connection(H2Configuration(client_side=False, header_encoding=None))
        http2.initiate_connection()
        stream = 0
        try:
            while True:
                writer.write(http2.data_to_send())
                data = await reader.read(65536)
                if not data:
                    return
                for event in http2.receive_data(data):
                    if isinstance(event, RequestReceived):
                        self.head, self.body, stream = list(event.headers), b"", event.stream_id
                        if self._early:
                            self._answering(http2, stream)
                    elif isinstance(event, DataReceived):
                        self.body += event.data
                        http2.acknowledge_received_data(event.flow_controlled_length, stream)
                    elif isinstance(event, StreamEnded):
                        self.ended = True
                        if not self._early:
                            self._answering(http2, stream)
                        self._push(http2, stream)
                    elif isinstance(event, StreamReset):
                        self.reset = int(event.error_code)
                    elif isinstance(event, WindowUpdated) and stream:
                        self._push(http2, stream)
        finally:
            writer.close()

    def _push(self, http2: H2Connection, stream: int) -> None:
        """Send as much of the large body as the windows let, and the end of the stream with its end."""
        while self._large:
            size = min(http2.local_flow_control_window(stream), http2.max_outbound_frame_size, len(self._large))
            if size <= 0:
                return
            part, self._large = self._large[:size], self._large[size:]
            http2.send_data(stream, part, end_stream=not self._large)
