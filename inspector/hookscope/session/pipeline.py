"""The one door that every delivery comes through: capture, forward, answer the sender, diagnose, emit.

Live traffic, backlog, replays and samples differ only in their origin. The sender is answered before anything is
explained, and what is explained runs beside the event loop.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from functools import partial

from hookscope.attempts.explain import Around, Explainer
from hookscope.attempts.make import Attempts, Emit, Handover, ended
from hookscope.attempts.route import failure_answer
from hookscope.diagnosis.case import Settlement
from hookscope.forward.forwarder import Forwarded, Forwarder
from hookscope.forward.sink import Sink
from hookscope.model.announce import settled
from hookscope.model.capture import Origin
from hookscope.model.events import Noticed
from hookscope.model.session_requests import Replay, Replayed
from hookscope.session.alter import Alterations
from hookscope.session.course import Courses, Routed
from hookscope.session.derive import Again, Derive
from hookscope.session.fan_out import FanOut
from hookscope.session.hold import Hold, Replier
from hookscope.session.in_hand import InHand
from hookscope.session.inflows import Inflows
from hookscope.session.large import LargeOnes, is_large
from hookscope.session.limit import STOP_WITHIN_S, within
from hookscope.session.tasks import Tasks
from hookscope.session.tell import Tell
from hookscope.session.terms import Forwarding
from hookscope.session.transform import Transform
from hookscope.store.appends import Appends
from hookscope.store.captures import CaptureStore
from hookscope.store.entry import Entry, Settling
from hookscope.store.inserts import LogPlace
from hookscope.store.reader import UNRECOGNISED
from hookscope.tools.routes.open import Leg, Routing
from hookscope.tunnel.frames import Arrival
from hookscope.tunnel.inflow import Inflow
from hookscope.tunnel.probe import is_probe
from hookscope_relay.delivery import Delivery
from hookscope_relay.errors import SealError
from hookscope_relay.keys.endpoint_key import KeyRing
from hookscope_relay.keys.seal import Opener
from hookscope_relay.made_answers import build_answer, build_problem
from hookscope_relay.wire import Settled as SettledFrame

# So many deliveries are known again: more than a relay can have sent of what no cursor has passed.
SEEN = 20_000
LEAST_S = 0.1


class Pipeline:
    """Handles deliveries for one endpoint, whose id is `endpoint`.

    Call `receive` for each arrival in order; `finish` ends what is in flight.
    `broken` is done with what ends the session.
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
        self.endpoint = keys.current.id
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
        self._tasks = Tasks()
        self.broken = self._tasks.broken
        self._in_hand = InHand()
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._alterations = Alterations(transform, explainer.recognise)
        self._opener = Opener(keys.sealing)
        self.derive = Derive(
            store=store,
            explainer=explainer,
            emit=emit,
            handler=self.courses.handler,
            kept_back=self.courses.withheld,
            preserve_host=attempts.preserve_host,
        )
        self.hold = Hold(store=store, replay=replay, reply=reply, emit=emit, begin=self._tasks.begin)
        self.tell = Tell(emit=emit, explainer=explainer, courses=self.courses, derive=self.derive, hold=self.hold)
        self._appends = Appends(
            store, recognise=explainer.recognise, written=self.tell.written, failed=self._tasks.fail
        )
        self._large = LargeOnes(
            store=store,
            in_hand=self._in_hand,
            begin=self._tasks.begin,
            unseal=self._unseal,
            change=self._alterations.make,
            serve=self._serve_recognised,
            kept=self._kept_large,
            lost=self._declare_lost,
        )
        self._fan_out = FanOut(self._in_hand, self._appends)
        self._inflows = Inflows(
            endpoint=self.endpoint,
            opener=self._opener,
            courses=self.courses,
            in_hand=self._in_hand,
            appends=self._appends,
            stream=stream,
            reply_with=self._reply_with,
            recognise=explainer.recognise,
            emit=emit,
        )
        self._deriving = self._tasks.begin(self.derive.run())

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

    def begin(self, inflow: Inflow) -> None:
        """Hand a request over that is still arriving; `receive` has the whole of it later."""
        if inflow.id in self._seen:
            inflow.leave("whole")
        else:
            self._inflows.begin(inflow)

    def _see(self, name: str) -> None:
        self._seen[name] = None
        if len(self._seen) > SEEN:
            self._seen.popitem(last=False)

    def _take(self, arrival: Arrival) -> None:
        try:
            delivery = self._unseal(arrival)
        except SealError as error:
            self._tasks.begin(self._declare_lost(arrival, error))
            return
        if self._alterations.is_for(arrival, delivery):
            self._tasks.begin(self._take_changed(arrival, delivery))
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
        if self._inflows.join(arrival, delivery, entry):
            self.derive.expect(delivery.id)
            route = entry.attempt.route if entry.attempt is not None else ""
            if beside := self.courses.beside_streamed(delivery, known, route):
                self._fan_out.take(entry, beside, 2)
            return entry
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
                self.tell.expect_held(delivery.id)
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
                waits = None if self._answers_at_once(seq, entry) else seq
                self.hold.hold_back(entry, course.leg, waits, limit_s=course.answering.limit_s)
                self._fan_out.answered(entry.delivery.id)
        elif course.answering is not None:
            self.reply(seq, course.answering.answer, "inspector")
        else:
            self._fan_out.answered(entry.delivery.id)

    def _answers_at_once(self, seq: int, entry: Entry) -> bool:
        """Answer a sender before its delivery is handed over, where the user wants that."""
        status = self.courses.forwarding.answer_at_once
        if status is not None:
            self.reply(seq, build_answer(status, "inspector"), "inspector")
            entry.told = status
        return status is not None

    def _forward(
        self, seq: int, handover: Handover, entry: Entry, forwarder: Forwarder | None, leg: Leg | None = None
    ) -> None:
        assert forwarder is not None
        replies = not handover.attempt.is_copy and not self._answers_at_once(seq, entry)
        open_sink = partial(self.stream, seq) if replies else None
        done = partial(self._forwarded, seq, entry, replies, leg)
        self._in_hand.forward(forwarder, len(entry.delivery.body))
        forwarder.begin(handover.request, handover.limit_s, done, handover.head, open_sink)

    def _forwarded(self, seq: int, entry: Entry, replies: bool, leg: Leg | None, outcome: Forwarded) -> None:
        assert entry.attempt is not None
        self._in_hand.forwarded(len(entry.delivery.body))
        has_answer = outcome.stream is not None and outcome.stream.is_streamed
        if leg is not None and self.hold.ended(leg, ended(entry.attempt, outcome)) and not has_answer:
            self.hold.hold_back(entry, leg, seq if replies else None, tries=1)
        elif replies and not has_answer:
            self._reply_with(seq, outcome)
        entry.attempt = ended(entry.attempt, outcome, number=1)
        self._appends.end(entry)

    def _reply_with(self, seq: int, outcome: Forwarded, reply: Replier | None = None) -> None:
        reply = reply or self.reply
        if outcome.answer is not None:
            reply(seq, outcome.answer, "")
        elif self.courses.stopping:
            reply(seq, build_problem("inspector-stopping", "inspector"), "inspector")
        elif outcome.failure is not None:
            reply(seq, failure_answer(outcome.failure), "inspector")

    # What is kept

    def _kept_large(self, entry: Entry) -> None:
        if entry.is_new:
            self.tell.kept(entry, time.time())
        self._appends.end_late(entry)

    async def all_kept(self) -> None:
        """Wait until what has been received so far is in the store."""
        await self._large.all_kept()
        await self._appends.flush()

    def settled(self, frame: SettledFrame, name: str) -> None:
        """Note how a sender's wait ended, once its delivery is captured; its copies are begun."""
        self._fan_out.answered(name)
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

    async def verify_again(self, provider: str) -> None:
        """Have what came without the right secret of the provider explained with the one that was given now."""
        await self.derive.verify_again(self.endpoint, provider)

    # The end

    async def finish(self) -> None:
        """End what is in flight: a second for what runs, then `inspector-stopping` for the rest; every outcome is
        kept. What is not explained within that second is explained at the next start."""
        self.courses.stopping = self.attempts.stopping = True
        until = time.monotonic() + STOP_WITHIN_S
        self._fan_out.stop()
        self.hold.stop()
        await self._in_hand.finish()
        await self._tasks.wait(self._deriving)
        await within(self._appends.flush())
        self.derive.hurry()
        await within(self.derive.drain(), max(LEAST_S, until - time.monotonic()))
        await self._tasks.cancel()


def origin_of(arrival: Arrival, *, watching: bool = False) -> Origin:
    """`live` where a sender waits, or where the session that answers was quick; `backlog` otherwise."""
    was_quick = watching and arrival.is_new and not arrival.owed
    return "live" if arrival.answer or arrival.left_ms or was_quick else "backlog"
