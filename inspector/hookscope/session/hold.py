"""Deliveries that wait for their turn at a handler: kept as held before their senders are told 202, handed over in the
order they came, and again with longer and longer pauses while the handler is down or asks to wait.

What is held at the end of the session stands in the store as owed.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Protocol

from hookscope.attempts.make import Emit, asks_to_wait
from hookscope.attempts.route import failure_answer
from hookscope.model.capture import Attempt
from hookscope.model.events import HeldChanged, Noticed
from hookscope.model.session_requests import Replay, Replayed
from hookscope.session.gate import Gate
from hookscope.store.entry import Entry
from hookscope.store.reader import CaptureReader
from hookscope.tools.routes.open import Leg
from hookscope_relay.delivery import Answer, header
from hookscope_relay.errors import HookscopeError
from hookscope_relay.made_answers import build_answer

# So long a sender waits for a turn; what takes longer is answered by us.
PATIENCE_S = 2.0
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
# No handler may ask for longer.
LONGEST_ASKED_S = 600.0
MARGIN_S = 0.5
LIMIT_S = 30.0
TOLD_S = 0.1
HELD = build_answer(202, "inspector", body=b"Kept, and handed over when its turn comes.\n")


@dataclass(slots=True, eq=False)
class PacedDelivery:
    """A delivery, or a copy of it, that waits for a turn. `seq` is there while its sender waits for an answer, until
    the loop's time `until`; `tries` counts the attempts that were made at it."""

    leg: Leg
    copy: bool = False
    tries: int = 0
    number: int = 0
    seq: int | None = None
    until: float = 0.0
    timer: asyncio.TimerHandle | None = None


class Replier(Protocol):
    """Takes an answer to the sender of the delivery of that seq."""

    def __call__(self, seq: int, answer: Answer, by: Literal["", "inspector"]) -> None: ...


