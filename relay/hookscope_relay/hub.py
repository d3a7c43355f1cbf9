"""The hub: senders wait here for an answer, inspectors follow the log from here. It knows nothing of HTTP.

A delivery is appended first; then everyone attached to its endpoint is woken and reads it from the log, so that live deliveries
and backlog take the same path. One of the sessions is to answer; its reply, or the deadline, ends the sender's wait.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

from hookscope_relay.delivery import Answer, Delivery
from hookscope_relay.errors import LogUnavailable
from hookscope_relay.keys.seal import Sealer
from hookscope_relay.limits import Room
from hookscope_relay.log.protocol import EndpointRecord, Log, Record
from hookscope_relay.log_lines import short, tell
from hookscope_relay.made_answers import build_answer, build_problem
from hookscope_relay.metrics import Metrics
from hookscope_relay.roster import Roster
from hookscope_relay.session import Mode, ReplyBy, Session
from hookscope_relay.settings import Away
from hookscope_relay.wire import (
    CLOSE_REPLACED,
    CLOSE_TOO_SLOW,
    Refused,
    Settled,
    Welcome,
    decode,
    encode,
)

READ_AT_ONCE = 64
SEAL_IN_THREAD_BYTES = 1 << 20

Clock: TypeAlias = Callable[[], float]
How: TypeAlias = Literal["answered", "expired", "sender-gone"]

logger = logging.getLogger("hookscope.relay")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the sender gets. `by` is `relay` or `inspector` for a made-up answer, empty for the handler's; `seq` None if nothing was kept."""

    answer: Answer
    by: ReplyBy
    seq: int | None


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the account of a delivery needs, kept in the delivery's place."""

    endpoint: str
    delivery_id: str
    size: int
    started: float


@dataclass(slots=True)
class _Waiter:
    """A sender that waits, and the session that is to answer it."""

    session: Session
    deadline: float
    reply: asyncio.Future[tuple[Answer, ReplyBy]]
    seq: int | None = None


