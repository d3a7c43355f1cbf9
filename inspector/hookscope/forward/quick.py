"""A request and its plain answer over a warm connection, without a task: the way that nearly every delivery takes.

The request leaves in one write, the answer comes in one read or a few. Whatever is not plain (`plain`) is handed back
with all that was sent and received so far, for `exchange` to do over with all its care.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from hookscope.forward.connection import READ_BYTES, Connection, TlsConnection
from hookscope.forward.exchange import ForwardProgress, no_answer_within
from hookscope.forward.plain import PlainAnswer, PlainHead, read_head
from hookscope.forward.request import render_head
from hookscope.forward.sink import Sink
from hookscope.model.capture import STOPPED, Failure, SentRequest

MAX_REQUEST = 64 * 1024
# An ordinary answer; what is longer comes in larger reads.
FIRST_BYTES = 8 * 1024


def fits(connection: Connection, request: SentRequest) -> bool:
    """Whether a request may go this way: small, all there and without trailers, over plain TCP, and with an answer that
    has a body."""
    return (
        len(request.body) <= MAX_REQUEST
        and not isinstance(connection, TlsConnection)
        and request.method not in ("HEAD", "CONNECT")
        and type(request) is SentRequest
        and not request.trailers
    )


class QuickExchange:
    """One exchange; `done` is called once, with the answer or with None where it has to be done over.

    `stop` breaks it off in silence.
    """

    __slots__ = ("_connection", "_data", "_done", "_head", "_max_bytes", "_wanted")

    def __init__(
        self,
        connection: Connection,
        request: SentRequest,
        max_bytes: int,
        done: Callable[[PlainAnswer | None], None],
        head: bytes = b"",
    ) -> None:
        self._connection = connection
        self._max_bytes = max_bytes
        self._done = done
        self._data = b""
        self._head: PlainHead | None = None
        self._wanted = (head or render_head(request)) + request.body

    def start(self) -> bool:
        """Send the request; False where the system did not take it whole,
        and it has to be done over (`done` is not called then)."""
        try:
            sent = self._connection.sock.send(self._wanted)
        except OSError:  # would block, or broke: which of both the other way finds out
            sent = 0
        if sent < len(self._wanted):
            self._connection.go_back(sent, b"")
            return False
        self._connection.watch(self._look)
        return True

    def stop(self) -> None:
        """Listen no more."""
        self._connection.unwatch()

    def note(self, progress: ForwardProgress) -> None:
        """Say how far it has come."""
        progress.stage = "waiting for the answer"
        progress.peer = self._connection.peer
        progress.sent_bytes = progress.total_bytes = len(self._wanted)
        if self._head is not None:
            progress.has_head = True
            progress.expected_bytes = self._head.end - self._head.body_at
            progress.received_bytes = max(0, len(self._data) - self._head.body_at)

    def _look(self) -> None:
        try:
            data = self._connection.sock.recv(FIRST_BYTES if not self._data else READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._hand_back(error)
            return
        self._data = self._data + data if self._data else data
        answer = self._read() if data else None
        if isinstance(answer, PlainAnswer):
            self._end(answer)
        elif answer is None:
            self._hand_back(None)
        else:
            self._connection.acknowledge_at_once()

    def _read(self) -> PlainAnswer | str | None:
        """The answer; `more` while it is not whole, None where it is not plain."""
        if self._head is None:
            head = read_head(self._data)
            if not isinstance(head, PlainHead):
                return head if head == "more" else None
            if head.end - head.body_at > self._max_bytes:
                return None
            self._head = head
        found = self._head.complete(self._data)
        return None if found == "unusual" else found

    def _hand_back(self, broke: OSError | None) -> None:
        self.stop()
        self._connection.go_back(len(self._wanted), self._data, broke)
        self._end(None)

    def _end(self, answer: PlainAnswer | None) -> None:
        self._done(answer)


async def exchange_quickly(
    connection: Connection, request: SentRequest, max_bytes: int, progress: ForwardProgress
) -> PlainAnswer | None:
    """The plain answer; None where the exchange has to be done over.

    Cancelled, it leaves in `progress` how far it had come.
    """
    answered: asyncio.Future[PlainAnswer | None] = asyncio.get_running_loop().create_future()

    def done(answer: PlainAnswer | None) -> None:
        if not answered.done():
            answered.set_result(answer)

    quick = QuickExchange(connection, request, max_bytes, done)
    if not quick.start():
        return None
    try:
        return await answered
    except asyncio.CancelledError:
        quick.stop()
        quick.note(progress)
        raise


class WarmForward(QuickExchange):
    """A forward over a connection that is open already.

    `ended` is called once with it: with the answer, with a failure, or with neither where it has to be done over; and
    with the seconds that it took. `expire` is to be called at `until`, a time of the loop. `told` is for who `ended`
    tells in turn, `open_sink` for whoever does it over. (No closure knows a forward and is known by it: such a circle
    would be left to the garbage collector, every time.)
    """

    __slots__ = ("_ended", "_loop", "_started", "connection", "open_sink", "request", "timeout", "told", "until")

    def __init__(
        self,
        connection: Connection,
        request: SentRequest,
        max_bytes: int,
        timeout: float,
        ended: Callable[[WarmForward, PlainAnswer | None, Failure | None, float], None],
        told: Callable[[Any], None],  # Any: what the forwarder makes of it
        head: bytes = b"",
    ) -> None:
        super().__init__(connection, request, max_bytes, _nobody, head)
        self.connection = connection
        self.request = request
        self.timeout = timeout
        self.told = told
        self.open_sink: Callable[[], Sink | None] | None = None
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        self._started = self._loop.time()
        self.until = self._started + timeout

    def begin(self) -> None:
        """Send the request."""
        if not self.start():
            self._end(None)

    def break_off(self) -> None:
        """End it: `ended` hears of the failure that we were stopped."""
        self._fail(STOPPED)

    def expire(self) -> None:
        """Its time is up: `ended` hears how far it had come."""
        progress = ForwardProgress()
        self.note(progress)
        self._fail(Failure(kind="timeout", detail=no_answer_within(self.timeout, progress)))

    def _end(self, answer: PlainAnswer | None) -> None:
        self._ended(self, answer, None, self._loop.time() - self._started)

    def _fail(self, failure: Failure) -> None:
        self.stop()
        self._ended(self, None, failure, self._loop.time() - self._started)


def _nobody(_: PlainAnswer | None) -> None:
    """Who waits is told by `ended`."""


class WarmForwards:
    """The warm forwards under way, and one timer for the times of all: most end long before theirs,
    and a timer each would cost more than it says."""

    def __init__(self) -> None:
        self._under_way: set[WarmForward] = set()
        self._alarm: asyncio.TimerHandle | None = None

    def add(self, warm: WarmForward) -> None:
        """One that is about to start."""
        self._under_way.add(warm)
        if self._alarm is None or warm.until < self._alarm.when():
            self._set_alarm(warm.until)

    def discard(self, warm: WarmForward) -> None:
        """One that has ended."""
        self._under_way.discard(warm)

    def stop(self) -> None:
        """Break all of them off."""
        for warm in tuple(self._under_way):
            warm.break_off()

    def close(self) -> None:
        """Nothing is to be called any more."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _set_alarm(self, when: float) -> None:
        self.close()
        self._alarm = asyncio.get_running_loop().call_at(when, self._expire)

    def _expire(self) -> None:
        self._alarm = None
        now = asyncio.get_running_loop().time()
        for warm in [warm for warm in self._under_way if warm.until <= now]:
            warm.expire()
        if self._under_way:
            self._set_alarm(min(warm.until for warm in self._under_way))
