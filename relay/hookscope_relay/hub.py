"""The hub: senders wait here for an answer, inspectors follow the log from here. It knows nothing of HTTP.

A delivery is appended first; then everyone attached to its endpoint is woken and reads it from the log, so that live deliveries
and backlog take the same path. One of the sessions is to answer; its reply, or the deadline, ends the sender's wait.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from hookscope_relay.answers import build_answer, build_problem
from hookscope_relay.delivery import Answer, Delivery
from hookscope_relay.errors import LogUnavailable
from hookscope_relay.keys.sealing import Sealer
from hookscope_relay.log.protocol import EndpointRecord, Log, Record
from hookscope_relay.session import Mode, Session
from hookscope_relay.settings import Away
from hookscope_relay.wire import Refused, Settled, Welcome, decode, encode

PLACE_KEPT_S = 60.0
READ_AT_ONCE = 64
SEAL_IN_THREAD_BYTES = 1 << 20
RANK: dict[Mode, int] = {"handler": 0, "capture": 1}

Clock: TypeAlias = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the sender gets. `by` is `relay` or `inspector` for a made-up answer, empty for the handler's; `seq` None if nothing was kept."""

    answer: Answer
    by: Literal["", "relay", "inspector"]
    seq: int | None


@dataclass(slots=True)
class _Waiter:
    """A sender that waits, and the session that is to answer it."""

    session: Session
    deadline: float
    reply: asyncio.Future[tuple[Answer, str]]
    seq: int | None = None


@dataclass(slots=True)
class _Attached:
    """An attached session with its reader's state: what was read ahead, and the bell that says there may be more."""

    session: Session
    bell: asyncio.Event = field(default_factory=asyncio.Event)
    ahead: deque[Record] = field(default_factory=deque)
    close_code: int | None = None