class Hold:
    """The lines of a session, one for each route with a pace. `begin` runs a task, `replay` hands a capture over."""

    def __init__(
        self,
        *,
        store: CaptureReader,
        replay: Callable[[Replay], Awaitable[Replayed]] | None,
        reply: Replier,
        emit: Emit,
        begin: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
    ) -> None:
        self._store = store
        self._replay = replay
        self._reply = reply
        self._emit = emit
        self._begin = begin
        self._loop = asyncio.get_running_loop()
        self._gates: dict[str, Gate] = {}
        self._lines: dict[str, deque[PacedDelivery]] = {}
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._expected: dict[str, PacedDelivery] = {}
        self._in_hand: set[PacedDelivery] = set()
        self._is_stopped = False
        self._open = asyncio.Event()
        self._open.set()
        self._told: asyncio.TimerHandle | None = None

    # What is handed over in its turn

    def passes(self, leg: Leg) -> bool:
        """Whether a delivery that just came may be handed over now; then its turn is taken, to be given back."""
        return not leg.rule.pace or (not self._lines.get(leg.rule.name) and self._gate(leg).try_take())

    def ended(self, leg: Leg, attempt: Attempt) -> bool:
        """A turn that `passes` took has ended with an attempt; whether that is to be made again."""
        if not leg.rule.pace:
            return False
        gate = self._gate(leg)
        gate.give_back()
        return self._judge(gate, attempt, 1)

    # What is held

    def hold_back(self, entry: Entry, leg: Leg, seq: int | None, *, tries: int = 0, limit_s: float = 0.0) -> None:
        """Have a delivery wait for a turn as soon as it is kept as held, which its sender (None: it does not wait) is
        told only then; behind so many attempts. `limit_s` is how long the sender waits."""
        entry.held = leg.rule.name
        entry.told = HELD.status if tries else entry.told
        until = self._loop.time() + limit_s
        self._expected[entry.delivery.id] = PacedDelivery(leg, seq=seq, tries=tries, until=until)

    def kept(self, entry: Entry) -> None:
        """A delivery, or the end of its attempt, is kept now."""
        turn = self._expected.get(entry.delivery.id)
        if turn is None or (turn.tries and not entry.is_ended_kept):
            return
        del self._expected[entry.delivery.id]
        turn.number = entry.number
        if turn.seq is not None:
            gate = self._gate(turn.leg)
            if turn.tries or self._is_stopped or gate.is_troubled or gate.wait_s() > PATIENCE_S:
                self._tell(turn)
            else:
                turn.timer = self._loop.call_later(PATIENCE_S, self._tell, turn)
        self.add(turn)

    def add(self, turn: PacedDelivery) -> None:
        """Have a delivery wait, whose capture is kept as held."""
        line = self._lines.setdefault(turn.leg.rule.name, deque())
        if turn.tries:
            line.appendleft(turn)
        else:
            line.append(turn)
        self._changed()
        self._work(turn.leg)

    @property
    def numbers(self) -> set[int]:
        """The captures that are waiting or on their way."""
        return {turn.number for line in self._lines.values() for turn in line} | {turn.number for turn in self._in_hand}

    def pause(self) -> None:
        """Hand nothing over until `resume`."""
        self._open.clear()

    def resume(self) -> None:
        """Go on."""
        self._open.set()

    def stop(self) -> None:
        """Hand nothing over any more; senders that wait are told that their deliveries are kept."""
        self._is_stopped = True
        for worker in self._workers.values():
            worker.cancel()
        for line in self._lines.values():
            for turn in line:
                self._tell(turn)

    def _gate(self, leg: Leg) -> Gate:
        gate = self._gates.get(leg.rule.name)
        if gate is None:
            gate = self._gates[leg.rule.name] = Gate(leg.rule.pace)
        return gate

    def _tell(self, turn: PacedDelivery) -> None:
        """Tell a sender that waits still that its delivery is kept."""
        if turn.seq is not None:
            self._reply(turn.seq, HELD, "inspector")
            self._let_go(turn)

    def _let_go(self, turn: PacedDelivery) -> None:
        turn.seq = None
        if turn.timer is not None:
            turn.timer.cancel()
            turn.timer = None

    def _work(self, leg: Leg) -> None:
        name = leg.rule.name
        if name not in self._workers and not self._is_stopped:
            worker = self._workers[name] = self._begin(self._hand_over_all(leg))
            worker.add_done_callback(partial(self._worker_ended, leg))

    def _worker_ended(self, leg: Leg, _: asyncio.Task[None]) -> None:
        del self._workers[leg.rule.name]
        if self._lines[leg.rule.name]:
            self._work(leg)

    async def _hand_over_all(self, leg: Leg) -> None:
        line, gate = self._lines[leg.rule.name], self._gate(leg)
        while line:
            await self._open.wait()
            await gate.take()
            if not line:
                gate.give_back()
                return
            turn = line.popleft()
            self._in_hand.add(turn)
            self._begin(self._hand_over(turn, gate))

    async def _hand_over(self, turn: PacedDelivery, gate: Gate) -> None:
        again = False
        try:
            attempt = await self._attempt(turn)
            turn.tries += 1
            again = attempt is not None and self._judge(gate, attempt, turn.tries)
            if attempt is not None and not again:
                self._answer(turn, attempt)
        finally:
            gate.give_back()
            self._in_hand.discard(turn)
            if again:
                self._tell(turn)
                self.add(turn)
            self._changed()

    async def _attempt(self, turn: PacedDelivery) -> Attempt | None:
        """Hand one over; None where it waits no more, or cannot be handed over."""
        rule = turn.leg.rule
        if not await asyncio.to_thread(self._store.is_held, turn.number, rule.name) or self._replay is None:
            self._tell(turn)
            return None
        left = turn.until - self._loop.time() - MARGIN_S if turn.seq is not None else rule.timeout_s or LIMIT_S
        wanted = Replay(
            name=str(turn.number),
            origin="live",
            route=rule.name,
            copy=turn.copy,
            limit_s=max(0.05, min(left, rule.timeout_s or left)),
            holds=rule.pace.retry > 0,
            told=HELD.status if turn.seq is None and not turn.copy else 0,
        )
        try:
            return (await self._replay(wanted)).attempt
        except HookscopeError as error:
            self._tell(turn)
            self._emit(Noticed(at=time.time(), level="warning", text=f"capture {turn.number} stays held: {error}"))
            return None

    def _judge(self, gate: Gate, attempt: Attempt, tries: int) -> bool:
        """What an attempt says of the handler; whether it is to be made again."""
        if not asks_to_wait(attempt):
            gate.recovered()
            return False
        if not gate.pace.retry:
            return False
        gate.rest(pause_s(tries, attempt))
        if tries <= gate.pace.retry:
            return not self._is_stopped
        text = f"a delivery stays held: its handler was not there for {tries} attempts"
        later = "--forward-backlog hands it over later"
        self._emit(Noticed(at=time.time(), level="warning", text=text, option=later, about="backlog"))
        return False

    def _answer(self, turn: PacedDelivery, attempt: Attempt) -> None:
        if turn.seq is None:
            return
        if attempt.answer is not None:
            self._reply(turn.seq, attempt.answer, "")
        elif attempt.failure is not None:
            self._reply(turn.seq, failure_answer(attempt.failure), "inspector")
        self._let_go(turn)

    def _changed(self) -> None:
        if self._told is None:
            self._told = self._loop.call_later(TOLD_S, self._tell_count)

    def _tell_count(self) -> None:
        self._told = None
        self._emit(HeldChanged(at=time.time(), count=len(self.numbers)))


def pause_s(tries: int, attempt: Attempt) -> float:
    """How long to wait behind so many attempts: twice as long each time, and no shorter than the handler asks for."""
    asked = header(attempt.answer.headers, "retry-after") if attempt.answer is not None else None
    wanted = float(asked) if asked is not None and asked.isascii() and asked.isdigit() and len(asked) < 6 else 0.0
    return max(min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(tries - 1, 10)), min(wanted, LONGEST_ASKED_S))
