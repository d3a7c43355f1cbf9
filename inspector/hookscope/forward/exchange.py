"""One request and its answer over one connection.

The request is written while the answer is read: a handler may answer before it has read everything. The answer is
parsed by h11; status, reason, headers and body are what the handler sent, without chunk framing, trailers and interim
(1xx) answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import h11

from hookscope.forward.connection import Connection
from hookscope.forward.error import ForwardError, reading_failed
from hookscope.forward.request import framed_body, render_head
from hookscope.forward.sink import AnswerSoFar, Sink, head_of, pairs_of
from hookscope.forward.upgrade import Heard, converse
from hookscope.model.capture import SentRequest
from hookscope_relay.delivery import Answer, asks_for_upgrade, names_websocket

WRITE_BYTES = 256 * 1024
HEAD_BYTES = 256 * 1024
SHOWN_BYTES = 40
SWITCHING = 101


@dataclass(slots=True)
class ForwardProgress:
    """How far a forward has come; `stage` completes the sentence "no answer within …: still …"."""

    stage: str = "waiting for its turn"
    peer: str = ""
    sent_bytes: int = 0
    total_bytes: int = 0
    received_bytes: int = 0
    expected_bytes: int | None = None
    has_head: bool = False

    def describe(self) -> str:
        """What is going on at this moment."""
        if self.has_head:
            of = "" if self.expected_bytes is None else f" of {self.expected_bytes}"
            return f"reading the body of the answer, {self.received_bytes}{of} bytes so far"
        if self.sent_bytes < self.total_bytes:
            return f"sending the request, {self.sent_bytes} of {self.total_bytes} bytes so far"
        return self.stage


@dataclass(frozen=True, slots=True)
class Exchanged:
    """An answer; `reusable` says that its connection may carry another request,
    `sending` is what still writes this one."""

    answer: Answer
    reusable: bool
    sending: asyncio.Task[bool]


def no_answer_within(limit_s: float, progress: ForwardProgress) -> str:
    """That the time ran out, and with what."""
    return f"no answer within {max(limit_s, 0):.3g} s: still {progress.describe()}"


async def exchange(
    connection: Connection,
    request: SentRequest,
    max_bytes: int,
    progress: ForwardProgress,
    so_far: AnswerSoFar | None = None,
) -> Exchanged:
    """Send a request and read its answer, of a body of at most `max_bytes` where it is not passed on as it comes.

    ForwardError where there is none, `SinkClosed` where nobody takes it. The caller closes the connection, also when it
    is cancelled, and `so_far`.
    """
    head = render_head(request)
    body = framed_body(request)
    progress.total_bytes = len(head) + len(body)
    progress.stage = "waiting for the answer"
    sending = asyncio.create_task(_send(connection, head, body, progress))
    try:
        answer, clean = await read_answer(connection, request, max_bytes, progress, so_far or AnswerSoFar())
    except BaseException:
        sending.cancel()
        await asyncio.wait({sending})
        raise
    # The last bytes may have left in this very turn of the loop.
    if clean and not sending.done() and progress.sent_bytes == progress.total_bytes:
        await asyncio.wait({sending})
    return Exchanged(answer, clean and sending.done() and sending.result(), sending)


async def _send(connection: Connection, head: bytes, body: bytes, progress: ForwardProgress) -> bool:
    """Write the request; whether all of it was taken. What broke the connection is for the reading side to say."""
    try:
        for piece in _pieces(head, body):
            await connection.send(piece)
            progress.sent_bytes += len(piece)
            # Sending does not wait where the system takes everything at once; others shall have their turn.
            await asyncio.sleep(0)
    except OSError:
        return False
    return True


def _pieces(head: bytes, body: bytes) -> Iterator[bytes | memoryview]:
    """Head and body in writes of a bounded size; a small request is one write."""
    if len(body) <= WRITE_BYTES:
        yield head + body
        return
    yield head
    view = memoryview(body)
    for start in range(0, len(body), WRITE_BYTES):
        yield view[start : start + WRITE_BYTES]


async def read_answer(
    connection: Connection, request: SentRequest, max_bytes: int, progress: ForwardProgress, so_far: AnswerSoFar
) -> tuple[Answer, bool]:
    """The answer, and whether the connection is in order after it."""
    parser = _parser(request)
    opening = b""
    head: h11.Response | None = None
    while True:
        try:
            event = parser.next_event()
        except h11.RemoteProtocolError as error:
            raise _misread(error, opening, head, connection.peer, progress) from None
        if event is h11.NEED_DATA:
            data = await _receive(connection, progress)
            opening = _checked_opening(opening, data, connection.peer, progress)
            parser.receive_data(data)
        elif isinstance(event, h11.Response):
            head = event
            _note_head(event, request.method, progress)
            so_far.begin(head_of(event), progress.expected_bytes, max_bytes)
            check_size(progress.expected_bytes or 0, max_bytes, so_far)
        elif isinstance(event, h11.InformationalResponse) and event.status_code == SWITCHING:
            if not so_far.can_switch:
                raise ForwardError("bad-response", "the answer switches protocols (101), and no sender waits for that")
            head_101 = head_of(event)
            # Behind another protocol, such as h2c, come requests whose paths nobody would look at.
            if not names_websocket(head_101.headers):
                raise ForwardError("bad-response", "the answer switches to another protocol (101) than a WebSocket")
            await so_far.switch(head_101, partial(_converse, connection, parser.trailing_data[0]))
            return so_far.answer, False
        elif isinstance(event, h11.InformationalResponse):
            so_far.note_interim(head_of(event))
        elif isinstance(event, h11.Data):
            progress.received_bytes += len(event.data)
            await so_far.add(bytes(event.data))
            check_size(progress.received_bytes, max_bytes, so_far)
        elif isinstance(event, h11.EndOfMessage):
            so_far.end(pairs_of(event.headers))
            in_order = parser.their_state is h11.DONE and parser.trailing_data == (b"", False)
            return so_far.answer, in_order


async def _converse(connection: Connection, first: bytes, sink: Sink, heard: Heard) -> str:
    return await converse(connection, sink, first, heard)


def _parser(request: SentRequest) -> h11.Connection:
    """A parser that expects an answer to such a request; HEAD is the one method that changes how answers are read,
    and Upgrade the one header."""
    parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_BYTES)
    known = "HEAD" if request.method == "HEAD" else "GET"
    upgrade = [("Connection", "Upgrade"), ("Upgrade", "websocket")] if asks_for_upgrade(request.headers) else []
    parser.send(h11.Request(method=known, target="/", headers=[("Host", "handler"), *upgrade]))
    parser.send(h11.EndOfMessage())
    return parser


async def _receive(connection: Connection, progress: ForwardProgress) -> bytes:
    try:
        data = await connection.receive()
    except OSError as error:
        raise reading_failed(error, connection.peer, how_far(progress)) from None
    await asyncio.sleep(0)
    return data


def _checked_opening(opening: bytes, data: bytes, peer: str, progress: ForwardProgress) -> bytes:
    """The answer's first bytes with those that came now;
    ForwardError as soon as they cannot begin an HTTP/1.x answer."""
    if progress.has_head or len(opening) >= SHOWN_BYTES:
        return opening
    if not data:
        raise ForwardError("closed", f"{peer} closed the connection {how_far(progress, bool(opening))}")
    grown = (opening + data)[:SHOWN_BYTES]
    if grown[:2] in (b"\x15\x03", b"\x16\x03"):
        raise ForwardError("bad-response", "the port speaks TLS: use https://")
    if not grown.startswith(b"HTTP/"[: len(grown)]):
        raise ForwardError("bad-response", f"the answer is not HTTP/1.1: it begins with {_shown(grown)}")
    return grown


def _note_head(head: h11.Response, method: str, progress: ForwardProgress) -> None:
    progress.has_head = True
    length = next((value for name, value in head.headers if name == b"content-length"), None)
    chunked = any(name == b"transfer-encoding" for name, _ in head.headers)
    if length is None or chunked or method == "HEAD" or head.status_code in (204, 304):
        return
    progress.expected_bytes = int(length)


def check_size(size: int, max_bytes: int, so_far: AnswerSoFar) -> None:
    """ForwardError for an answer that is too large to be kept whole, and has to be."""
    if size <= max_bytes or so_far.is_streamed:
        return
    if so_far.size:
        raise ForwardError("too-large", f"the body of the answer is larger than {max_bytes} bytes")
    raise ForwardError("too-large", f"the answer has a body of {size} bytes; the limit is {max_bytes}")


def _misread(
    error: h11.RemoteProtocolError, opening: bytes, head: h11.Response | None, peer: str, progress: ForwardProgress
) -> ForwardError:
    """What the parser's complaint means; its texts are matched loosely and only to choose among ours."""
    said = str(error)
    if "closed connection" in said or "ConnectionClosed" in said:
        return ForwardError("closed", f"{peer} closed the connection {how_far(progress, bool(opening))}")
    if head is None and "buffer too long" in said:
        return ForwardError("too-large", f"the head of the answer is larger than {HEAD_BYTES} bytes")
    if "SWITCH" in said:
        return ForwardError("bad-response", "the answer switches protocols (101), which nobody asked for")
    where = "the answer" if head is None else "the body of the answer"
    return ForwardError(
        "bad-response", f"{where} is not valid HTTP/1.1: {said[:200]}; it begins with {_shown(opening)}"
    )


def how_far(progress: ForwardProgress, began: bool = False) -> str:
    """Where in an exchange it ended."""
    if progress.has_head:
        of = "" if progress.expected_bytes is None else f" of {progress.expected_bytes}"
        return f"after {progress.received_bytes}{of} bytes of the answer's body"
    if began:
        return "in the middle of the answer's head"
    if progress.sent_bytes < progress.total_bytes:
        return f"without an answer, after taking {progress.sent_bytes} of {progress.total_bytes} bytes of the request"
    return "without an answer"


def _shown(data: bytes) -> str:
    return ascii(data[:SHOWN_BYTES].decode("latin-1"))
