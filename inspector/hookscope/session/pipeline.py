"""The one door that every delivery comes through: capture, forward, answer the sender, diagnose, emit.

Live traffic, backlog, replays and samples differ only in their origin. The sender is answered before anything is explained, and what
is explained runs beside the event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Coroutine, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Literal, Protocol

from hookscope.attempts.explain import Around, Explainer
from hookscope.attempts.make import Attempts, Emit, Handover, ended
from hookscope.attempts.route import failure_answer
from hookscope.diagnosis.case import Settlement
from hookscope.forward.forwarder import Forwarded, Forwarder
from hookscope.model.announce import attempted, captured, settled
from hookscope.model.capture import Origin
from hookscope.model.events import HandshakeSeen, HandshakeState, Noticed, Settled
from hookscope.model.handler import Handler
from hookscope.model.secret import fingerprint
from hookscope.providers.handshake import handshake_secret
from hookscope.session.course import Courses, Forwarding
from hookscope.session.derive import Again, Derive
from hookscope.session.in_hand import InHand
from hookscope.store.append import Appended, Entry, Settling
from hookscope.store.appends import Appends
from hookscope.store.captures import CaptureStore
from hookscope.store.inserts import LogPlace
from hookscope.store.reader import UNRECOGNISED
from hookscope.store.schema import PIECE_BYTES
from hookscope.tunnel.frames import Arrival
from hookscope_relay.delivery import Answer, Delivery
from hookscope_relay.errors import HookscopeError, SealError
from hookscope_relay.keys.endpoint_key import KeyRing
from hookscope_relay.keys.seal import Opener
from hookscope_relay.made_answers import build_answer, build_problem
from hookscope_relay.wire import Settled as SettledFrame

OPENED_AT_ONCE = 1024 * 1024
LARGE_AT_ONCE = 64
# So many deliveries are known again: more than a relay can have sent of what no cursor has passed.
SEEN = 20_000
STOP_WITHIN_S = 1.0
LEAST_S = 0.1
NOTHING_TO_PASTE = "It brought its signing secret, of which only the fingerprint is shown; nothing is to be pasted:"


class Replier(Protocol):
    """Takes an answer to the sender of the delivery of that seq."""

    def __call__(self, seq: int, answer: Answer, by: Literal["", "inspector"]) -> None: ...


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
        self._tasks: set[asyncio.Task[None]] = set()
        self._under_way = 0
        self._in_hand = InHand()
        self._seen: dict[str, None] = {}
        self._large: dict[str, asyncio.Task[None]] = {}
        self._appends = Appends(store, recognise=explainer.recognise, written=self._written, failed=self._break)
        self._waiting_for_handler: set[str] = set()
        self._forwarders: set[Forwarder] = set()
        self._nothing_under_way = asyncio.Event()
        self._opener = Opener(keys.sealing)
        self.derive = Derive(
            store=store,
            explainer=explainer,
            emit=emit,
            handler=lambda: self.courses.forwarder.handler if self.courses.forwarder else None,
            kept_back=self.courses.kept_back,
            preserve_host=attempts.preserve_host,
        )
        self._deriving = self._begin(self.derive.run())

    @property
    def endpoint(self) -> str:
        """The endpoint's id."""
        return self.keys.current.id

    # What arrives

    async def receive(self, arrival: Arrival) -> None:
        """Take an arrival: hand it over and have it kept, side by side. Returns at once, but makes the caller wait while too much is on its
        way to the store. What came before over an earlier connection is taken once."""
        if arrival.id in self._seen:
            return
        self._see(arrival.id)
        self.derive.busy_at = time.monotonic()
        if sum(map(len, arrival.pieces)) > PIECE_BYTES:
            self._receive_large(arrival)
        elif (delivery := self._open(arrival)) is not None:
            self._take(arrival, delivery)
        while len(self._large) >= LARGE_AT_ONCE:
            await asyncio.wait(self._large.values(), return_when=asyncio.FIRST_COMPLETED)
        await self._in_hand.room()
        if self._appends.is_full:
            await self._appends.room()

    def _see(self, name: str) -> None:
        self._seen[name] = None
        if len(self._seen) > SEEN:
            del self._seen[next(iter(self._seen))]

    def _open(self, arrival: Arrival) -> Delivery | None:
        try:
            return self._opener.open(arrival.pieces, arrival.id, self.endpoint)
        except SealError as error:
            self._begin(self._declare_lost(arrival, error))
            return None

    async def _declare_lost(self, arrival: Arrival, error: SealError) -> None:
        await self.store.declare_gap(self.endpoint, arrival.epoch, arrival.prev, arrival.seq, "cannot be opened")
        self.emit(Noticed(at=time.time(), level="error", text=f"delivery {arrival.seq} cannot be opened: {error}"))

    def _take(self, arrival: Arrival, delivery: Delivery) -> Entry:
        """Give the delivery to whoever is to answer it, and to the store."""
        entry = self._entry(arrival, delivery)
        self._serve(arrival, entry)
        self._appends.add(entry)
        return entry

    def _entry(self, arrival: Arrival, delivery: Delivery) -> Entry:
        place = LogPlace(self.endpoint, arrival.epoch, arrival.seq, arrival.prev)
        why = self.courses.kept_back(delivery)
        return Entry(delivery=delivery, place=place, origin=origin_of(arrival), owed=arrival.owed, kept_back=why)

    def _serve(self, arrival: Arrival, entry: Entry) -> None:
        if self.courses.forwarder is None:
            entry.recognition = self.explainer.recognise(entry.delivery)
        course = self.courses.choose(arrival, entry.delivery, entry.recognition or UNRECOGNISED)
        self.derive.expect(entry.delivery.id)
        if isinstance(course, Handover):
            entry.attempt = course.attempt
            self._forward(arrival.seq, course, entry)
        elif course is not None:
            if course.is_held:
                self._waiting_for_handler.add(entry.delivery.id)
            self.reply(arrival.seq, course.answer, "inspector")

    # Large ones, piece by piece

    def _receive_large(self, arrival: Arrival) -> None:
        task = self._begin(self._take_large(arrival))
        size = sum(map(len, arrival.pieces))
        self._large[arrival.id] = task
        self._in_hand.take(size)
        task.add_done_callback(lambda _: self._in_hand.done(size))
        task.add_done_callback(lambda _: self._large.pop(arrival.id))

    async def _take_large(self, arrival: Arrival) -> None:
        size = sum(map(len, arrival.pieces))
        opening = partial(self._opener.open, arrival.pieces, arrival.id, self.endpoint)
        try:
            delivery = await asyncio.to_thread(opening) if size > OPENED_AT_ONCE else opening()
        except SealError as error:
            await self._declare_lost(arrival, error)
            return
        entry = self._entry(arrival, delivery)
        self._serve(arrival, entry)
        await self._keep_large(entry)

    async def _keep_large(self, entry: Entry) -> None:
        entry.recognition = entry.recognition or self.explainer.recognise(entry.delivery)
        place = entry.place
        kept = await self.store.keep(
            entry.delivery,
            endpoint=place.endpoint,
            epoch=place.epoch,
            seq=place.seq,
            prev=place.prev,
            origin=entry.origin,
            owed=entry.owed,
            missed=entry.is_missed,
            recognition=entry.recognition,
            attempt=entry.attempt,
            is_waiting=True,
            kept_back=entry.kept_back,
        )
        entry.number, entry.is_new = kept.number, kept.new
        self._kept(entry)
        if entry.has_ended:
            self._appends.end(entry)

    # Who answers

    def _forward(self, seq: int, handover: Handover, entry: Entry) -> None:
        forwarder = self.courses.forwarder
        assert forwarder is not None
        at_once = self.courses.forwarding.answer_at_once
        if at_once is not None:
            self.reply(seq, build_answer(at_once, "inspector"), "inspector")
        self._under_way += 1
        self._in_hand.take(len(entry.delivery.body))
        self._forwarders.add(forwarder)
        done = partial(self._forwarded, seq, entry, at_once is None)
        forwarder.begin(handover.request, handover.limit_s, done, handover.head)

    def _forwarded(self, seq: int, entry: Entry, replies: bool, outcome: Forwarded) -> None:
        self._under_way -= 1
        self._in_hand.done(len(entry.delivery.body))
        if not self._under_way:
            self._nothing_under_way.set()
        if replies:
            self._reply_with(seq, outcome)
        assert entry.attempt is not None
        entry.attempt = ended(entry.attempt, outcome)
        self._appends.end(entry)

    def _reply_with(self, seq: int, outcome: Forwarded) -> None:
        if outcome.answer is not None:
            self.reply(seq, outcome.answer, "")
        elif self.courses.stopping:
            self.reply(seq, build_problem("inspector-stopping", "inspector"), "inspector")
        elif outcome.failure is not None:
            self.reply(seq, failure_answer(outcome.failure), "inspector")

    # What is durable now

    def _written(self, appended: Appended, settled: Sequence[Settling]) -> None:
        for entry, _, is_new in appended.numbers:
            if is_new:
                self._kept(entry)
        for entry in appended.ended:
            assert entry.attempt is not None
            self.emit(attempted(entry.delivery, entry.number, replace(entry.attempt, number=1), time.time()))
            self.derive.add(entry)
        for one in settled:
            self.emit(
                Settled(
                    at=time.time(),
                    id=one.delivery_id,
                    how=one.how,
                    status=one.status,
                    by=one.by,
                    waited_ms=one.waited_ms,
                )
            )

    def _kept(self, entry: Entry) -> None:
        if not entry.is_new:
            return
        self.captured += 1
        delivery, recognition = entry.delivery, entry.recognition or UNRECOGNISED
        self.emit(captured(delivery, entry.number, recognition, entry.origin, owed=entry.owed, at=time.time()))
        self._notice_handshake(entry)
        if delivery.id in self._waiting_for_handler:
            self._waiting_for_handler.discard(delivery.id)
            self.held.append(entry.number)
        if entry.attempt is None:
            self.derive.add(entry)

    async def all_kept(self) -> None:
        """Wait until what has been received so far is in the store."""
        if self._large:
            await asyncio.wait(self._large.values())
        await self._appends.flush()

    async def settled(self, frame: SettledFrame, name: str) -> None:
        """Note how a sender's wait ended, once its delivery is captured."""
        if (large := self._large.get(name)) is not None:
            await asyncio.wait({large})
        event = settled(frame, name, time.time())
        self._appends.settle(Settling(name, event.how, event.status, event.by, event.waited_ms))
        if frame.how != "answered":
            self.derive.settled(
                name, Settlement(how=frame.how, status=frame.status, by=frame.by, waited_ms=frame.waited_ms)
            )

    def explain_again(self, name: str, around: Around) -> None:
        """Have a delivery explained once more, now that more is known: such as that none followed it within the time."""
        self.derive.add(Again(name, around))

    # Saying so

    def _notice_handshake(self, entry: Entry) -> None:
        delivery, recognition = entry.delivery, entry.recognition or UNRECOGNISED
        if not recognition.handshake:
            return
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
                number=entry.number,
                provider=recognition.provider,
                token=token if pasted else f"fingerprint {fingerprint(token.encode())}",
                kept=state,
                instruction="" if pasted else NOTHING_TO_PASTE,
            )
        )

    # Tasks, and the end

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._task_ended)
        return task

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._break(error)

    def _break(self, error: BaseException) -> None:
        """End the session: what came cannot be kept or explained."""
        if not self.broken.done():
            self.broken.set_result(
                error if isinstance(error, HookscopeError) else HookscopeError(f"a bug of ours: {error!r}")
            )

    async def finish(self) -> None:
        """End what is in flight: a second for what runs, then `inspector-stopping` for the rest; every outcome is kept. What is not explained within
        that second is explained at the next start."""
        self.courses.stopping = self.attempts.stopping = True
        until = time.monotonic() + STOP_WITHIN_S
        await self._forwards_ended()
        others = self._tasks - {self._deriving}
        if others:
            await asyncio.wait(others, timeout=STOP_WITHIN_S)
        await _within(self._appends.flush())
        self.derive.hurry()
        await _within(self.derive.drain(), max(LEAST_S, until - time.monotonic()))
        left = set(self._tasks)
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=STOP_WITHIN_S)

    async def _forwards_ended(self) -> None:
        if not self._under_way:
            return
        self._nothing_under_way.clear()
        await _within(self._nothing_under_way.wait())
        for forwarder in self._forwarders:
            forwarder.stop()
        await _within(self._nothing_under_way.wait() if self._under_way else asyncio.sleep(0))


async def _within(
    work: Awaitable[Any], limit_s: float = STOP_WITHIN_S
) -> None:  # Any: what comes of it does not matter
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(limit_s):
            await work


def origin_of(arrival: Arrival) -> Origin:
    """`live` where a sender waits, `backlog` otherwise."""
    return "live" if arrival.answer or arrival.left_ms else "backlog"


def handler_name(handler: Handler | None) -> str:
    """The handler as events name it; empty where there is none."""
    return handler.url if handler else ""
