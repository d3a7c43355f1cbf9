"""aiohttp's server, with our answers to what it cannot parse: short, of a problem type, quoting nothing, logging no traceback.

It also bounds what a head may take: in bytes, whatever the parser would still read, and in time. All state is the connection's own.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import Any

from aiohttp import StreamReader, web
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import EMPTY_PAYLOAD
from aiohttp.web_protocol import RequestHandler, _ErrInfo

from hookscope_relay.exact_response import respond_problem
from hookscope_relay.limits import Refusal
from hookscope_relay.metrics import Metrics
from hookscope_relay.settings import Limits

# Beyond our own limits the parser reads on a little: so that a refusal can be told to the endpoint that it concerns.
SLACK_BYTES = 64 * 1024
SLACK_HEADERS = 200

# How llhttp and aiohttp's binding begin what they say; what follows may quote the sender.
PARSER_SAYS = {
    "Too many headers": "headers-too-large",
    "Request has invalid `Transfer-Encoding`": "not-implemented",
    "Invalid `Transfer-Encoding` header value": "not-implemented",
}
LIMIT_OF = {"target-too-long": "max-target", "headers-too-large": "max-header-bytes", "too-slow": "header-time"}

logger = logging.getLogger("hookscope.relay")


class GaveUp(HttpProcessingError):
    """A head that took too much or too long."""

    def __init__(self, problem: str) -> None:
        super().__init__(code=400, message=problem)
        self.problem = problem


class Server(web.Server):
    """Makes connections that answer for themselves. `handler` is asked for what could be parsed."""

    def __init__(self, handler: Any, limits: Limits, metrics: Metrics) -> None:  # Any: aiohttp's own handler type
        whole = head_bytes(limits)
        super().__init__(
            handler,
            handler_cancellation=True,
            auto_decompress=False,
            access_log=None,
            keepalive_timeout=limits.idle_s,
            lingering_time=limits.linger_s,
            max_line_size=whole,
            # Another number, since the parser names nothing else of what was too long.
            max_field_size=whole + 1,
            max_headers=limits.header_count + SLACK_HEADERS,
        )
        self.connection = partial(_Connection, self, limits, metrics, loop=self._loop, **self._kwargs)

    def __call__(self) -> RequestHandler:
        return self.connection()


class _Connection(RequestHandler):
    __slots__ = ("_body", "_gave_up", "_head", "_head_bytes", "_head_timer", "_limits", "_metrics")

    def __init__(
        self, manager: web.Server, limits: Limits, metrics: Metrics, **keywords: Any
    ) -> None:  # Any: aiohttp's own keywords
        super().__init__(manager, **keywords)
        self._limits = limits
        self._metrics = metrics
        self._body: StreamReader = EMPTY_PAYLOAD
        self._head: list[bytes] = []
        self._head_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._gave_up = False

    def data_received(self, data: bytes) -> None:
        if self._gave_up:
            return
        in_body = not self._body.is_eof()
        before = self._request_count
        super().data_received(data)
        if self._request_count != before:
            self._end_head(data, self._request_count - before)
        elif not in_body and data and not self._upgraded:
            self._watch_head(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

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
        # What a sender wrote must not reach a log.
        logger.debug("a request could not be parsed")

    def _end_head(self, data: bytes, count: int) -> None:
        """So many messages began, or an error was found, which ends the connection."""
        head = b"".join((*self._head, data)) if self._head else data
        self._head.clear()
        self._head_bytes = 0
        self._stop_timer()
        for number in range(len(self._messages) - count, len(self._messages)):
            self._check_message(number, head)
        message, body = self._messages[-1]
        if isinstance(message, _ErrInfo):
            self._gave_up = True
            if not self._body.is_eof():
                self._body.set_exception(web.RequestPayloadError("the body is not valid"))
        else:
            self._body = body

    def _check_message(self, number: int, head: bytes) -> None:
        """Two things that the parser gets wrong (aiohttp 3.14).

        It takes RTSP and ICE for HTTP. And the last trailer of a chunked body becomes the first header of the next request, which may be
        another sender's where a proxy shares connections: so a chunked request is the last one of its connection.
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
        if self._head_bytes > head_bytes(self._limits):
            self._give_up("headers-too-large")
        elif self._head_timer is None:
            self._head_timer = self._loop.call_later(self._limits.head_s, self._give_up, "too-slow")

    def _give_up(self, problem: str) -> None:
        """Answer in the place of the head that will not come to its end."""
        self._stop_timer()
        self._gave_up = True
        self._messages.append((_ErrInfo(status=400, exc=GaveUp(problem), message=""), EMPTY_PAYLOAD))
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


def other_protocols(message: RawRequestMessage) -> tuple[bytes, bytes]:
    """How the request line began if it was not HTTP's."""
    start = b"%b %b " % (message.method.encode(), message.path.encode("utf-8", "surrogateescape"))
    return start + b"RTSP/", start + b"ICE/"


def head_bytes(limits: Limits) -> int:
    """What the request line and headers may take together before the connection is given up."""
    return limits.target_bytes + limits.header_bytes + SLACK_BYTES


def problem_of(error: HttpProcessingError, max_line: int) -> str:
    """The problem that an error of the parser amounts to."""
    if isinstance(error, GaveUp):
        return error.problem
    if isinstance(error, LineTooLong):
        return "target-too-long" if error.args[1] == max_line else "headers-too-large"
    said = str(error.args[0]) if error.args else error.message
    return next((problem for start, problem in PARSER_SAYS.items() if said.startswith(start)), "malformed")
