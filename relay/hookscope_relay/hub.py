"""The hub: senders wait here for an answer, inspectors follow the log from here. It knows nothing of HTTP.

A delivery is given its place in the log; then everyone attached to its endpoint is woken and reads it from there, so
that live deliveries and backlog take the same path. It may leave while it is being kept: the sender is answered once
both its answer is there and it is kept. One of the sessions is to answer; its reply, or the deadline, ends the sender's
wait.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial

from hookscope_relay.delivery import Delivery
from hookscope_relay.dispatch import Dispatch
from hookscope_relay.errors import LogUnavailable
from hookscope_relay.intake import Intake
from hookscope_relay.keys.seal import Sealer
from hookscope_relay.limits import Room
from hookscope_relay.log.protocol import INLINE_BYTES, EndpointRecord, Log, is_inline
from hookscope_relay.made_answers import build_problem
from hookscope_relay.metrics import Metrics
from hookscope_relay.peers import Peers, arrange
from hookscope_relay.requests import Requests
from hookscope_relay.roster import Elsewhere, Roster
from hookscope_relay.senders import Clock, How, Interim, Outcome, Told, Waiter, Waiting, account, stored, tell_nobody
from hookscope_relay.session import Mode, Session
from hookscope_relay.settings import Away
from hookscope_relay.wire import CLOSE_REPLACED, Refused, Settled, TakeOver, Welcome, decode, encode

# What is larger is sealed and kept piece by piece.
WHOLE_BYTES = INLINE_BYTES
# Where no more senders wait, the log keeps each delivery while its handler works; else better many at a time.
FEW = 8


class Hub:
    """Joins senders and sessions over one log, with `peers` where there are other nodes.

    Instants are of `clock`, a monotonic clock in seconds.
    """

    def __init__(
        self,
        log: Log,
        *,
        deadline_s: float,
        max_answer: int,
        away: Away = "store",
        replies: Room | None = None,
        metrics: Metrics | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        self.roster = Roster()
        self.replies = replies or Room()
        self._metrics = metrics or Metrics()
        self._log = log
        self.now = self._clock = clock
        self._deadline_s = deadline_s
        self._max_answer = max_answer
        self._away: Away = away
        self._sealer = Sealer()
        self.senders = self._waiting = Waiting(self._expire, clock)
        self._dispatch = Dispatch(log, self._waiting, clock)
        self.requests = Requests(self.roster, self._waiting, self._sealer, self._answerer, deadline_s, clock)
        self._ending: set[asyncio.Future[None]] = set()
        self.peers: Peers | None = None

    # Senders

    def take_in(self, endpoint: EndpointRecord, delivery_id: str) -> Intake:
        """For a delivery whose body is still arriving."""
        return Intake(self._sealer.begin(delivery_id, endpoint.id, endpoint.seal, self._clock()), self._log)

    async def submit(
        self,
        endpoint: EndpointRecord,
        delivery: Delivery,
        kept: Callable[[], None] = lambda: None,
        intake: Intake | None = None,
        interim: Interim | None = None,
    ) -> Outcome:
        """As `accept`, awaited; raises `LogUnavailable` where the delivery cannot be kept.

        Who is cancelled has left.
        """
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

        def told(outcome: Outcome | LogUnavailable) -> None:
            if future.done():
                tell_nobody(outcome)
            elif isinstance(outcome, Outcome):
                future.set_result(outcome)
            else:
                future.set_exception(outcome)

        waiter = self.accept(endpoint, delivery, told, kept, intake)
        waiter.interim = interim
        del delivery, intake
        try:
            return await future
        except asyncio.CancelledError:
            self.leave(waiter)
            if future.done() and not future.cancelled() and future.exception() is None:
                tell_nobody(future.result())
            raise

    def accept(
        self,
        endpoint: EndpointRecord,
        delivery: Delivery,
        told: Told,
        kept: Callable[[], None] = lambda: None,
        intake: Intake | None = None,
    ) -> Waiter:
        """Take a delivery: it is passed on while it is being kept,
        and `told` is called once both its answer is there and it is kept.

        At the latest that is at the deadline, or when it is kept, if that is later. With nobody attached the answer is
        202 once the delivery is durable, or 503 where the endpoint's owner wants that. `kept` is called when the
        delivery is needed no more: kept, and on its way to who is to answer it. What was taken in already is
        `intake`'s, and not in `delivery`.
        """
        now = self._clock()
        session = self._answerer(endpoint.id)
        size = len(delivery.body) if intake is None else intake.size
        waiter = Waiter(endpoint.id, delivery.id, size, now, now + self._deadline_s, session, told, kept)
        if session is None and (endpoint.away or self._away) == "refuse":
            if intake is not None:
                intake.abandon()
            self._refuse(waiter, delivery)
            return waiter
        if session is None:
            waiter.outcome = stored(endpoint)
        else:
            self._waiting.add(waiter)
        if intake is None and size <= WHOLE_BYTES and not isinstance(session, Elsewhere):
            pieces = self._sealer.seal(delivery, endpoint.id, endpoint.seal, now)
            if is_inline(pieces):
                self._begin(waiter, delivery, pieces)
                return waiter
        self._end_later(endpoint, waiter, delivery, intake or self.take_in(endpoint, delivery.id))
        return waiter

    def _answerer(self, endpoint: str) -> Session | Elsewhere | None:
        session = self.roster.answerer(endpoint)
        return self.roster.answerer_elsewhere(endpoint) if session is None and self.peers is not None else session

    def _end_later(self, endpoint: EndpointRecord, waiter: Waiter, delivery: Delivery, intake: Intake) -> None:
        ending = asyncio.ensure_future(self._end_intake(endpoint, waiter, delivery, intake))
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    def end_request(self, endpoint: EndpointRecord, delivery: Delivery, waiter: Waiter, intake: Intake) -> None:
        """Take what `requests` began to pass on, whole or broken off: it has left, so it is kept in either case."""
        self.requests.end(endpoint, waiter, intake.size)
        self._end_later(endpoint, waiter, delivery, intake)

    def _begin(
        self, waiter: Waiter, delivery: Delivery, inline: tuple[bytes, ...], intake: Intake | None = None
    ) -> None:
        """Give the delivery its place in the log, from where it leaves."""
        waiter.seq = self._log.begin(
            waiter.endpoint,
            waiter.delivery_id,
            inline,
            at=delivery.received_at,
            owed=waiter.session is None,
            kept=partial(self._kept, waiter),
            soon=intake is not None or len(self._waiting) <= FEW,
            count=len(intake.pieces) if intake else 0,
            size=sum(map(len, intake.pieces)) if intake else 0,
            upload=intake.upload if intake else None,
            placed=waiter.place,
        )
        self.roster.ring(waiter.endpoint, waiter.seq)

    async def _end_intake(self, endpoint: EndpointRecord, waiter: Waiter, delivery: Delivery, intake: Intake) -> None:
        if self.peers is not None and isinstance(waiter.session, Elsewhere):
            await arrange(self.peers, self.roster, waiter)
            if waiter.session is None:
                self._waiting.remove(waiter)
                if (endpoint.away or self._away) == "refuse":
                    intake.abandon()
                    self._refuse(waiter, delivery)
                    return
                waiter.outcome = waiter.outcome or stored(endpoint)
        try:
            await intake.add(delivery.body)
            await intake.end(delivery)
        except LogUnavailable as error:
            intake.abandon()
            self._kept(waiter, error)
            return
        if isinstance(waiter.session, Session) and intake.upload is not None and not waiter.how:
            waiter.pieces = intake.pieces
        self._begin(waiter, delivery, intake.inline, intake)

    def leave(self, waiter: Waiter) -> None:
        """The sender hung up: that does not undo what reached us. It is told nothing."""
        waiter.told = tell_nobody
        self.end(waiter, "sender-gone", Outcome(build_problem("deadline-passed", "relay"), "relay", None))

    def _refuse(self, waiter: Waiter, delivery: Delivery) -> None:
        answer = build_problem("not-listening", "relay", headers=(("Retry-After", "60"),))
        # Those who only watch see it all the same.
        self.refused(waiter.endpoint, "not-listening", delivery.method, delivery.target, waiter.size)
        outcome = Outcome(answer, "relay", None)
        waiter.how = "answered"
        waiter.released()
        account(self._metrics, waiter, self._clock() - waiter.started, "refused", outcome)
        waiter.tell(outcome)

    def _kept(self, waiter: Waiter, error: Exception | None) -> None:
        """The delivery is kept, or cannot be; where its answer is there already, that goes out."""
        waiter.kept = True
        waiter.release()
        if error is not None:
            self._lose(waiter, error)
            return
        self._metrics.append.observe(self._clock() - waiter.started)
        self.roster.ring(waiter.endpoint, waiter.seq)
        if waiter.session is None and not waiter.how:
            waiter.how = "stored"
        if waiter.how:
            self._finish(waiter)

    def _lose(self, waiter: Waiter, error: Exception) -> None:
        """The sender hears that its delivery was not kept; so do those that it had left for already."""
        self._waiting.remove(waiter)
        waiter.pieces = ()
        waiter.release()
        if waiter.outcome is not None:
            tell_nobody(waiter.outcome)
        waited_ms = int((self._clock() - waiter.started) * 1000)
        lost = Settled(seq=waiter.seq, how="answered", status=503, by="relay", waited_ms=waited_ms)
        self.roster.take_back(waiter.endpoint, lost)
        waiter.tell(error if isinstance(error, LogUnavailable) else LogUnavailable(str(error)))

    def end(self, waiter: Waiter, how: How, outcome: Outcome) -> None:
        """A sender's wait ended, by the first thing that ends it."""
        if waiter.how:
            return
        waiter.how, waiter.outcome = how, outcome
        waiter.pieces = ()
        self._waiting.remove(waiter)
        if waiter.kept:
            waiter.release()
            self._finish(waiter)
        elif waiter.early is not None:
            waiter.early(outcome)
        else:
            self._log.hurry()

    def _finish(self, waiter: Waiter) -> None:
        """The account of a delivery that is kept and whose wait ended."""
        assert waiter.outcome is not None
        assert waiter.how
        if not waiter.here:
            waiter.tell(waiter.outcome)
            return
        outcome = Outcome(waiter.outcome.answer, waiter.outcome.by, waiter.seq, waiter.outcome.stream)
        waited_s = self._clock() - waiter.started
        # The sender first: it waits, and nobody else does.
        waiter.tell(outcome)
        account(self._metrics, waiter, waited_s, waiter.how, outcome)
        if waiter.how != "stored":
            self._settle(waiter, waiter.how, outcome, waited_s)

    def _expire(self, waiter: Waiter) -> None:
        self.end(waiter, "expired", Outcome(build_problem("deadline-passed", "relay"), "relay", None))

    def refused(self, endpoint: str, problem: str, method: str, target: str, size: int) -> None:
        """Tell the endpoint's inspectors of a request that was turned away before it became a delivery."""
        frame = Refused(problem=problem, method=method[:200], target=target[:2000], size=size)
        self.roster.turn_away(endpoint, frame)
        if self.peers is not None:
            self.peers.turn_away(endpoint, frame)

    def _settle(self, waiter: Waiter, how: How, outcome: Outcome, waited_s: float) -> None:
        """Tell all who are attached how a sender's wait ended."""
        known = how != "sender-gone"
        status, by = (outcome.answer.status, outcome.by) if known else (0, "")
        frame = Settled(seq=waiter.seq, how=how, status=status, by=by, waited_ms=int(waited_s * 1000))
        self.roster.settle(waiter.endpoint, frame)
        if self.peers is not None:
            self.peers.settle(waiter.endpoint, waiter.delivery_id, frame)

    # Inspectors

    def attach(
        self,
        session_id: bytes,
        endpoint: str,
        mode: Mode,
        position: int,
        *,
        oldest: int = 0,
        generation: int = 0,
        streams: bool = False,
        requests: bool = False,
        label: str = "",
        takes_over: bool = False,
    ) -> Session:
        """Attach a session, as `Roster.add` says, that resumes behind `position`.

        Where the log begins later, behind `oldest`, the gap is declared. `generation` is that of the key that opened
        the session.
        """
        session = Session(session_id, endpoint, mode, 0.0, position, self._max_answer, replies=self.replies)
        session.label, session.generation, session.streams, session.requests = label, generation, streams, requests
        self.roster.add(session, self._clock())
        if takes_over:
            self.roster.take_over(session)
        self._waiting.hand_over(session)
        # The Welcome says the role.
        session.notices.clear()
        session.skip(oldest)
        return session

    def detach(self, session: Session) -> None:
        """Take a session off; its place is kept for a minute, what it had in flight is not handed on."""
        self.roster.remove(session, self._clock())

    def close(self, session: Session, code: int) -> None:
        """Ask that a session's connection be closed with the code: its `next_message` ends."""
        if attached := self.roster.find(session):
            attached.close(code)

    def close_all(self, code: int) -> None:
        """Ask every session's connection to close with the code."""
        for attached in self.roster:
            attached.close(code)

    def sessions(self, endpoint: str) -> tuple[Session, ...]:
        """Who is attached to an endpoint."""
        return tuple(attached.session for attached in self.roster.of(endpoint))

    def welcome(self, session: Session, url: str, newest: int, max_body: int) -> bytes:
        """The first message of a session."""
        return encode(
            Welcome(
                url=url,
                epoch=self._log.epoch,
                after=session.position,
                newest=newest,
                role=session.role,
                deadline_ms=int(self._deadline_s * 1000),
                max_body=max_body,
                max_answer=self._max_answer,
                streams=session.streams,
                requests=session.requests,
                nodes=self.peers is not None,
                answerer=session.answerer,
                why=session.why,
            )
        )

    async def next_messages(self, session: Session) -> list[bytes] | int:
        """The next messages for a session, all that are ready up to a bound, waiting until there is one;
        or the code to close its connection with."""
        attached = self.roster.find(session)
        return CLOSE_REPLACED if attached is None else await self._dispatch.next_messages(attached)

    def receive(self, session: Session, message: bytes) -> None:
        """Take a message from a session; `WireError` where the inspector had no right to send it."""
        self._metrics.frames += 1
        decoded = decode(message)
        if decoded is None:
            return
        frame, raw = decoded
        if isinstance(frame, TakeOver):
            self.roster.take_over(session)
            return
        delivery_id = session.awaited(getattr(frame, "seq", -1))
        had_room = session.has_room()
        replied = session.receive(frame, raw)
        if replied is None:
            return
        waiter = self._waiting.get(delivery_id) or self.requests.get(delivery_id)
        if replied.stream is None and replied.answer.status < 200:
            if waiter is not None and waiter.interim is not None and waiter.session is session:
                waiter.interim(replied.answer)
            return
        if replied.by == "relay":
            self._metrics.limited["max-replies"] += 1
        if waiter is not None and waiter.session is not None and waiter.session.id == session.id:
            seq = waiter.seq or (replied.seq if waiter.downflow is None else None)
            self.end(waiter, "answered", Outcome(replied.answer, replied.by, seq, replied.stream))
        elif replied.stream is not None:
            replied.stream.leave("sender-gone")
        if not had_room and session.position < self._log.given(session.endpoint):
            self.roster.ring(session.endpoint, self._log.given(session.endpoint))

    def takes_upgrades(self, endpoint: str) -> bool | None:
        """Whether whoever answers for an endpoint takes upgrades; None where nobody would answer."""
        session = self.roster.answerer(endpoint) or self.roster.answerer_elsewhere(endpoint)
        return None if session is None else session.streams
