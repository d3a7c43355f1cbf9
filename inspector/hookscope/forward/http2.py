"""One request and its answer over HTTP/2 (RFC 9113), for a handler that speaks nothing else.

What cannot be kept byte for byte: header names are lower case, there is no reason phrase, and Host travels as the
authority. Everything else is as in `exchange`, and as in `exchange_from` for a body that comes. One connection serves
one exchange.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    InformationalResponseReceived,
    RemoteSettingsChanged,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
    WindowUpdated,
)
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes

from hookscope.forward.connection import Connection
from hookscope.forward.error import ForwardError, reading_failed
from hookscope.forward.exchange import Exchanged, ForwardProgress, check_size, how_far
from hookscope.forward.sink import AnswerSoFar
from hookscope.forward.source import SourcedRequest, parts_of
from hookscope.model.capture import SentRequest
from hookscope_relay.delivery import (
    HOP_BY_HOP,
    Answer,
    Headers,
    asks_for_upgrade,
    header,
    without,
)
from hookscope_relay.wire import REFUSES

# So long a handler may keep us from telling it that a request broke off.
RESET_S = 1.0
NO_UPGRADE = "the handler speaks HTTP/2 only, to which the handshake of a WebSocket in HTTP/1.1 cannot be passed on"


async def exchange_over_http2(
    connection: Connection,
    request: SentRequest,
    scheme: str,
    max_bytes: int,
    progress: ForwardProgress,
    so_far: AnswerSoFar,
) -> Exchanged:
    """As `exchange`, over a connection on which HTTP/2 was agreed."""
    if asks_for_upgrade(request.headers):
        raise ForwardError("bad-response", NO_UPGRADE)
    exchanging = _Exchange(connection, request, max_bytes, progress, so_far)
    so_far.protocol = "HTTP/2"
    try:
        return await exchanging.run(scheme)
    except ProtocolError as error:
        raise ForwardError("bad-response", f"the answer is not valid HTTP/2: {str(error)[:200]}") from None


class _Exchange:
    """One exchange: the body is written beside the reading, as far as the other end's windows let it."""

    def __init__(
        self,
        connection: Connection,
        request: SentRequest,
        max_bytes: int,
        progress: ForwardProgress,
        so_far: AnswerSoFar,
    ) -> None:
        self._connection = connection
        self._request = request
        self._max_bytes = max_bytes
        self._progress = progress
        self._so_far = so_far
        self._http2 = H2Connection(H2Configuration(client_side=True, header_encoding=None))
        self._stream = 0
        self._writing = asyncio.Lock()
        self._roomy = asyncio.Event()
        self._trailers: Headers = ()
        self._has_ended = False

    async def run(self, scheme: str) -> Exchanged:
        """Send the request and read the answer."""
        request = self._request
        self._http2.local_settings[SettingCodes.ENABLE_PUSH] = 0
        self._http2.initiate_connection()
        self._stream = self._http2.get_next_available_stream_id()
        is_whole = not (request.body or request.trailers or isinstance(request, SourcedRequest))
        self._http2.send_headers(self._stream, _head(request, scheme), end_stream=is_whole)
        self._progress.stage = "waiting for the answer"
        await self._flush()
        sending = asyncio.create_task(self._send())
        reading = asyncio.create_task(self._read_answer())
        try:
            await asyncio.wait({sending, reading}, return_when=asyncio.FIRST_COMPLETED)
            if not reading.done() and sending.exception() is None:
                await asyncio.wait({reading})
            if not reading.done():
                sending.result()
            await reading
        except BaseException as error:
            await _stop(sending, reading)
            self._leave("failed")
            if isinstance(error, ForwardError) and error.failure.kind == "cut-off":
                await self._reset()
            raise
        if not sending.done() and not self._goes_on():
            await _stop(sending)
            self._leave("answered")
        if sending.done() and not sending.cancelled():
            sending.exception()  # it broke off behind the answer's end: nobody waits to hear it
        self._so_far.end(self._trailers)
        rest = sending if sending.done() else asyncio.create_task(self._finish(sending))
        return Exchanged(self._so_far.answer, reusable=False, sending=rest)

    async def _reset(self) -> None:
        """Tell the handler that the request ends here, without its end: a connection that closes may seem to be one."""
        with contextlib.suppress(OSError, ProtocolError, TimeoutError):
            async with asyncio.timeout(RESET_S):
                self._http2.reset_stream(self._stream, ErrorCodes.CANCEL)
                await self._flush()

    def _goes_on(self) -> bool:
        """Whether what is answered before its end is still written: only what comes while it is, and is taken."""
        return isinstance(self._request, SourcedRequest) and self._so_far.answer.status < REFUSES

    def _leave(self, reason: str) -> None:
        if isinstance(self._request, SourcedRequest):
            self._request.source.leave(reason)

    async def _read_answer(self) -> None:
        while not self._has_ended:
            await self._read()

    async def _finish(self, sending: asyncio.Task[bool]) -> bool:
        """Read on, for the windows, until all of the request is written or nobody takes it."""

        async def read_on() -> None:
            while True:
                await self._read()

        reading = asyncio.create_task(read_on())
        try:
            await asyncio.wait({sending, reading}, return_when=asyncio.FIRST_COMPLETED)
            return sending.done() and sending.result()
        finally:
            if not sending.done():
                self._leave("closed")
            await _stop(sending, reading)

    async def _send(self) -> bool:
        """Write the body, and what is behind it; whether all of it was taken. What breaks the connection is for the
        reading side to say."""
        request, trailers = self._request, self._request.trailers
        try:
            if isinstance(request, SourcedRequest):
                self._progress.stage = "passing the request on"
                async for part in parts_of(request):
                    await self._write(part)
                trailers = request.last_trailers()
                self._progress.stage = "waiting for the answer"
                request.written()
                if not trailers:
                    self._http2.end_stream(self._stream)
                    await self._flush()
            else:
                await self._write(request.body, ends=not trailers)
            if trailers:
                self._http2.send_headers(self._stream, _lower(trailers), end_stream=True)
                await self._flush()
        except (OSError, ProtocolError):
            self._leave("closed")
            return False
        return True

    async def _write(self, body: bytes, *, ends: bool = False) -> None:
        """Write some of the body, as far as the other end's windows let it."""
        rest = memoryview(body)
        self._progress.total_bytes += len(body)
        while rest:
            self._roomy.clear()
            size = min(self._http2.local_flow_control_window(self._stream), self._http2.max_outbound_frame_size)
            if size <= 0:
                await self._roomy.wait()
                continue
            part, rest = rest[:size], rest[size:]
            self._http2.send_data(self._stream, bytes(part), end_stream=ends and not rest)
            await self._flush()
            self._progress.sent_bytes += len(part)

    async def _flush(self) -> None:
        async with self._writing:
            if data := self._http2.data_to_send():
                await self._connection.send(data)

    async def _read(self) -> None:
        peer = self._connection.peer
        try:
            data = await self._connection.receive()
        except OSError as error:
            raise reading_failed(error, peer, how_far(self._progress)) from None
        if not data:
            raise ForwardError("closed", f"{peer} closed the connection {how_far(self._progress)}")
        for event in self._http2.receive_data(data):
            await self._take(event)
        try:
            await self._flush()
        except OSError:
            if not self._has_ended:
                raise ForwardError("reset", f"{peer} reset the connection {how_far(self._progress)}") from None

    async def _take(self, event: Event) -> None:
        match event:
            case ResponseReceived():
                self._begin(_answer(event.headers))
            case InformationalResponseReceived():
                self._so_far.note_interim(_answer(event.headers))
            case DataReceived():
                self._progress.received_bytes += len(event.data)
                await self._so_far.add(event.data)
                check_size(self._progress.received_bytes, self._max_bytes, self._so_far)
                self._http2.acknowledge_received_data(event.flow_controlled_length, self._stream)
            case TrailersReceived():
                self._trailers = _pairs(event.headers)
            case StreamEnded():
                self._has_ended = True
            case StreamReset() | ConnectionTerminated():
                self._broke(event)
            case WindowUpdated() | RemoteSettingsChanged():
                self._roomy.set()

    def _begin(self, head: Answer) -> None:
        progress, length = self._progress, header(head.headers, "content-length") or ""
        progress.has_head = True
        if length.isascii() and length.isdigit() and self._request.method != "HEAD" and head.status not in (204, 304):
            progress.expected_bytes = int(length)
        self._so_far.begin(head, progress.expected_bytes, self._max_bytes, unframed=True)
        check_size(progress.expected_bytes or 0, self._max_bytes, self._so_far)

    def _broke(self, event: StreamReset | ConnectionTerminated) -> None:
        """An end that is none, unless the answer was there before it: a server may do without the rest of a request."""
        if self._has_ended or (isinstance(event, ConnectionTerminated) and event.error_code == ErrorCodes.NO_ERROR):
            return
        code = event.error_code
        name = code.name if isinstance(code, ErrorCodes) else str(code)
        peer = self._connection.peer
        raise ForwardError("reset", f"{peer} reset the stream {how_far(self._progress)} ({name})")


async def _stop(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


def _head(request: SentRequest, scheme: str) -> list[tuple[bytes, bytes]]:
    """The request's head: what HTTP/1.1 says in its first line, then the headers that are not of one connection."""
    pseudo = (
        (":method", request.method),
        (":scheme", scheme),
        (":authority", header(request.headers, "host") or ""),
        (":path", request.target),
    )
    kept = without(request.headers, HOP_BY_HOP | {"host", "keep-alive", "proxy-connection", "http2-settings"})
    return _lower((*pseudo, *kept))


def _lower(headers: Headers) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def _pairs(headers: list[tuple[bytes, bytes]]) -> Headers:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers if name[:1] != b":")


def _answer(headers: list[tuple[bytes, bytes]]) -> Answer:
    status = next((value for name, value in headers if name == b":status"), b"")
    if not (status.isdigit() and 100 <= int(status) <= 999):
        raise ForwardError("bad-response", "the answer has no status")
    return Answer(status=int(status), headers=_pairs(headers))
