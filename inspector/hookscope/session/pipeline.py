"""The one door that every delivery comes through: capture, forward, answer the sender, diagnose, emit.

Live traffic, backlog, replays and samples differ only in their origin. The sender is answered before anything is explained, and what
is explained runs beside the event loop.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, Protocol

from hookscope.attempts.explain import NOTHING_MORE, Around, Explainer
from hookscope.attempts.make import Attempts, Emit
from hookscope.attempts.route import failure_answer
from hookscope.diagnosis import case as diagnosis
from hookscope.forward.forwarder import Forwarded, Forwarder
from hookscope.model.announce import captured, settled
from hookscope.model.capture import Attempt, Origin
from hookscope.model.events import HandshakeSeen, HandshakeState, Noticed
from hookscope.model.handler import Handler
from hookscope.model.secret import fingerprint
from hookscope.model.verdict import Recognition
from hookscope.providers.handshake import handshake_secret
from hookscope.session.course import ByUs, Course, Courses, Forwarding, HandlerTurn
from hookscope.store.captures import CaptureStore, Kept
from hookscope.tunnel.frames import MAX_UNFINISHED_BYTES, Arrival
from hookscope_relay.delivery import Answer, Delivery
from hookscope_relay.errors import HookscopeError, SealError
from hookscope_relay.keys.endpoint_key import KeyRing
from hookscope_relay.keys.seal import open_sealed
from hookscope_relay.made_answers import build_answer, build_problem
from hookscope_relay.wire import Settled

AT_ONCE = 256
OPENED_AT_ONCE = 1024 * 1024
# What may be in hand at a time, sealed: a relay that hands over more waits.
BYTES_AT_ONCE = MAX_UNFINISHED_BYTES
STOP_WITHIN_S = 1.0
NOTHING_TO_PASTE = "It brought its signing secret, of which only the fingerprint is shown; nothing is to be pasted:"


class Replier(Protocol):
    """Takes an answer to the sender of the delivery of that seq."""

    def __call__(self, seq: int, answer: Answer, by: Literal["", "inspector"]) -> None: ...


@dataclass(frozen=True, slots=True)
class _Taken:
    """A delivery that is kept now. `deadline` is when its sender's wait ends, on the monotonic clock."""

    arrival: Arrival
    delivery: Delivery
    recognition: Recognition
    kept: Kept
    deadline: float


