"""A request that is read from its sender, kept, and passed on to the inspector that answers it, all while it arrives.

What has left is kept, whole or as far as it came: no handler has had a part of a request that no log tells of. And its
sender sees no answer to the end before what came of its request by then is kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from aiohttp import StreamReader

from hookscope_relay.delivery import Delivery, Headers
from hookscope_relay.downflow import Downflow
from hookscope_relay.errors import LogUnavailable
from hookscope_relay.hub import Hub
from hookscope_relay.intake import Intake
from hookscope_relay.limits import Hold, Refusal
from hookscope_relay.log.protocol import EndpointRecord
from hookscope_relay.made_answers import build_problem
from hookscope_relay.read_body import UNREADABLE, take_part
from hookscope_relay.senders import Interim, Outcome, Waiter, tell_nobody
from hookscope_relay.session import Session
from hookscope_relay.settings import Limits
from hookscope_relay.stream import Stream, StreamBroken
from hookscope_relay.wire import REFUSES

ANSWERED = "answered"
GONE = "sender-gone"


class RequestStream:
    """One such request, whose body follows its `delivery`. It ends its `hold`."""

    def __init__(
        self,
        hub: Hub,
        endpoint: EndpointRecord,
        delivery: Delivery,
        intake: Intake,
        hold: Hold,
        limits: Limits,
    ) -> None:
        loop = asyncio.get_running_loop()
        self._hub = hub
        self._endpoint = endpoint
        self._delivery = delivery
        self._intake = intake
        self._hold = hold
        self._limits = limits
        self._waiter: Waiter | None = None
        self._told: asyncio.Future[Outcome] = loop.create_future()
        self._kept: asyncio.Future[bool] = loop.create_future()
        self._cut: asyncio.Future[str] = loop.create_future()
        self._stream: Stream | None = None
        self._refuses = False
        self._is_left = False

    def begin(
        self, session: Session, content: StreamReader, trailers: Callable[[], Headers], interim: Interim | None
    ) -> asyncio.Task[None]:
        """Begin to pass it on, with what follows its body; the task ends when it is kept and answered."""
        self._waiter = self._hub.requests.begin(
            self._endpoint, self._delivery, session, self._tell, self._hold.release_bytes, interim
        )
        self._waiter.early = self._answer_early
        task = asyncio.create_task(self._take(content, trailers))
        task.add_done_callback(lambda _: self._hold.end())
        return task

    async def outcome(self) -> Outcome:
        """What the sender gets: at once what is still being written, else when the delivery is kept.

        Raises `Refusal` or `LogUnavailable`; who is cancelled has left.
        """
        try:
            return await asyncio.shield(self._told)
        except asyncio.CancelledError:
            self.leave()
            raise

    async def whole(self) -> None:
        """All of the answer is there, and its end may be written when this returns.

        `StreamBroken` where the request is not kept.
        """
        if self._refuses:
            self._break_off(ANSWERED)
        if not await asyncio.shield(self._kept):
            raise StreamBroken("store-unavailable")

    def leave(self) -> None:
        """The sender hung up."""
        self._is_left = True
        self._break_off(GONE)
        if self._waiter is not None and self._waiter.early is None:
            self._end(self._waiter)
        if self._stream is not None:
            self._stream.leave(GONE)

    def _end(self, waiter: Waiter) -> None:
        self._hub.end(waiter, "sender-gone", Outcome(build_problem("deadline-passed", "relay"), "relay", None))

    def _break_off(self, why: str) -> None:
        if not self._cut.done():
            self._cut.set_result(why)
            if self._waiter is not None and self._waiter.downflow is not None:
                self._waiter.downflow.fail(why)

    # From the hub

    def _answer_early(self, outcome: Outcome) -> None:
        # What is made up in the handler's place says nothing of the rest, which is kept.
        self._refuses = not outcome.by and outcome.answer.status >= REFUSES
        if outcome.stream is not None:
            self._stream = outcome.stream
            self._settle(outcome)
        elif self._refuses:
            self._break_off(ANSWERED)

    def _tell(self, outcome: Outcome | LogUnavailable) -> None:
        if not self._kept.done():
            self._kept.set_result(isinstance(outcome, Outcome))
        self._settle(outcome)

    def _settle(self, outcome: Outcome | Refusal | LogUnavailable) -> None:
        if self._told.done() or self._is_left:
            if isinstance(outcome, Outcome) and outcome.stream is not self._stream:
                tell_nobody(outcome)
        elif isinstance(outcome, Outcome):
            self._told.set_result(outcome)
        else:
            self._told.set_exception(outcome)
            # Nobody may be left to hear it.
            self._told.exception()

    # The body

    async def _take(self, content: StreamReader, trailers: Callable[[], Headers]) -> None:
        waiter = self._waiter
        assert waiter is not None
        assert waiter.downflow is not None
        try:
            fields = await self._read(content, waiter.downflow, trailers)
        except LogUnavailable as error:
            waiter.downflow.fail("store-unavailable")
            self._intake.abandon()
            self._hub.requests.drop(waiter, error)
        except Refusal as refusal:
            waiter.downflow.fail(refusal.problem)
            self._refuse(waiter, refusal)
            self._close(waiter, broken=refusal.problem)
        else:
            self._close(waiter, trailers=fields)
        await asyncio.wait({self._kept})

    async def _read(self, content: StreamReader, downflow: Downflow, trailers: Callable[[], Headers]) -> Headers:
        """Read the body to its end, and what is behind it; `Refusal` that says why it was broken off."""
        while part := await self._next(content):
            await take_part(part, self._hold, self._limits, self._intake)
            downflow.put(part)
            # How long the handler takes is no fault of the sender's.
            await self._room(downflow)
        fields = trailers()
        downflow.end(fields)
        return fields

    async def _next(self, content: StreamReader) -> bytes:
        """The next part, empty at the end."""
        reading = asyncio.ensure_future(content.readany())
        either: set[asyncio.Future[Any]] = {reading, self._cut}  # Any: of both types
        try:
            await asyncio.wait(either, timeout=self._limits.stream_idle_s, return_when=asyncio.FIRST_COMPLETED)
            if self._cut.done():
                raise Refusal(self._cut.result(), size=self._intake.size)
            if not reading.done():
                raise Refusal("too-slow", limit="stream-idle", size=self._intake.size)
            return reading.result()
        except OSError:
            raise Refusal(GONE, size=self._intake.size) from None
        except UNREADABLE:
            raise Refusal("malformed", size=self._intake.size) from None
        finally:
            reading.cancel()

    async def _room(self, downflow: Downflow) -> None:
        try:
            async with asyncio.timeout(self._limits.stream_idle_s):
                await downflow.room()
        except TimeoutError:
            downflow.fail("idle")

    def _refuse(self, waiter: Waiter, refusal: Refusal) -> None:
        """Say how the sender's wait ended that broke off, or was broken off."""
        if refusal.problem == ANSWERED:
            return
        self._settle(refusal)
        if refusal.problem == GONE:
            self._end(waiter)
        else:
            self._hub.end(waiter, "answered", Outcome(build_problem(refusal.problem, "relay"), "relay", None))
        if self._stream is not None:
            self._stream.leave(refusal.problem)

    def _close(self, waiter: Waiter, *, trailers: Headers = (), broken: str = "") -> None:
        self._hub.end_request(
            self._endpoint, replace(self._delivery, trailers=trailers, broken=broken), waiter, self._intake
        )
