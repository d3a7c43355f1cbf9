"""A request whose body comes while it is written to the handler, and its answer, which may come before its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Protocol

from hookscope.forward.connection import Connection
from hookscope.forward.error import ForwardError
from hookscope.forward.exchange import Exchanged, ForwardProgress, read_answer
from hookscope.forward.request import chunk, is_chunked, last_chunk, render_head
from hookscope.forward.sink import AnswerSoFar
from hookscope.model.capture import SentRequest
from hookscope.model.edits import undress
from hookscope.model.stream_note import CUT_WORDS
from hookscope_relay.delivery import Headers, passable_trailers
from hookscope_relay.wire import REFUSES


class BodySource(Protocol):
    """Where the body of a request comes from: `take` gives the next bytes, None at the end, and raises
    ConnectionAbortedError, with why, where the rest will not come. `leave` says that no more is wanted."""

    @property
    def trailers(self) -> Headers: ...

    async def take(self) -> bytes | None: ...

    def leave(self, reason: str) -> None: ...


def _nothing() -> None:
    """For what nobody waits for."""


class SourcedRequest(SentRequest, frozen=True, kw_only=True, gc=True):
    """A request whose body is what `source` gives; `written` is called once all of it was written. Of its headers
    `own` are those that the user sets, which no trailer stands for."""

    source: BodySource
    written: Callable[[], None] = _nothing
    own: Headers = ()

    def last_trailers(self) -> Headers:
        """What goes behind the body, once all of it came."""
        return undress(passable_trailers(self.source.trailers), self.own)


async def exchange_from(
    connection: Connection, request: SentRequest, max_bytes: int, progress: ForwardProgress, so_far: AnswerSoFar
) -> Exchanged:
    """As `exchange`, of a `SourcedRequest`.

    ForwardError of kind `cut-off` where the body broke off: then the handler never sees its end. Where the handler
    takes the request with an answer before its end, the rest of it is still written.
    """
    assert isinstance(request, SourcedRequest)
    source = request.source
    progress.stage = "passing the request on"
    sending = asyncio.create_task(_send(connection, request, progress))
    reading = asyncio.create_task(read_answer(connection, request, max_bytes, progress, so_far))
    try:
        await asyncio.wait({sending, reading}, return_when=asyncio.FIRST_COMPLETED)
        if not reading.done() and sending.exception() is None:
            await asyncio.wait({reading})
        if not reading.done():
            sending.result()
        answer, clean = await reading
    except BaseException:
        for task in (sending, reading):
            task.cancel()
        await asyncio.wait({sending, reading})
        source.leave("failed")
        raise
    if not sending.done() and answer.status >= REFUSES:
        sending.cancel()
        await asyncio.wait({sending})
        source.leave("answered")
    is_sent = sending.done() and not sending.cancelled() and sending.exception() is None and sending.result()
    return Exchanged(answer, clean and is_sent, sending)


async def _send(connection: Connection, request: SourcedRequest, progress: ForwardProgress) -> bool:
    """Write the request as it comes; whether all of it was taken. What broke the connection is for the reading side to
    say."""
    async for piece in _pieces(request):
        progress.total_bytes += len(piece)
        try:
            await connection.send(piece)
        except OSError:
            request.source.leave("closed")
            return False
        progress.sent_bytes += len(piece)
    progress.stage = "waiting for the answer"
    request.written()
    return True


async def _pieces(request: SourcedRequest) -> AsyncIterator[bytes]:
    yield render_head(request)
    in_chunks = is_chunked(request)
    async for part in parts_of(request):
        yield chunk(part) if in_chunks else part
    if in_chunks:
        yield last_chunk(request.last_trailers())


async def parts_of(request: SourcedRequest) -> AsyncIterator[bytes]:
    """The body as it comes; ForwardError of kind `cut-off` where it breaks off."""
    size = 0
    try:
        while (part := await request.source.take()) is not None:
            size += len(part)
            yield part
    except ConnectionAbortedError as error:
        why = CUT_WORDS.get(str(error), str(error))
        raise ForwardError("cut-off", f"{why}, after {size:,} bytes of the request's body") from None
