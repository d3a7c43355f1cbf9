"""The hub: senders wait here for an answer, inspectors follow the log from here. It knows nothing of HTTP.

A delivery is given its place in the log; then everyone attached to its endpoint is woken and reads it from there, so that live deliveries and backlog
take the same path. It may leave while it is being kept: the sender is answered once both its answer is there and it is kept. One of the sessions is to
answer; its reply, or the deadline, ends the sender's wait.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial

from hookscope_relay.delivery import Delivery
from hookscope_relay.errors import LogUnavailable
from hookscope_relay.keys.seal import Sealer
from hookscope_relay.limits import Room
from hookscope_relay.log.protocol import EndpointRecord, Log, Record, is_inline
from hookscope_relay.made_answers import build_problem
from hookscope_relay.metrics import Metrics
from hookscope_relay.roster import Attached, Roster
from hookscope_relay.senders import Clock, How, Outcome, Told, Waiter, Waiting, account, stored, tell_nobody
from hookscope_relay.session import Mode, Session
from hookscope_relay.settings import Away
from hookscope_relay.wire import (
    CLOSE_REPLACED,
    CLOSE_RESTART,
    CLOSE_TOO_SLOW,
    Refused,
    Settled,
    Welcome,
    decode,
    encode,
)

READ_AT_ONCE = 64
SEND_AT_ONCE_BYTES = 256 * 1024
SEAL_IN_THREAD_BYTES = 1 << 20
# Where no more senders wait, the log has time to keep each delivery while its handler works; else it does better to keep many at a time.
FEW = 8


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
        self._waiting = Waiting(self._expire, clock)
        self._appending: set[asyncio.Future[None]] = set()

    # Senders

    async def submit(
        self, endpoint: EndpointRecord, delivery: Delivery, kept: Callable[[], None] = lambda: None
    ) -> Outcome:
        """As `accept`, awaited; raises `LogUnavailable` where the delivery cannot be kept. Who is cancelled has left."""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

        def told(outcome: Outcome | LogUnavailable) -> None:
            if future.done():
                return
            if isinstance(outcome, Outcome):
                future.set_result(outcome)
            else:
                future.set_exception(outcome)

        waiter = self.accept(endpoint, delivery, told, kept)
        del delivery
        try:
            return await future
        except asyncio.CancelledError:
            self.leave(waiter)
            raise

    def accept(
        self, endpoint: EndpointRecord, delivery: Delivery, told: Told, kept: Callable[[], None] = lambda: None
    ) -> Waiter:
        """Take a delivery: it is passed on while it is being kept, and `told` is called once both its answer is there and it is kept.

        At the latest that is at the deadline, or when it is kept, if that is later. With nobody attached the answer is 202 once the
        delivery is durable, or 503 where the endpoint's owner wants that. `kept` is called when the delivery is needed no more: while
        its sender waits, its body is not held in memory.
        """
        now = self._clock()
        session = self.roster.answerer(endpoint.id)
        waiter = Waiter(endpoint.id, delivery.id, len(delivery.body), now, now + self._deadline_s, session, told, kept)
        if session is None and (endpoint.away or self._away) == "refuse":
            self._refuse(waiter, delivery)
            return waiter
        if session is None:
            waiter.outcome = stored(endpoint)
        else:
            self._waiting.add(waiter)
        pieces = self._seal(endpoint, delivery) if len(delivery.body) < SEAL_IN_THREAD_BYTES else ()
        if not pieces or not is_inline(pieces):
            appending = asyncio.ensure_future(self._append_large(endpoint, delivery, waiter))
            self._appending.add(appending)
            appending.add_done_callback(self._appending.discard)
            return waiter
        kept_or_not = partial(self._kept, waiter)
        waiter.seq = self._log.begin(
            endpoint.id,
            delivery.id,
            pieces,
            at=delivery.received_at,
            owed=session is None,
            kept=kept_or_not,
            soon=len(self._waiting) <= FEW,
        )
        self.roster.ring(endpoint.id, waiter.seq)
        return waiter

    def leave(self, waiter: Waiter) -> None:
        """The sender hung up: that does not undo what reached us. It is told nothing."""
        waiter.told = tell_nobody
        self._end(waiter, "sender-gone", Outcome(build_problem("deadline-passed", "relay"), "relay", None))

    def _refuse(self, waiter: Waiter, delivery: Delivery) -> None:
        answer = build_problem("not-listening", "relay", headers=(("Retry-After", "60"),))
        # Those who only watch see it all the same.
        self.refused(waiter.endpoint, "not-listening", delivery.method, delivery.target, waiter.size)
        outcome = Outcome(answer, "relay", None)
        waiter.how = "answered"
        waiter.released()
        account(self._metrics, waiter, self._clock() - waiter.started, "refused", outcome)
        waiter.told(outcome)

    async def _append_large(self, endpoint: EndpointRecord, delivery: Delivery, waiter: Waiter) -> None:
        try:
            if len(delivery.body) >= SEAL_IN_THREAD_BYTES:
                pieces = await asyncio.to_thread(self._seal, endpoint, delivery)
            else:
                pieces = self._seal(endpoint, delivery)
            delivery_id, at = delivery.id, delivery.received_at
            del delivery
            record = await self._log.append(endpoint.id, delivery_id, pieces, at=at, owed=waiter.session is None)
        except LogUnavailable as error:
            self._kept(waiter, error)
            return
        waiter.seq = record.seq
        self._kept(waiter, None)

    def _kept(self, waiter: Waiter, error: Exception | None) -> None:
        """The delivery is kept, or cannot be; where its answer is there already, that goes out."""
        waiter.kept = True
        waiter.released()
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
        for attached in self.roster.of(waiter.endpoint):
            attached.ahead.clear()
            if waiter.seq and attached.session.position >= waiter.seq:
                attached.session.settle(
                    Settled(seq=waiter.seq, how="answered", status=503, by="relay", waited_ms=self._waited_ms(waiter))
                )
            attached.bell.set()
        waiter.told(error if isinstance(error, LogUnavailable) else LogUnavailable(str(error)))

    def _end(self, waiter: Waiter, how: How, outcome: Outcome) -> None:
        """A sender's wait ended, by the first thing that ends it."""
        if waiter.how:
            return
        waiter.how, waiter.outcome = how, outcome
        self._waiting.remove(waiter)
        if waiter.kept:
            self._finish(waiter)
        else:
            self._log.hurry()

    def _finish(self, waiter: Waiter) -> None:
        """The account of a delivery that is kept and whose wait ended."""
        assert waiter.outcome is not None
        assert waiter.how
        outcome = Outcome(waiter.outcome.answer, waiter.outcome.by, waiter.seq)
        account(self._metrics, waiter, self._clock() - waiter.started, waiter.how, outcome)
        if waiter.how != "stored":
            self._settle(waiter, waiter.how, outcome)
        waiter.told(outcome)

    def _expire(self, waiter: Waiter) -> None:
        self._end(waiter, "expired", Outcome(build_problem("deadline-passed", "relay"), "relay", None))

    def refused(self, endpoint: str, problem: str, method: str, target: str, size: int) -> None:
        """Tell the endpoint's inspectors of a request that was turned away before it became a delivery."""
        for attached in self.roster.of(endpoint):
            frame = Refused(problem=problem, method=method[:200], target=target[:2000], size=size)
            attached.session.turn_away(frame)
            attached.bell.set()

    def _seal(self, endpoint: EndpointRecord, delivery: Delivery) -> tuple[bytes, ...]:
        return self._sealer.seal(delivery, endpoint.id, endpoint.seal, self._clock())

    def _settle(self, waiter: Waiter, how: How, outcome: Outcome) -> None:
        """Tell all who are attached how a sender's wait ended."""
        known = how != "sender-gone"
        status, by = (outcome.answer.status, outcome.by) if known else (0, "")
        frame = Settled(seq=waiter.seq, how=how, status=status, by=by, waited_ms=self._waited_ms(waiter))
        for attached in self.roster.of(waiter.endpoint):
            attached.session.settle(frame)
            if attached.session.is_too_slow:
                attached.close(CLOSE_TOO_SLOW)
            attached.ring_later()

    def _waited_ms(self, waiter: Waiter) -> int:
        return int((self._clock() - waiter.started) * 1000)

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

    async def next_messages(self, session: Session) -> list[bytes] | int:
        """The next messages for a session, all that are ready up to a bound, waiting until there is one; or the code to close its connection with."""
        attached = self.roster.find(session)
        if attached is None:
            return CLOSE_REPLACED
        while True:
            attached.bell.clear()
            if attached.close_code is not None:
                return _last_words(attached) or attached.close_code
            if messages := await self._ready(attached):
                return messages
            await attached.bell.wait()

    async def _ready(self, attached: Attached) -> list[bytes]:
        session = attached.session
        messages: list[bytes] = []
        size = 0
        while size < SEND_AT_ONCE_BYTES:
            if session.notices:
                messages.append(session.notices.popleft())
                size += len(messages[-1])
                continue
            if not attached.ahead and session.has_room():
                await self._read_ahead(attached)
            turn = session.take_turn(bool(attached.ahead))
            if turn == "record":
                self._deliver(session, attached.ahead.popleft())
            elif turn == "piece":
                await self._send_piece(session)
            else:
                break
        return messages

    async def _read_ahead(self, attached: Attached) -> None:
        """What follows in the log; the disk is asked for backlog only."""
        session = attached.session
        records = self._log.recent(session.endpoint, session.position, READ_AT_ONCE)
        if records is None:
            records = await self._log.read(session.endpoint, session.position, READ_AT_ONCE)
        attached.ahead.extend(records)

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
        if waiter is not None and waiter.session is not None and waiter.session.id == session.id:
            self._end(waiter, "answered", Outcome(replied.answer, replied.by, waiter.seq))
        attached = self.roster.find(session)
        if attached is not None:
            attached.bell.set()

    def _deliver(self, session: Session, record: Record) -> None:
        waiter = self._waiting.get(record.delivery_id)
        left_s = max(0.0, waiter.deadline - self._clock()) if waiter else 0.0
        mine = waiter is not None and waiter.session is not None and waiter.session.id == session.id and left_s > 0
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
        for waiter in self._waiting:
            if waiter.session is not None and (waiter.endpoint, waiter.session.id) == (session.endpoint, session.id):
                waiter.session = session
                if 0 < waiter.seq <= session.position:
                    session.unanswered[waiter.seq] = waiter.delivery_id


def _last_words(attached: Attached) -> list[bytes]:
    """What a session is still to hear before its connection closes in order: others have lost their right to it, or do not listen."""
    notices = attached.session.notices
    words = list(notices) if attached.close_code == CLOSE_RESTART else []
    notices.clear()
    return words