class Pipeline:
    """Handles deliveries for one endpoint. Call `receive` for each arrival in order; `finish` ends what is in flight."""

    def __init__(
        self,
        *,
        keys: KeyRing,
        store: CaptureStore,
        explainer: Explainer,
        attempts: Attempts,
        forwarder: Forwarder | None,
        forwarding: Forwarding,
        reply: Replier,
        emit: Emit,
    ) -> None:
        self.keys = keys
        self.store = store
        self.explainer = explainer
        self.attempts = attempts
        self.courses = Courses(
            endpoint=self.endpoint,
            handshakes=explainer,
            attempts=attempts,
            forwarder=forwarder,
            forwarding=forwarding,
        )
        self.reply = reply
        self.emit = emit
        self.captured = 0
        self.held: list[int] = []
        self.broken: asyncio.Future[HookscopeError] = asyncio.get_running_loop().create_future()
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._bytes = 0
        self._less: asyncio.Future[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._keeping: dict[str, asyncio.Event] = {}
        self._in_hand: dict[str, diagnosis.Settlement | None] = {}

    @property
    def endpoint(self) -> str:
        """The endpoint's id."""
        return self.keys.current.id

    # What arrives

    async def receive(self, arrival: Arrival) -> None:
        """Take an arrival; returns as soon as it is on its way to the store, in order. Too much at once makes the caller wait."""
        deadline = time.monotonic() + arrival.left_ms / 1000
        await self._turns.acquire()
        size = sum(map(len, arrival.pieces))
        while self._bytes and self._bytes + size > BYTES_AT_ONCE:
            self._less = asyncio.get_running_loop().create_future()
            await self._less
        self._bytes += size
        # A relay may name two deliveries alike, or send one twice.
        keeping = self._keeping[arrival.id] = asyncio.Event()
        task = asyncio.create_task(self._take(arrival, deadline, keeping))
        self._tasks.add(task)
        task.add_done_callback(partial(self._taken, size))

    def _taken(self, size: int, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._turns.release()
        self._bytes -= size
        if self._less is not None and not self._less.done():
            self._less.set_result(None)
        if not task.cancelled() and (error := task.exception()) is not None and not self.broken.done():
            self.broken.set_result(
                error if isinstance(error, HookscopeError) else HookscopeError(f"a bug of ours: {error!r}")
            )

    async def _open(self, arrival: Arrival) -> Delivery | None:
        """The delivery, opened beside the loop where it is large; None for one that cannot be opened, which is declared lost."""
        opening = partial(open_sealed, arrival.pieces, arrival.id, self.endpoint, self.keys.sealing)
        try:
            large = sum(map(len, arrival.pieces)) > OPENED_AT_ONCE
            return await asyncio.to_thread(opening) if large else opening()
        except SealError as error:
            await self.store.declare_gap(self.endpoint, arrival.epoch, arrival.prev, arrival.seq, "cannot be opened")
            self.emit(Noticed(at=time.time(), level="error", text=f"delivery {arrival.seq} cannot be opened: {error}"))
            return None

    async def _take(self, arrival: Arrival, deadline: float, keeping: asyncio.Event) -> None:
        try:
            delivery = await self._open(arrival)
            if delivery is None:
                return
            recognition = self.explainer.recognise(delivery)
            course = self.courses.choose(arrival, delivery, recognition)
            kept = await self._keep(arrival, delivery, recognition, course)
        finally:
            keeping.set()
            if self._keeping.get(arrival.id) is keeping:
                del self._keeping[arrival.id]
        if not kept.new:
            return
        self.captured += 1
        self._in_hand[delivery.id] = None
        try:
            await self._serve(_Taken(arrival, delivery, recognition, kept, deadline), course)
        finally:
            late = self._in_hand.pop(delivery.id)
        if late is not None:
            await self.explain_again(delivery.id, Around(settled=late))

    async def _keep(self, arrival: Arrival, delivery: Delivery, recognition: Recognition, course: Course) -> Kept:
        origin = origin_of(arrival)
        return await self.store.keep(
            delivery,
            endpoint=self.endpoint,
            epoch=arrival.epoch,
            seq=arrival.seq,
            prev=arrival.prev,
            origin=origin,
            owed=arrival.owed,
            missed=origin == "backlog" and not arrival.owed,
            recognition=recognition,
            attempt=course.planned.attempt if isinstance(course, HandlerTurn) else None,
            kept_back=self.courses.kept_back(delivery),
        )

    async def _serve(self, taken: _Taken, course: Course) -> None:
        """Say that the delivery is there, let its sender have its answer, and say what there is to say."""
        arrival, origin = taken.arrival, origin_of(taken.arrival)
        number, recognition = taken.kept.number, taken.recognition
        self.emit(captured(taken.delivery, number, recognition, origin, owed=arrival.owed, at=time.time()))
        await self._notice_handshake(taken)
        if isinstance(course, HandlerTurn):
            await self._hand_over(taken, course)
        elif course is not None:
            await self._answer(taken, course)
        else:
            await self._explain(taken.delivery, number, recognition, None, Around(origin=origin, owed=arrival.owed))

    async def all_kept(self) -> None:
        """Wait until what has been received so far is in the store."""
        for keeping in tuple(self._keeping.values()):
            await keeping.wait()

    async def settled(self, frame: Settled, name: str) -> None:
        """Note how a sender's wait ended, once its delivery is captured."""
        if (keeping := self._keeping.get(name)) is not None:
            await keeping.wait()
        event = settled(frame, name, time.time())
        await self.store.settle(name, event.how, event.status, event.by, event.waited_ms)
        self.emit(event)
        if frame.how == "answered":
            return
        ended = diagnosis.Settlement(how=frame.how, status=frame.status, by=frame.by, waited_ms=frame.waited_ms)
        if name in self._in_hand:
            self._in_hand[name] = ended
        else:
            await self.explain_again(name, Around(settled=ended))

    async def explain_again(self, name: str, around: Around) -> None:
        """Explain a delivery once more, now that more is known: that its sender did not wait, or that none followed within the time."""
        capture = await asyncio.to_thread(self.store.find, name)
        number = await asyncio.to_thread(self.store.number_of, name)
        attempt = capture.attempts[-1] if capture.attempts else None
        recognition = self.explainer.recognise(capture.delivery)
        await self._explain(capture.delivery, number, recognition, attempt, around)

    # Who answers

    async def _answer(self, taken: _Taken, course: ByUs) -> None:
        if course.held:
            self.held.append(taken.kept.number)
        self.reply(taken.arrival.seq, course.answer, "inspector")
        around = Around(kept_back=self.courses.kept_back(taken.delivery))
        await self._explain(taken.delivery, taken.kept.number, taken.recognition, None, around)

    async def _hand_over(self, taken: _Taken, course: HandlerTurn) -> None:
        seq, kept = taken.arrival.seq, taken.kept
        at_once = self.courses.forwarding.answer_at_once
        if at_once is not None:
            self.reply(seq, build_answer(at_once, "inspector"), "inspector")
        sending = replace(course.sending, number=kept.number, limit_s=self.courses.limit_s(taken.deadline))
        answered = partial(self._reply_with, seq) if at_once is None else None
        attempt = await self.attempts.carry_out(sending, course.planned, kept.attempt, course.forwarder, answered)
        await self._explain(taken.delivery, kept.number, taken.recognition, attempt)

    def _reply_with(self, seq: int, outcome: Forwarded) -> None:
        if outcome.answer is not None:
            self.reply(seq, outcome.answer, "")
        elif self.courses.stopping:
            self.reply(seq, build_problem("inspector-stopping", "inspector"), "inspector")
        elif outcome.failure is not None:
            self.reply(seq, failure_answer(outcome.failure), "inspector")

    # Saying so

    async def _explain(
        self,
        delivery: Delivery,
        number: int,
        recognition: Recognition,
        attempt: Attempt | None,
        around: Around = NOTHING_MORE,
    ) -> None:
        handler = self.courses.forwarder.handler if self.courses.forwarder else None
        if (ended := self._in_hand.get(delivery.id)) is not None:
            self._in_hand[delivery.id] = None
            around = replace(around, settled=ended)
        await self.attempts.explain(delivery, number, recognition, attempt, handler, around)

    async def _notice_handshake(self, taken: _Taken) -> None:
        delivery, recognition = taken.delivery, taken.recognition
        token = handshake_secret(delivery, recognition)
        if token is None:
            return
        state: HandshakeState = "asked"
        if self.courses.forwarding.keep_handshake_secrets:
            state = self.explainer.keep_secret(recognition.provider, token)
        elif self.explainer.knows_secret(recognition.provider, token):
            state = "kept"
        elif self.explainer.has_secret(recognition.provider):
            state = "candidate"
        pasted = recognition.handshake == "verification-token"
        self.emit(
            HandshakeSeen(
                at=time.time(),
                id=delivery.id,
                number=taken.kept.number,
                provider=recognition.provider,
                token=token if pasted else f"fingerprint {fingerprint(token.encode())}",
                kept=state,
                instruction="" if pasted else NOTHING_TO_PASTE,
            )
        )

    # The end

    async def finish(self) -> None:
        """End what is in flight: a second for what runs, then `inspector-stopping` for the rest; every outcome is kept."""
        self.courses.stopping = self.attempts.stopping = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=STOP_WITHIN_S)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=STOP_WITHIN_S)


def origin_of(arrival: Arrival) -> Origin:
    """`live` where a sender waits, `backlog` otherwise."""
    return "live" if arrival.answer or arrival.left_ms else "backlog"


def handler_name(handler: Handler | None) -> str:
    """The handler as events name it; empty where there is none."""
    return handler.url if handler else ""
