"""aiohttp's server, with our answers to what it cannot parse: short, of a problem type, quoting nothing,
logging no traceback.

It also bounds what a head may take: in bytes, whatever the parser would still read, and in time. All state is the
connection's own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Protocol, TypeAlias, cast

from aiohttp import StreamReader, web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.streams import EMPTY_PAYLOAD
from aiohttp.web_protocol import RequestHandler, _ErrInfo

from hookscope_relay.connections import Connections
from hookscope_relay.delivery import Answer, Headers
from hookscope_relay.exact_response import AT_ONCE_BYTES, render_head, respond_problem, write_interim
from hookscope_relay.limits import Refusal, head_bytes
from hookscope_relay.metrics import Metrics
from hookscope_relay.parse_errors import LIMIT_OF, GaveUp, busy, other_protocols, problem_of
from hookscope_relay.plain_request import PlainRequest, read_plain
from hookscope_relay.pour import Flowing, pour, pour_whole
from hookscope_relay.read_body import break_off
from hookscope_relay.request_head import address_of
from hookscope_relay.settings import Limits
from hookscope_relay.trailers import TrailerReader
from hookscope_relay.unread import TooMuchUnread, Unread

# A request of no more than this is waited for whole, and no longer.
PART_BYTES = 64 * 1024
PART_WITHIN_S = 0.1

# Of requests that follow one which is not answered yet, so much is read, and so many by aiohttp, which would take 32:
# with heads of 128 KiB a few hundred connections could hold gigabytes.
HELD_BYTES = 64 * 1024
MOST_WAITING = 2

logger = logging.getLogger("hookscope.relay")


class Errand(Protocol):
    """What was taken of a connection and is not answered yet."""

    def leave(self) -> None:
        """The sender hung up."""


class Manager(Protocol):
    """What makes connections, as far as one knows it, with what all of them hold."""

    held: Connections
    unread: Unread


Take: TypeAlias = "Callable[[Connection, PlainRequest], Errand | None]"


class Connection(RequestHandler):
    """One sender's connection.

    What is plain goes the short way: without aiohttp's parser, request object and task, which see none of it.
    """

    __slots__ = (
        "_body",
        "_came",
        "_errand",
        "_gave_up",
        "_head",
        "_head_bytes",
        "_head_timer",
        "_held",
        "_limits",
        "_metrics",
        "_part",
        "_part_timer",
        "_place",
        "_plain_bytes",
        "_take",
        "_task_writer",
        "_trailers",
        "_unread",
    )

    def __init__(
        self, manager: Manager, limits: Limits, metrics: Metrics, take: Take | None, **keywords: Any
    ) -> None:  # Any: aiohttp's own keywords
        super().__init__(cast(web.Server, manager), **keywords)
        self._max_msg_queue_size = MOST_WAITING
        self._msg_queue_resume_size = MOST_WAITING - 1
        self._take = take
        self._errand: Errand | None = None
        self._held: list[bytes] = []
        self._place = manager.held
        self._unread = manager.unread
        self._limits = limits
        # What is shorter breaks no limit of a head but that of the number of its headers.
        self._plain_bytes = min(limits.target_bytes, limits.field_bytes, limits.header_bytes)
        self._metrics = metrics
        self._body: StreamReader = EMPTY_PAYLOAD
        self._came = 0
        self._head: list[bytes] = []
        self._head_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._part = b""
        self._part_timer: asyncio.TimerHandle | None = None
        self._gave_up = False
        self._trailers: TrailerReader | None = None

    @property
    def trailers(self) -> Headers:
        """What came behind the body of the request in hand; `Refusal` for more than a head may be."""
        return () if self._trailers is None else self._trailers.fields()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if lacking := self._place.enter(self, address_of(transport.get_extra_info("peername"))):
            self._refuse_connection(lacking)

    def _refuse_connection(self, limit: str) -> None:
        """Answer before anything is read: all places are taken by those who have a request in hand."""
        self._metrics.refuse("relay-busy", limit)
        self._gave_up = True
        if self.transport is not None:
            self.transport.write(busy(limit))
        self.force_close()

    def evict(self, problem: str, limit: str) -> None:
        """Give the connection up for others: told why where a request has begun."""
        self._gave_up = True
        self._stop_timer()
        waits = bool(self._messages) and not self._request_in_progress
        if not (self._head or self._part or waits):
            self._metrics.limited[limit] += 1
        elif self.transport is not None:
            self._metrics.refuse(problem, limit)
            self.transport.write(busy(limit))
        self._head.clear()
        self._head_bytes = 0
        self._end_part()
        self.force_close()

    def unread(self) -> int:
        """How many bytes of a body came and are not taken in."""
        # aiohttp names it nowhere else; of what it read last its parser may keep a part, while it is paused.
        return 0 if self._body.at_eof() else max(self._body._size, self._came if self._reading_paused else 0)

    def refuse_body(self) -> None:
        """Drop what came of the body, and what will; its reader hears of it."""
        self._gave_up = True
        self._body.read_nowait()
        break_off(self._body, TooMuchUnread)

    def data_received(self, data: bytes) -> None:
        if self._gave_up:
            return
        if self._errand is not None:
            self._hold_back(data)
            return
        if self._part:
            data = self._part + data
        if not (self._is_between_requests() and self._go_short(data)):
            self._end_part()
            self._go_whole_way(data)

    def _go_whole_way(self, data: bytes) -> None:
        in_body = not self._body.is_eof()
        before = self._request_count
        super().data_received(data)
        self._came = len(data) or self._came
        count = self._request_count - before
        if self._trailers is not None:
            self._trailers.feed(data)
        if count:
            self._end_head(data, count, follows=in_body)
        elif not in_body and data and not self._upgraded:
            self._watch_head(data)
        if not self._body.at_eof():
            self._unread.grow(self)

    async def _handle_request(self, *args: Any) -> Any:  # Any: aiohttp's own types
        if not self._messages:
            self._place.end_head(self)
        try:
            return await super()._handle_request(*args)
        finally:
            if not self._messages:
                self._place.note_idle(self)

    def _is_between_requests(self) -> bool:
        """Whether aiohttp has nothing in hand of this connection: it never had,
        or its task waits for the next request, of which no byte came."""
        if self._upgraded or self._messages or self._head or self._close or not self._body.is_eof():
            return False
        return not self._request_count if self._waiter is None else not self._waiter.done()

    def _go_short(self, data: bytes) -> bool:
        """Whether the bytes were one plain request, which was taken without aiohttp;
        or all of it but the end of a small body, for which it waits a moment."""
        if self._take is None or self._force_close or (request := read_plain(data, self._plain_bytes)) is None:
            return False
        if request.missing:
            return len(data) + request.missing <= PART_BYTES and self._keep_part(data)
        self._end_part()
        self._errand = self._take(self, request)
        if self._errand is None:
            return False
        self._place.note_busy(self)
        assert self._manager is not None
        self._manager.requests_count += 1
        self._request_in_progress = True
        return True

    def _keep_part(self, data: bytes) -> bool:
        """Many senders write head and body apart: what is there is held, as a head that has not ended,
        until the rest comes or does not come soon."""
        added, self._part = len(data) - len(self._part), data
        self._place.grow_head(self, added)
        if not self._gave_up and self._part_timer is None:
            self._part_timer = self._loop.call_later(PART_WITHIN_S, self._read_part)
        return True

    def _read_part(self) -> None:
        data = self._part
        self._end_part()
        self._go_whole_way(data)

    def _end_part(self) -> None:
        if self._part:
            self._part = b""
            self._place.end_head(self)
        if self._part_timer is not None:
            self._part_timer.cancel()
            self._part_timer = None

    def answer(self, answer: Answer, keep_alive: bool, flowing: Flowing | None = None) -> None:
        """Answer what was taken; `answer` is complete, or a head that more follows."""
        transport = self.transport
        if flowing is not None:
            keep_alive = keep_alive and flowing.framing.keeps_connection
        head = render_head(answer, keep_alive=keep_alive)
        if flowing is not None:
            self._task_writer = self._loop.create_task(self._pour(head, flowing, keep_alive))
            return
        if transport is None:
            return
        if len(answer.body) <= AT_ONCE_BYTES and not transport.get_write_buffer_size():
            transport.write(head + answer.body)
            self._end_errand(keep_alive)
        else:
            self._task_writer = self._loop.create_task(self._write_in_parts(head, answer.body, keep_alive))

    def interim(self, answer: Answer) -> None:
        """Pass an interim answer on, before the one to what was taken."""
        write_interim(self, answer)

    async def _pour(self, head: bytes, flowing: Flowing, keep_alive: bool) -> None:
        if await pour(self, head, flowing):
            self._end_errand(keep_alive)

    async def _write_in_parts(self, head: bytes, body: bytes, keep_alive: bool) -> None:
        if await pour_whole(self, head, body):
            self._end_errand(keep_alive)

    def _end_errand(self, keep_alive: bool) -> None:
        self._errand = None
        self._request_in_progress = False
        if self._handler_waiter is not None and not self._handler_waiter.done():
            self._handler_waiter.set_result(None)
        if not keep_alive:
            self.force_close()
            return
        self._place.note_idle(self)
        self._next_keepalive_close_time = self._loop.time() + self._keepalive_timeout
        if self._keepalive_handle is None:
            self._keepalive_handle = self._loop.call_at(self._next_keepalive_close_time, self._process_keepalive)
        if self._held:
            data = b"".join(self._held)
            self._held.clear()
            self._place.end_head(self)
            if not self._reading_paused and not self._buffer_paused:
                self._resume_transport_reading()
            self.data_received(data)

    def _hold_back(self, data: bytes) -> None:
        """What follows a request that is not answered yet waits, and its sender soon too."""
        self._held.append(data)
        self._place.grow_head(self, len(data))
        if sum(map(len, self._held)) > HELD_BYTES:
            self._pause_transport_reading()

    def _process_keepalive(self) -> None:
        if self._errand is not None or self._part:
            self._next_keepalive_close_time = self._loop.time() + self._keepalive_timeout
        super()._process_keepalive()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._stop_timer()
        self._end_part()
        self._place.leave(self)
        self._unread.end(self)
        if self._errand is not None:
            self._errand.leave()
            self._errand = None
            self._request_in_progress = False
        super().connection_lost(exc)
        # Bodies know their connection, and an idle relay does not call the garbage collector.
        self._messages.clear()
        self._body = EMPTY_PAYLOAD

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        if isinstance(exc, HttpProcessingError):
            problem = problem_of(exc, self.max_line_size)
        else:
            problem = "relay-busy"
            logger.error("a bug of ours: %s", type(exc).__name__, exc_info=exc)
        refusal = Refusal(problem, limit=LIMIT_OF.get(problem, ""))
        self._metrics.refuse(problem, refusal.limit)
        response = respond_problem(problem, request, keep_alive=False, members=refusal.members)
        response.force_close()
        return response

    def log_exception(self, *args: Any, **keywords: Any) -> None:
        logger.debug("a request could not be parsed")  # what a sender wrote must not reach a log

    def _end_head(self, data: bytes, count: int, *, follows: bool) -> None:
        """So many messages began, or an error was found, which ends the connection; a body before them may have ended
        in the same bytes."""
        head = b"".join((*self._head, data)) if self._head else data
        self._place.note_busy(self)
        self._head.clear()
        self._head_bytes = 0
        self._stop_timer()
        for number in range(len(self._messages) - count, len(self._messages)):
            self._check_message(number, head)
        message, body = self._messages[-1]
        if isinstance(message, _ErrInfo):
            self._gave_up = True
            if not self._body.is_eof():
                break_off(self._body, web.RequestPayloadError)
        else:
            self._body = body
            if message.chunked and count == 1 and not follows and self._trailers is None:
                self._trailers = TrailerReader(self._limits)
                self._trailers.feed(head.lstrip(b"\r\n").partition(b"\r\n\r\n")[2])
        # They wait for the one before them, or for their turn, and hold what they hold until then.
        self._place.grow_head(self, max(0, len(data) - self.unread()))

    def _check_message(self, number: int, head: bytes) -> None:
        """Two things that the parser gets wrong (aiohttp 3.14), beside the trailers that it leaves out.

        It takes RTSP and ICE for HTTP. And the last trailer of a chunked body becomes the first header of the next
        request, which may be another sender's where a proxy shares connections: so a chunked request is the last one of
        its connection.
        """
        message, body = self._messages[number]
        if isinstance(message, _ErrInfo):
            return
        if any(start in head for start in other_protocols(message)):
            self._messages[number] = _ErrInfo(status=400, exc=GaveUp("malformed"), message=""), EMPTY_PAYLOAD
        elif message.chunked:
            self._messages[number] = message._replace(should_close=True), body

    def _watch_head(self, data: bytes) -> None:
        self._head.append(data)
        self._head_bytes += len(data)
        self._place.grow_head(self, len(data))
        if self._gave_up:
            return
        if self._head_bytes > head_bytes(self._limits):
            self._give_up("headers-too-large")
        elif self._head_timer is None:
            self._head_timer = self._loop.call_later(self._limits.head_s, self._give_up, "too-slow")

    def _give_up(self, problem: str) -> None:
        """Answer in the place of the head that will not come to its end."""
        self._stop_timer()
        self._place.end_head(self)
        self._gave_up = True
        self._messages.append((_ErrInfo(status=400, exc=GaveUp(problem), message=""), EMPTY_PAYLOAD))
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