class Hub:
    """Joins senders and sessions over one log. Instants are of `clock`, a monotonic clock in seconds."""

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
        self._clock = clock
        self._deadline_s = deadline_s
        self._max_answer = max_answer
        self._away: Away = away
        self._sealer = Sealer()
        self._waiting: dict[str, _Waiter] = {}

    # Senders

    async def submit(
        self, endpoint: EndpointRecord, delivery: Delivery, kept: Callable[[], None] = lambda: None
    ) -> Outcome:
        """Keep the delivery and wait for its answer, at most until the deadline; `LogUnavailable` where it cannot be kept.

        With nobody attached the answer comes at once: 202 once it is durable, or 503 where the endpoint's owner wants that.
        `kept` is called when the delivery is needed no more: while its sender waits, its body is not held in memory.
        """
        facts = _Facts(endpoint.id, delivery.id, len(delivery.body), self._clock())
        answerer = self.roster.answerer(endpoint.id)
        if answerer is None:
            outcome = await self._submit_unattended(endpoint, delivery, facts)
            if outcome.seq is None:
                # Those who only watch see it all the same.
                self.refused(endpoint.id, "not-listening", delivery.method, delivery.target, facts.size)
            self._account(facts, "refused" if outcome.seq is None else "stored", outcome)
            return outcome
        waiter = _Waiter(answerer, facts.started + self._deadline_s, asyncio.get_running_loop().create_future())
        self._waiting[delivery.id] = waiter
        record: Record | None = None
        how: How = "sender-gone"
        outcome = Outcome(build_problem("deadline-passed", "relay"), "relay", None)
        try:
            record = await self._append(endpoint, delivery, facts, owed=False)
            del delivery
            kept()
            outcome, waiter.seq = Outcome(outcome.answer, "relay", record.seq), record.seq
            async with asyncio.timeout(waiter.deadline - self._clock()):
                answer, by = await waiter.reply
            how, outcome = "answered", Outcome(answer, by, record.seq)
        except TimeoutError:
            how = "expired"
        finally:
            del self._waiting[facts.delivery_id]
            if record is not None:
                self._account(facts, how, outcome)
                waited_ms = int((self._clock() - facts.started) * 1000)
                self._settle(endpoint.id, record.seq, how, outcome, waited_ms)
        return outcome

    def refused(self, endpoint: str, problem: str, method: str, target: str, size: int) -> None:
        """Tell the endpoint's inspectors of a request that was turned away before it became a delivery."""
        for attached in self.roster.of(endpoint):
            frame = Refused(problem=problem, method=method[:200], target=target[:2000], size=size)
            attached.session.turn_away(frame)
            attached.bell.set()

    async def _submit_unattended(self, endpoint: EndpointRecord, delivery: Delivery, facts: _Facts) -> Outcome:
        if (endpoint.away or self._away) == "refuse":
            return Outcome(build_problem("not-listening", "relay", headers=(("Retry-After", "60"),)), "relay", None)
        record = await self._append(endpoint, delivery, facts, owed=True)
        status = endpoint.away_status or 202
        return Outcome(
            build_answer(status, "relay", body=b"Stored.\n" if status not in {204, 304} else b""), "relay", record.seq
        )

    async def _append(self, endpoint: EndpointRecord, delivery: Delivery, facts: _Facts, *, owed: bool) -> Record:
        started = self._clock()
        if len(delivery.body) >= SEAL_IN_THREAD_BYTES:
            pieces = await asyncio.to_thread(self._seal, endpoint, delivery)
        else:
            pieces = self._seal(endpoint, delivery)
        append = self._log.append(endpoint.id, delivery.id, pieces, at=delivery.received_at, owed=owed)
        appending = asyncio.ensure_future(append)
        try:
            record = await asyncio.shield(appending)
        except asyncio.CancelledError:
            # A sender that hangs up does not undo what reached us: the append runs to its end, and is told of.
            appending.add_done_callback(partial(self._appended_for_nobody, facts))
            raise
        self._metrics.append.observe(self._clock() - started)
        self.roster.ring(endpoint.id)
        return record

    def _appended_for_nobody(self, facts: _Facts, appending: asyncio.Future[Record]) -> None:
        if appending.cancelled() or appending.exception() is not None:
            return
        seq = appending.result().seq
        self.roster.ring(facts.endpoint)
        gone = Outcome(build_problem("deadline-passed", "relay"), "relay", seq)
        self._account(facts, "sender-gone", gone)
        self._settle(facts.endpoint, seq, "sender-gone", gone, int((self._clock() - facts.started) * 1000))

    def _account(self, facts: _Facts, how: How | Literal["stored", "refused"], outcome: Outcome) -> None:
        """Count the delivery and leave its line in the log."""
        waited_s = self._clock() - facts.started
        self._metrics.deliveries[how] += 1
        self._metrics.body_bytes += facts.size
        self._metrics.waited.observe(waited_s)
        tell(
            logger,
            "delivery",
            id=facts.delivery_id,
            endpoint=short(facts.endpoint),
            outcome=how,
            status=outcome.answer.status if how != "sender-gone" else 0,
            by=outcome.by or "handler",
            seq=outcome.seq or 0,
            bytes=facts.size,
            ms=round(waited_s * 1000, 1),
        )

    def _seal(self, endpoint: EndpointRecord, delivery: Delivery) -> tuple[bytes, ...]:
        return self._sealer.seal(delivery, endpoint.id, endpoint.seal, self._clock())

    def _settle(
        self,
        endpoint: str,
        seq: int,
        how: How,
        outcome: Outcome,
        waited_ms: int,
    ) -> None:
        status = outcome.answer.status if how != "sender-gone" else 0
        by = outcome.by if how != "sender-gone" else ""
        for attached in self.roster.of(endpoint):
            attached.session.settle(Settled(seq=seq, how=how, status=status, by=by, waited_ms=waited_ms))
            if attached.session.is_too_slow:
                attached.close(CLOSE_TOO_SLOW)
            attached.bell.set()

    # Inspectors

    def attach(
        self, session_id: bytes, endpoint: str, mode: Mode, position: int, *, oldest: int = 0, generation: int = 0
    ) -> Session:
        """Attach a session, as `Roster.add` says, that resumes behind `position`.

        Where the log begins later, behind `oldest`, the gap is declared. `generation` is that of the key that opened the session.
        """
        session = Session(
            session_id, endpoint, mode, 0.0, position, self._max_answer, generation=generation, replies=self.replies
        )
        self.roster.add(session, self._clock())
        self._take_over(session)
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

    @property
    def waiting(self) -> int:
        """How many senders wait for an answer."""
        return len(self._waiting)

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
            )
        )

    async def next_message(self, session: Session) -> bytes | int:
        """The next message for a session, waiting until there is one; or the code to close its connection with."""
        attached = self.roster.find(session)
        if attached is None:
            return CLOSE_REPLACED
        while True:
            attached.bell.clear()
            if attached.close_code is not None:
                return attached.close_code
            if session.notices:
                return session.notices.popleft()
            if not attached.ahead and session.has_room():
                attached.ahead.extend(await self._log.read(session.endpoint, session.position, READ_AT_ONCE))
            turn = session.take_turn(bool(attached.ahead))
            if turn == "record":
                self._deliver(session, attached.ahead.popleft())
            elif turn == "piece":
                await self._send_piece(session)
            else:
                await attached.bell.wait()

    def receive(self, session: Session, message: bytes) -> None:
        """Take a message from a session; `WireError` where the inspector had no right to send it."""
        self._metrics.frames += 1
        decoded = decode(message)
        if decoded is None:
            return
        frame, raw = decoded
        delivery_id = session.unanswered.get(getattr(frame, "seq", -1), "")
        replied = session.receive(frame, raw)
        if replied is None:
            return
        if replied.by == "relay":
            self._metrics.limited["max-replies"] += 1
        waiter = self._waiting.get(delivery_id)
        if waiter is not None and waiter.session.id == session.id and not waiter.reply.done():
            waiter.reply.set_result((replied.answer, replied.by))
        attached = self.roster.find(session)
        if attached is not None:
            attached.bell.set()

    def _deliver(self, session: Session, record: Record) -> None:
        waiter = self._waiting.get(record.delivery_id)
        left_s = max(0.0, waiter.deadline - self._clock()) if waiter else 0.0
        mine = waiter is not None and waiter.session.id == session.id and left_s > 0
        session.deliver(record, left_ms=int(left_s * 1000), answer=mine)

    async def _send_piece(self, session: Session) -> None:
        wanted = session.wants_piece()
        if wanted is None:
            return
        try:
            content = await self._log.piece(session.endpoint, *wanted)
        except LogUnavailable:
            content = None
        session.piece(content)

    def _take_over(self, session: Session) -> None:
        """A returning session may still reply to what it had in flight."""
        for delivery_id, waiter in self._waiting.items():
            if (waiter.session.endpoint, waiter.session.id) == (session.endpoint, session.id):
                waiter.session = session
                if waiter.seq is not None and waiter.seq <= session.position:
                    session.unanswered[waiter.seq] = delivery_id
