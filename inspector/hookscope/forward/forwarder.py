"""The forwarder: hands a request to the developer's handler byte for byte,
and brings back its answer or why there is none.

What it does not do: follow redirects, keep cookies, look at proxy settings, add or join headers, decompress, or send
anything a second time.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any, Protocol, TypeAlias

import msgspec

from hookscope.forward.addresses import Lookup, system_lookup
from hookscope.forward.connection import Connection
from hookscope.forward.dial import Dialler
from hookscope.forward.error import NOTHING_LISTENS_NOW, ForwardError
from hookscope.forward.exchange import ForwardProgress, exchange, no_answer_within
from hookscope.forward.plain import PlainAnswer
from hookscope.forward.pool import HeldTurn, Pool, Turns
from hookscope.forward.quick import WarmForward, WarmForwards, exchange_quickly, fits
from hookscope.forward.sink import AnswerSoFar, Sink, SinkClosed
from hookscope.forward.source import SourcedRequest, exchange_from
from hookscope.model.capture import STOPPED, Failure, SentRequest
from hookscope.model.handler import Handler
from hookscope.model.stream_note import StreamNote
from hookscope_relay.delivery import Answer

MAX_ANSWER_BYTES = 25 * 1024 * 1024
IDLE_S = 1.0
PARALLEL = 64
PROBE_S = 2.0
# After a connection that broke: whether anything listens there still.
BROKEN = frozenset({"closed", "reset"})
LOOK_S = 0.5
# A process that dies closes one socket after the other.
DYING_S = 0.05


class Forwarded(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What came of a forward: an answer as the handler sent it, or a failure; one of them.

    The answer's headers are the handler's own, hop-by-hop ones included (the relay's `framed` makes what is passed on);
    its body is without chunks. `connected_to` is `address:port`, empty where no connection was made; `reused` says that
    it was an idle one; `stream` what else there was to it, and how it went where it was passed on while it arrived.
    """

    answer: Answer | None = None
    failure: Failure | None = None
    elapsed_ms: float = 0.0
    connected_to: str = ""
    reused: bool = False
    stream: StreamNote | None = None


Done: TypeAlias = Callable[[Forwarded], None]
# Asked where an answer is none of the ordinary ones.
OpenSink: TypeAlias = Callable[[], Sink | None]


class Witness(Protocol):
    """Is told when a handler is given a request, and when that has ended."""

    def begin(self, request: SentRequest) -> None: ...

    def end(self, request: SentRequest) -> None: ...