class Hub:
    """Joins senders and sessions over one log. Instants are of `clock`, a monotonic clock in seconds."""

    def __init__(
        self, log: Log, *, deadline_s: float, max_answer: int, away: Away = "store", clock: Clock = time.monotonic
    ) -> None:
        self._log = log
        self._clock = clock
        self._deadline_s = deadline_s
        self._max_answer = max_answer
        self._away: Away = away
        self._sealer = Sealer()
        self._attached: dict[str, list[_Attached]] = {}
        self._departed: dict[tuple[str, bytes], tuple[float, float]] = {}
        self._waiting: dict[str, _Waiter] = {}

    # Senders

    async def submit(self, endpoint: EndpointRecord, delivery: Delivery) -> Outcome:
        """Keep the delivery and wait for its answer, at most until the deadline; `LogUnavailable` where it cannot be kept.

        With nobody attached the answer comes at once: 202 once it is durable, or 503 where the endpoint's owner wants that.
        """
        started = self._clock()
        answerer = self._answerer(endpoint.id)
        if answerer is None:
            return await self._submit_unattended(endpoint, delivery)
        waiter = _Waiter(answerer, started + self._deadline_s, asyncio.get_running_loop().create_future())
        self._waiting[delivery.id] = waiter
        record: Record | None = None
        how: Literal["answered", "expired", "sender-gone"] = "sender-gone"
        outcome = Outcome(build_problem("deadline-passed", "relay"), "relay", None)
        try:
            record = await self._append(endpoint, delivery, owed=False)
            outcome, waiter.seq = Outcome(outcome.answer, "relay", record.seq), record.seq
            self._ring(endpoint.id)
            async with asyncio.timeout(waiter.deadline - self._clock()):
                answer, by = await waiter.reply
            how, outcome = "answered", Outcome(answer, "inspector" if by else "", record.seq)
        except TimeoutError:
            how = "expired"
        finally:
            del self._waiting[delivery.id]
            if record is not None:
                waited_ms = int((self._clock() - started) * 1000)
                self._settle(endpoint.id, record.seq, how, outcome, waited_ms)
        return outcome

    def refused(self, endpoint: str, problem: str, method: str, target: str, size: int) -> None:
        """Tell the endpoint's inspectors of a request that was turned away before it became a delivery."""
        for attached in self._attached.get(endpoint, ()):
            frame = Refused(problem=problem, method=method[:200], target=target[:2000], size=size)
            attached.session.notices.append(encode(frame))
            attached.bell.set()

    async def _submit_unattended(self, endpoint: EndpointRecord, delivery: Delivery) -> Outcome:
        if (endpoint.away or self._away) == "refuse":
            return Outcome(build_problem("not-listening", "relay", headers=(("Retry-After", "60"),)), "relay", None)
        record = await self._append(endpoint, delivery, owed=True)
        self._ring(endpoint.id)
        status = endpoint.away_status or 202
        return Outcome(
            build_answer(status, "relay", body=b"Stored.\n" if status not in {204, 304} else b""), "relay", record.seq
        )

    async def _append(self, endpoint: EndpointRecord, delivery: Delivery, *, owed: bool) -> Record:
        if len(delivery.body) >= SEAL_IN_THREAD_BYTES:
            pieces = await asyncio.to_thread(self._seal, endpoint, delivery)
        else:
            pieces = self._seal(endpoint, delivery)
        # A sender that hangs up does not undo what reached us: the append runs to its end.
        return await asyncio.shield(
            self._log.append(endpoint.id, delivery.id, pieces, at=delivery.received_at, owed=owed)
        )

    def _seal(self, endpoint: EndpointRecord, delivery: Delivery) -> tuple[bytes, ...]:
        return self._sealer.seal(delivery, endpoint.id, endpoint.seal, self._clock())

    def _settle(
        self,
        endpoint: str,
        seq: int,
        how: Literal["answered", "expired", "sender-gone"],
        outcome: Outcome,
        waited_ms: int,
    ) -> None:
        status = outcome.answer.status if how != "sender-gone" else 0
        by = outcome.by if how != "sender-gone" else ""
        for attached in self._attached.get(endpoint, ()):
            attached.session.settle(Settled(seq=seq, how=how, status=status, by=by, waited_ms=waited_ms))
            attached.bell.set()

    # Inspectors

    def attach(self, session_id: bytes, endpoint: str, mode: Mode, position: int) -> Session:
        """Attach a session; one that was here less than a minute ago has its place back, a living one of the same id is replaced."""
        now = self._clock()
        others = self._attached.setdefault(endpoint, [])
        attached_at = now
        for other in [one for one in others if one.session.id == session_id]:
            attached_at = other.session.attached_at
            self.close(other.session, 4002)
            others.remove(other)
        left = self._departed.pop((endpoint, session_id), None)
        if left is not None and now - left[1] <= PLACE_KEPT_S:
            attached_at = left[0]
        session = Session(session_id, endpoint, mode, attached_at, position, self._max_answer)
        others.append(_Attached(session))
        self._take_over(session)
        self._assign_roles(endpoint)
        session.notices.clear()
        return session

    def detach(self, session: Session) -> None:
        """Take a session off; its place is kept for a minute, what it had in flight is not handed on."""
        attached = self._find(session)
        if attached is None:
            return
        others = self._attached[session.endpoint]
        others.remove(attached)
        now = self._clock()
        self._departed = {key: left for key, left in self._departed.items() if now - left[1] <= PLACE_KEPT_S}
        self._departed[session.endpoint, session.id] = (session.attached_at, now)
        if others:
            self._assign_roles(session.endpoint)
        else:
            del self._attached[session.endpoint]

    def close(self, session: Session, code: int) -> None:
        """Ask that a session's connection be closed with the code: its `next_message` ends."""
        attached = self._find(session)
        if attached is not None:
            attached.close_code = code
            attached.bell.set()

    def close_all(self, code: int) -> None:
        """Ask every session's connection to close with the code."""
        for session in [attached.session for others in self._attached.values() for attached in others]:
            self.close(session, code)

    async def quiet(self) -> None:
        """Wait until no sender waits any more."""
        while self._waiting:
            await asyncio.wait([waiter.reply for waiter in self._waiting.values()], timeout=0.1)

    def sessions(self, endpoint: str) -> tuple[Session, ...]:
        """Who is attached to an endpoint."""
        return tuple(attached.session for attached in self._attached.get(endpoint, ()))

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
        attached = self._find(session)
        if attached is None:
            return 4002
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
        decoded = decode(message)
        if decoded is None:
            return
        frame, raw = decoded
        delivery_id = session.unanswered.get(getattr(frame, "seq", -1), "")
        replied = session.receive(frame, raw)
        if replied is None:
            return
        waiter = self._waiting.get(delivery_id)
        if waiter is not None and waiter.session.id == session.id and not waiter.reply.done():
            waiter.reply.set_result((replied.answer, replied.by))
        attached = self._find(session)
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

    def _answerer(self, endpoint: str) -> Session | None:
        answering = [
            one.session
            for one in self._attached.get(endpoint, ())
            if one.session.mode != "watch" and one.close_code is None
        ]
        return min(answering, key=lambda session: (RANK[session.mode], session.attached_at), default=None)

    def _assign_roles(self, endpoint: str) -> None:
        answerer = self._answerer(endpoint)
        for attached in self._attached.get(endpoint, ()):
            attached.session.assume("answering" if attached.session is answerer else "watching")
            attached.bell.set()

    def _ring(self, endpoint: str) -> None:
        for attached in self._attached.get(endpoint, ()):
            attached.bell.set()

    def _find(self, session: Session) -> _Attached | None:
        return next((one for one in self._attached.get(session.endpoint, ()) if one.session is session), None)
