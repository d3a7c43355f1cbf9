"""The one door that every delivery comes through: capture, forward, answer the sender, diagnose, emit.

Live traffic, backlog, replays and samples differ only in their origin. The sender is answered before anything is
explained, and what is explained runs beside the event loop.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any

from hookscope.attempts.explain import Around, Explainer
from hookscope.attempts.make import Attempts, Emit, Handover, ended
from hookscope.attempts.route import failure_answer
from hookscope.diagnosis.case import Settlement
from hookscope.forward.forwarder import Forwarded, Forwarder
from hookscope.forward.sink import Sink
from hookscope.model.announce import attempted, captured, settled
from hookscope.model.capture import Origin
from hookscope.model.events import Noticed, Settled
from hookscope.model.handler import Handler
from hookscope.model.session_requests import Replay, Replayed
from hookscope.session.alter import Alterations
from hookscope.session.course import Courses, Forwarding, Routed
from hookscope.session.derive import Again, Copied, Derive
from hookscope.session.fan_out import FanOut
from hookscope.session.handshakes import see_handshake
from hookscope.session.hold import Hold, PacedDelivery, Replier
from hookscope.session.in_hand import InHand
from hookscope.session.large import LargeOnes, is_large
from hookscope.session.limit import STOP_WITHIN_S, within
from hookscope.session.transform import Transform
from hookscope.session.under_way import UnderWay
from hookscope.store.appends import Appends
from hookscope.store.captures import CaptureStore
from hookscope.store.entry import Appended, Entry, Settling
from hookscope.store.inserts import LogPlace
from hookscope.store.reader import UNRECOGNISED
from hookscope.tools.routes.open import Leg, Routing
from hookscope.tunnel.frames import Arrival
from hookscope.tunnel.probe import is_probe
from hookscope_relay.delivery import Delivery
from hookscope_relay.errors import HookscopeError, SealError
from hookscope_relay.keys.endpoint_key import KeyRing
from hookscope_relay.keys.seal import Opener
from hookscope_relay.made_answers import build_answer, build_problem
from hookscope_relay.wire import Settled as SettledFrame

# So many deliveries are known again: more than a relay can have sent of what no cursor has passed.
SEEN = 20_000
LEAST_S = 0.1


class Pipeline:
    """Handles deliveries for one endpoint.

    Call `receive` for each arrival in order; `finish` ends what is in flight.
    """

    def __init__(
        self,
        *,
        keys: KeyRing,
        store: CaptureStore,
        explainer: Explainer,
        attempts: Attempts,
        forwarder: Forwarder | None,
        forwarding: Forwarding,
        routing: Routing | None = None,
        transform: Transform | None = None,
        replay: Callable[[Replay], Awaitable[Replayed]] | None = None,
        reply: Replier,
        emit: Emit,
        stream: Callable[[int], Sink | None] = lambda _: None,
    ) -> None:
        self.keys = keys
        self.store = store
        self.explainer = explainer
        self.attempts = attempts
        self.courses = Courses(
            key=keys.current,
            handshakes=explainer,
            attempts=attempts,
            forwarder=forwarder,
            forwarding=forwarding,
            routing=routing,
        )
        # A stream of no delivery is never used.
        self.courses.can_upgrade = lambda: stream(0) is not None
        self.reply = reply
        self.stream = stream
        self.emit = emit
        self.captured = 0
        self.held: list[int] = []
        self.broken: asyncio.Future[HookscopeError] = asyncio.get_running_loop().create_future()
        self._tasks: set[asyncio.Task[None]] = set()
        self._in_hand = InHand()
        self._under_way = UnderWay(self._in_hand)
        self._seen: dict[str, None] = {}
        self._alterations = Alterations(transform, explainer.recognise)
        self._appends = Appends(store, recognise=explainer.recognise, written=self._written, failed=self._break)
        self._waiting_for_handler: set[str] = set()
        self._opener = Opener(keys.sealing)
        self._large = LargeOnes(
            store=store,
            in_hand=self._in_hand,
            begin=self._begin,
            unseal=self._unseal,
            change=self._alterations.make,
            serve=self._serve_recognised,
            kept=self._kept_large,
            lost=self._declare_lost,
        )
        self.derive = Derive(
            store=store,
            explainer=explainer,
            emit=emit,
            handler=self.courses.handler,
            kept_back=self.courses.withheld,
            preserve_host=attempts.preserve_host,
        )
        self.hold = Hold(store=store, replay=replay, reply=reply, emit=emit, begin=self._begin)
        self._fan_out = FanOut(self._under_way, self._appends)
        self._deriving = self._begin(self.derive.run())

    @property
    def endpoint(self) -> str:
        """The endpoint's id."""
        return self.keys.current.id

    # What arrives

    async def receive(self, arrival: Arrival) -> None:
        """Take an arrival once: hand it over and have it kept, side by side.

        The caller waits while too much is on its way.
        """
        if arrival.id in self._seen:
            return
        self._see(arrival.id)
        self.derive.busy_at = time.monotonic()
        if is_large(arrival):
            self._large.take(arrival)
        else:
            self._take(arrival)
        if self._large.are_many or not self._in_hand.has_room or self._appends.is_full:
            await self._large.room()
            await self._in_hand.room()
            await self._appends.room()

    def _see(self, name: str) -> None:
        self._seen[name] = None
        if len(self._seen) > SEEN:
            del self._seen[next(iter(self._seen))]

    def _take(self, arrival: Arrival) -> None:
        try:
            delivery = self._unseal(arrival)
        except SealError as error:
            self._begin(self._declare_lost(arrival, error))
            return
        if self._alterations.is_for(arrival, delivery):
            self._begin(self._take_changed(arrival, delivery))
            return
        self._appends.add(self._serve(arrival, delivery))

    async def _take_changed(self, arrival: Arrival, delivery: Delivery) -> None:
        size = len(delivery.body)
        self._in_hand.take(size)
        try:
            await self._alterations.make(arrival, delivery)
            self._appends.add(self._serve(arrival, delivery))
        finally:
            self._in_hand.done(size)

    def _unseal(self, arrival: Arrival) -> Delivery:
        return self._opener.open(arrival.pieces, arrival.id, self.endpoint)

    async def _declare_lost(self, arrival: Arrival, error: SealError) -> None:
        await self.store.declare_gap(self.endpoint, arrival.epoch, arrival.prev, arrival.seq, "cannot be opened")
        self.emit(Noticed(at=time.time(), level="error", text=f"delivery {arrival.seq} cannot be opened: {error}"))

    # Who answers

    def _serve(self, arrival: Arrival, delivery: Delivery) -> Entry:
        """Give a delivery to whoever is to answer it."""
        entry = Entry(
            delivery=delivery,
            place=LogPlace(self.endpoint, arrival.epoch, arrival.seq, arrival.prev),
            origin=origin_of(arrival, watching=self.courses.watching),
            owed=arrival.owed,
            is_probe=is_probe(delivery, self.keys.current),
        )
        if self.courses.needs_recognition:
            entry.recognition = self.explainer.recognise(delivery)
        known = entry.recognition or UNRECOGNISED
        entry.kept_back = self.courses.kept_back(delivery, known)
        altered = self._alterations.take(delivery.id)
        course = self.courses.choose(arrival, delivery, known, altered)
        if altered is not None:
            entry.withheld = altered.why
        if not entry.is_probe:
            self.derive.expect(delivery.id)
        if isinstance(course, Handover):
            entry.attempt = course.attempt
            self._forward(arrival.seq, course, entry, self.courses.forwarder)
        elif isinstance(course, Routed):
            self._route(arrival.seq, course, entry)
        elif course is not None:
            if course.is_held:
                entry.held = ""
                self._waiting_for_handler.add(delivery.id)
            self.reply(arrival.seq, course.answer, "inspector")
        return entry

    def _serve_recognised(self, arrival: Arrival, delivery: Delivery) -> Entry:
        entry = self._serve(arrival, delivery)
        entry.recognition = entry.recognition or self.explainer.recognise(delivery)
        return entry

    def _route(self, seq: int, course: Routed, entry: Entry) -> None:
        """Hand a delivery over by its routes: the answering one first, the copies once that is on its way."""
        goes = isinstance(course.answering, Handover) and self.hold.passes(course.leg)
        self._fan_out.take(entry, course, 2 if goes else 1)
        if isinstance(course.answering, Handover):
            if goes:
                entry.attempt = course.answering.attempt
                self._forward(seq, course.answering, entry, course.leg.forwarder, course.leg)
            else:
                waits = None if self._answers_at_once(seq) else seq
                self.hold.hold_back(entry, course.leg, waits, limit_s=course.answering.limit_s)
                self._fan_out.answered(entry)
        elif course.answering is not None:
            self.reply(seq, course.answering.answer, "inspector")
        else:
            self._fan_out.answered(entry)

    def _answers_at_once(self, seq: int) -> bool:
        """Answer a sender before its delivery is handed over, where the user wants that."""
        status = self.courses.forwarding.answer_at_once
        if status is not None:
            self.reply(seq, build_answer(status, "inspector"), "inspector")
        return status is not None

    def _forward(
        self, seq: int, handover: Handover, entry: Entry, forwarder: Forwarder | None, leg: Leg | None = None
    ) -> None:
        assert forwarder is not None
        replies = not handover.attempt.is_copy and not self._answers_at_once(seq)
        open_sink = partial(self.stream, seq) if replies else None
        self._under_way.begin(forwarder, handover, partial(self._forwarded, seq, entry, replies, leg), open_sink)

    def _forwarded(self, seq: int, entry: Entry, replies: bool, leg: Leg | None, outcome: Forwarded) -> None:
        assert entry.attempt is not None
        has_answer = outcome.stream is not None and outcome.stream.is_streamed
        if leg is not None and self.hold.ended(leg, ended(entry.attempt, outcome)) and not has_answer:
            self.hold.hold_back(entry, leg, seq if replies else None, tries=1)
        elif replies and not has_answer:
            self._reply_with(seq, outcome)
        entry.attempt = ended(entry.attempt, outcome, number=1)
        self._appends.end(entry)
        if entry.copies:
            self._fan_out.answered(entry)

    def _reply_with(self, seq: int, outcome: Forwarded) -> None:
        if outcome.answer is not None:
            self.reply(seq, outcome.answer, "")
        elif self.courses.stopping:
            self.reply(seq, build_problem("inspector-stopping", "inspector"), "inspector")
        elif outcome.failure is not None:
            self.reply(seq, failure_answer(outcome.failure), "inspector")

    # What is kept now

    def _written(self, appended: Appended) -> None:
        now = time.time()
        for entry, _, is_new in appended.numbers:
            if is_new:
                self._kept(entry, now)
        for entry in appended.ended:
            assert entry.attempt is not None
            self.emit(attempted(entry.delivery, entry.number, entry.attempt, now))
            self.derive.add(entry)
            if entry.held is not None:
                self.hold.kept(entry)
        for entry, copy in appended.copied:
            self.emit(attempted(entry.delivery, entry.number, copy.attempt, now))
            self.derive.add(Copied(entry, copy.attempt))
        for one in appended.settled:
            waited = Settled(
                at=now, id=one.delivery_id, how=one.how, status=one.status, by=one.by, waited_ms=one.waited_ms
            )
            self.emit(waited)

    def _kept(self, entry: Entry, now: float) -> None:
        self.captured += 1
        delivery, recognition = entry.delivery, entry.recognition or UNRECOGNISED
        is_held = entry.held is not None
        self.emit(captured(delivery, entry.number, recognition, entry.origin, owed=entry.owed, at=now, held=is_held))
        keeps = self.courses.forwarding.keep_handshake_secrets
        seen = see_handshake(delivery, recognition, entry.number, self.explainer, keeps=keeps)
        if seen is not None:
            self.emit(seen)
        if delivery.id in self._waiting_for_handler:
            self._waiting_for_handler.discard(delivery.id)
            self.held.append(entry.number)
        elif is_held:
            self.hold.kept(entry)
        for route in entry.held_copies:
            if (leg := self._leg(route)) is not None:
                self.hold.add(PacedDelivery(leg, copy=True, number=entry.number))
        if entry.attempt is None:
            self.derive.add(entry)

    def _kept_large(self, entry: Entry) -> None:
        if entry.is_new:
            self._kept(entry, time.time())
        if entry.has_ended:
            self._appends.end(entry)
        for copy in entry.copies:
            self._appends.end_copy(entry, copy)

    async def all_kept(self) -> None:
        """Wait until what has been received so far is in the store."""
        await self._large.all_kept()
        await self._appends.flush()

    def settled(self, frame: SettledFrame, name: str) -> None:
        """Note how a sender's wait ended, once its delivery is captured."""
        self._large.after(name, partial(self._settled, frame, name))

    def _settled(self, frame: SettledFrame, name: str) -> None:
        event = settled(frame, name, time.time())
        self._appends.settle(Settling(name, event.how, event.status, event.by, event.waited_ms))
        if frame.how != "answered":
            self.derive.settled(
                name, Settlement(how=frame.how, status=frame.status, by=frame.by, waited_ms=frame.waited_ms)
            )

    def explain_again(self, name: str, around: Around) -> None:
        """Have a delivery explained once more, now that more is known:
        such as that none followed it within the time."""
        self.derive.add(Again(name, around))

    def _leg(self, route: str) -> Leg | None:
        return self.courses.routing.named(route) if self.courses.routing is not None else None

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
        """End what is in flight: a second for what runs, then `inspector-stopping` for the rest; every outcome is
        kept. What is not explained within that second is explained at the next start."""
        self.courses.stopping = self.attempts.stopping = True
        until = time.monotonic() + STOP_WITHIN_S
        self._fan_out.stop()
        self.hold.stop()
        await self._under_way.finish()
        others = self._tasks - {self._deriving}
        if others:
            await asyncio.wait(others, timeout=STOP_WITHIN_S)
        await within(self._appends.flush())
        self.derive.hurry()
        await within(self.derive.drain(), max(LEAST_S, until - time.monotonic()))
        left = set(self._tasks)
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=STOP_WITHIN_S)


def origin_of(arrival: Arrival, *, watching: bool = False) -> Origin:
    """`live` where a sender waits, or where the session that answers was quick; `backlog` otherwise."""
    was_quick = watching and arrival.is_new and not arrival.owed
    return "live" if arrival.answer or arrival.left_ms or was_quick else "backlog"


def handler_name(handler: Handler | None) -> str:
    """The handler as events name it; empty where there is none."""
    return handler.url if handler else ""