class Forwarder:
    """Forwards to one handler, any number at a time;
    those beyond `parallel` wait for their turn within their own time limit.

    `lookup` gives the addresses of a host name. Used from one event loop; `close` when done.
    """

    def __init__(
        self,
        handler: Handler,
        *,
        insecure: bool = False,
        allow_remote: bool = False,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
        idle_s: float = IDLE_S,
        parallel: int = PARALLEL,
        lookup: Lookup = system_lookup,
    ) -> None:
        self.handler = handler
        self.witness: Witness | None = None
        self._dialler = Dialler(handler, insecure=insecure, allow_remote=allow_remote, lookup=lookup)
        self._max_answer_bytes = max_answer_bytes
        self._pool = Pool(idle_s)
        self._turns = Turns(parallel)
        self._finishing: set[asyncio.Task[bool]] = set()
        self._warm = WarmForwards()
        self._tasks: set[asyncio.Task[Forwarded]] = set()

    def begin(
        self, request: SentRequest, timeout: float, done: Done, head: bytes = b"", open_sink: OpenSink | None = None
    ) -> None:
        """As `forward`, whose outcome `done` is told; over a warm connection it costs no task.

        A cancelled one ends as `STOPPED`. `head` is the request's head where it is at hand as bytes.
        """
        if not self._dialler.is_tls and self._turns.try_take():
            connection = self._pool.take()
            if connection is not None and fits(connection, request):
                self._begin_warm(connection, request, timeout, self._watched(request, done), head, open_sink)
                return
            if connection is not None:
                self._pool.put(connection)
            self._turns.give_back()
        self._finish_as_task(self.forward(request, timeout, open_sink), done)

    def stop(self) -> None:
        """End every forward that `begin` began: each is told to be `STOPPED`."""
        self._warm.stop()
        for task in tuple(self._tasks):
            task.cancel()

    async def forward(self, request: SentRequest, timeout: float, open_sink: OpenSink | None = None) -> Forwarded:
        """Send a request once and wait for its answer for at most `timeout` seconds in all.

        Network trouble is an outcome. What begins to be passed on while it arrives, to what `open_sink` gives,
        may take longer, as long as somebody takes it. For a `SourcedRequest` the time counts from its end, and before
        it for the connection alone.
        """
        started = asyncio.get_running_loop().time()
        if self.witness is None:
            return await self._forward(request, timeout, started, open_sink=open_sink)
        self.witness.begin(request)
        try:
            return await self._forward(request, timeout, started, open_sink=open_sink)
        finally:
            self.witness.end(request)

    def _watched(self, request: SentRequest, done: Done) -> Done:
        witness = self.witness
        if witness is None:
            return done
        witness.begin(request)

        def seen(outcome: Forwarded) -> None:
            witness.end(request)
            done(outcome)

        return seen

    async def _forward(
        self,
        request: SentRequest,
        timeout: float,
        started: float,
        begun_on: Connection | None = None,
        open_sink: OpenSink | None = None,
    ) -> Forwarded:
        progress = ForwardProgress()
        answer: Answer | None = None
        failure: Failure | None = None
        idle = begun_on
        limit = asyncio.timeout_at(started + timeout)
        turn = HeldTurn(self._turns)
        sink = open_sink() if open_sink is not None else None
        so_far = AnswerSoFar(sink, partial(_let_go_on, limit, turn, sink))
        try:
            async with limit, turn:
                idle = begun_on or self._pool.take()
                connection = idle or await self._dialler.connect(progress)
                if isinstance(request, SourcedRequest):
                    turn.end()
                    limit.reschedule(None)
                    request = replace(request, written=partial(_let_run_out, limit, so_far, timeout))
                answer = await self._exchange(
                    connection, request, progress, so_far, until=started + timeout, afresh=begun_on is None
                )
        except (TimeoutError, SinkClosed):
            if so_far.gone:
                answer = so_far.answer
            else:
                failure = Failure(kind="timeout", detail=no_answer_within(timeout, progress))
        except ForwardError as error:
            failure = error.failure
        except BaseException:
            so_far.abort("stopped")
            raise
        finally:
            so_far.close()
            if answer is None and isinstance(request, SourcedRequest):
                request.source.leave("failed")
        if failure is not None:
            so_far.abort(failure.kind)
        forwarded = Forwarded(
            answer=answer,
            failure=failure,
            elapsed_ms=(asyncio.get_running_loop().time() - started) * 1000,
            connected_to=progress.peer,
            reused=idle is not None,
            stream=so_far.note(failure.kind if failure is not None else so_far.gone),
        )
        return await self._looked_after(forwarded) if failure is not None and failure.kind in BROKEN else forwarded

    async def _looked_after(self, forwarded: Forwarded) -> Forwarded:
        """What came of a connection that broke, with whether anything listens there now:
        a process that died no longer does."""
        await asyncio.sleep(DYING_S)
        failure = await self.probe(LOOK_S)
        if failure is None or failure.kind != "refused" or forwarded.failure is None:
            return forwarded
        detail = f"{forwarded.failure.detail}, and {NOTHING_LISTENS_NOW}"
        return msgspec.structs.replace(forwarded, failure=replace(forwarded.failure, detail=detail))

    async def probe(self, timeout: float = PROBE_S) -> Failure | None:
        """Whether a connection can be made now, TLS included; None if so. Nothing is sent."""
        progress = ForwardProgress()
        try:
            async with asyncio.timeout(timeout):
                connection = await self._dialler.connect(progress)
        except TimeoutError:
            return Failure(kind="timeout", detail=f"no connection within {timeout:.3g} s: still {progress.describe()}")
        except ForwardError as error:
            return error.failure
        connection.close()
        return None

    async def check_remote(self) -> None:
        """RefusedForSafety where the handler is on another machine and that was not allowed;
        a name unknown by now passes."""
        await self._dialler.check_remote()

    async def close(self) -> None:
        """Hang up on idle connections and stop writing what was answered early;
        forwards under way are the caller's to cancel."""
        self._pool.close()
        self._warm.close()
        finishing = set(self._finishing)
        for task in finishing:
            task.cancel()
        if finishing:
            await asyncio.wait(finishing)

    async def _exchange(
        self,
        connection: Connection,
        request: SentRequest,
        progress: ForwardProgress,
        so_far: AnswerSoFar,
        *,
        until: float,
        afresh: bool,
    ) -> Answer:
        progress.peer = connection.peer
        try:
            if afresh and fits(connection, request):
                plain = await exchange_quickly(connection, request, self._max_answer_bytes, progress)
                if plain is not None:
                    self._keep(connection, plain.reusable)
                    return plain.answer
            if connection.speaks_http2:
                # Here: few handlers insist on it.
                from hookscope.forward.http2 import exchange_over_http2

                done = await exchange_over_http2(
                    connection, request, self.handler.scheme, self._max_answer_bytes, progress, so_far
                )
            else:
                do = exchange_from if isinstance(request, SourcedRequest) else exchange
                done = await do(connection, request, self._max_answer_bytes, progress, so_far)
        except BaseException:
            connection.close()
            raise
        if done.reusable:
            self._pool.put(connection)
        elif done.sending.done():
            connection.close()
        else:
            self._finish_later(connection, done.sending, None if isinstance(request, SourcedRequest) else until)
        return done.answer

    def _begin_warm(
        self,
        connection: Connection,
        request: SentRequest,
        timeout: float,
        done: Done,
        head: bytes,
        open_sink: OpenSink | None,
    ) -> None:
        warm = WarmForward(connection, request, self._max_answer_bytes, timeout, self._warm_ended, done, head)
        warm.open_sink = open_sink
        self._warm.add(warm)
        warm.begin()

    def _warm_ended(
        self, warm: WarmForward, plain: PlainAnswer | None, failure: Failure | None, elapsed_s: float
    ) -> None:
        self._warm.discard(warm)
        self._turns.give_back()
        if plain is None and failure is None:
            again = self._do_over(warm.connection, warm.request, warm.timeout, elapsed_s, warm.open_sink)
            self._finish_as_task(again, warm.told)
            return
        self._keep(warm.connection, plain is not None and plain.reusable)
        forwarded = Forwarded(
            answer=plain.answer if plain is not None else None,
            failure=failure,
            elapsed_ms=elapsed_s * 1000,
            connected_to=warm.connection.peer,
            reused=True,
        )
        if failure is not None and failure.kind in BROKEN:
            self._finish_as_task(self._looked_after(forwarded), warm.told)
        else:
            warm.told(forwarded)

    async def _do_over(
        self, connection: Connection, request: SentRequest, timeout: float, elapsed_s: float, open_sink: OpenSink | None
    ) -> Forwarded:
        """Go on where a warm forward found that the answer is none of the plain ones."""
        return await self._forward(
            request, timeout, asyncio.get_running_loop().time() - elapsed_s, connection, open_sink
        )

    def _finish_as_task(self, forward: Coroutine[Any, Any, Forwarded], done: Done) -> None:
        task = asyncio.get_running_loop().create_task(forward)
        self._tasks.add(task)
        task.add_done_callback(partial(self._task_ended, done, time.monotonic()))

    def _task_ended(self, done: Done, started: float, task: asyncio.Task[Forwarded]) -> None:
        self._tasks.discard(task)
        elapsed_ms = (time.monotonic() - started) * 1000
        done(Forwarded(failure=STOPPED, elapsed_ms=elapsed_ms) if task.cancelled() else task.result())

    def _keep(self, connection: Connection, reusable: bool) -> None:
        if reusable:
            self._pool.put(connection)
        else:
            connection.close()

    def _finish_later(self, connection: Connection, sending: asyncio.Task[bool], until: float | None) -> None:
        """Go on writing a request that was answered early, within its time, or as long as it comes: the handler may
        still be reading it."""
        timer = asyncio.get_running_loop().call_at(until, sending.cancel) if until is not None else None

        def end(task: asyncio.Task[bool]) -> None:
            if timer is not None:
                timer.cancel()
            if not task.cancelled():
                task.exception()  # of a request that broke off: nobody waits to hear it
            connection.close()
            self._finishing.discard(task)

        self._finishing.add(sending)
        sending.add_done_callback(end)


def _let_run_out(limit: asyncio.Timeout, so_far: AnswerSoFar, timeout: float) -> None:
    """All of a request was written: the time for its answer begins, unless that is passed on already."""
    if not so_far.is_streamed:
        with contextlib.suppress(RuntimeError):  # it has ended
            limit.reschedule(asyncio.get_running_loop().time() + timeout)


def _let_go_on(limit: asyncio.Timeout, turn: HeldTurn, sink: Sink | None, ends: bool) -> None:
    """An answer is passed on from here: it may take its time, and others their turn. It `ends` once nobody takes it."""
    turn.end()
    limit.reschedule(None)

    def hurry(_: object) -> None:
        if not limit.expired():
            with contextlib.suppress(RuntimeError):  # it has ended
                limit.reschedule(asyncio.get_running_loop().time())

    if ends and sink is not None:
        sink.gone.add_done_callback(hurry)
