"""Senders that wait for an answer: what is known of each, until when it waits, and the account of how that ended."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple, TypeAlias

import msgspec

from hookscope_relay.delivery import Answer
from hookscope_relay.downflow import Downflow
from hookscope_relay.errors import LogUnavailable
from hookscope_relay.log.protocol import EndpointRecord
from hookscope_relay.log_lines import DELIVERIES, short, tell
from hookscope_relay.made_answers import build_answer
from hookscope_relay.metrics import Metrics
from hookscope_relay.roster import Elsewhere
from hookscope_relay.session import ReplyBy, Session
from hookscope_relay.stream import Stream

Clock: TypeAlias = Callable[[], float]
How: TypeAlias = Literal["answered", "expired", "sender-gone"]


class Outcome(NamedTuple):
    """What the sender gets.

    `by` is `relay` or `inspector` for a made-up answer, empty for the handler's; `seq` None if nothing was kept. With a
    `stream` the answer is its head alone, and whoever is told takes from the stream or leaves it.
    """

    answer: Answer
    by: ReplyBy
    seq: int | None
    stream: Stream | None = None


# Called once: with the outcome, or with why the delivery could not be kept.
Told: TypeAlias = Callable[[Outcome | LogUnavailable], object]
# Called with each interim answer.
Interim: TypeAlias = Callable[[Answer], None]


class Waiter(msgspec.Struct, eq=False):
    """A sender that waits, and the session that is to answer it: None where nobody is attached.

    The session may be attached to another node. Where `here` is False it is the sender that waits at another one, which
    also gives account of it.

    Of a request that is passed on while it arrives, by `downflow`, `early` is told of an answer that comes before its
    end.

    `how` and `outcome` say how the wait ended, which is told once the delivery is kept too. `pieces` are those of a
    large delivery, until all are on their way to that session.
    """

    endpoint: str
    delivery_id: str
    size: int
    started: float
    deadline: float
    session: Session | Elsewhere | None
    told: Told
    released: Callable[[], None]
    seq: int = 0
    kept: bool = False
    how: How | Literal["", "stored"] = ""
    outcome: Outcome | None = None
    pieces: tuple[bytes, ...] = ()
    interim: Interim | None = None
    here: bool = True
    downflow: Downflow | None = None
    early: Callable[[Outcome], None] | None = None

    def place(self, seq: int) -> None:
        """The delivery's seq is known."""
        self.seq = seq

    def tell(self, outcome: Outcome | LogUnavailable) -> None:
        """Say what came of it, and let go of who was told: it knows this waiter, and in a circle both would stay."""
        told, self.told = self.told, tell_nobody
        if self.downflow is not None:
            self.downflow.note_answer()
        told(outcome)

    def release(self) -> None:
        """Give back the delivery's room, unless it is still needed."""
        if self.kept and not self.pieces:
            self.released()


class Waiting:
    """Those who wait for an answer, in the order in which they came.

    `late` is called with each whose deadline has passed.

    One timer serves all: they wait equally long, so the first in order is the first to be late.
    """

    def __init__(self, late: Callable[[Waiter], None], clock: Clock) -> None:
        self._late = late
        self._clock = clock
        self._waiters: dict[str, Waiter] = {}
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._waiters)

    def __iter__(self) -> Iterator[Waiter]:
        return iter(self._waiters.values())

    def get(self, delivery_id: str) -> Waiter | None:
        """Who waits for that delivery's answer."""
        return self._waiters.get(delivery_id)

    def add(self, waiter: Waiter) -> None:
        """One more waits."""
        self._waiters[waiter.delivery_id] = waiter
        if self._timer is None:
            self._watch(waiter)

    def remove(self, waiter: Waiter) -> None:
        """It waits no more, if it did."""
        self._waiters.pop(waiter.delivery_id, None)

    def hand_over(self, session: Session) -> None:
        """A returning session may still reply to what it had in flight."""
        for waiter in self:
            if waiter.session is not None and (waiter.endpoint, waiter.session.id) == (session.endpoint, session.id):
                waiter.session = session
                if 0 < waiter.seq <= session.position:
                    session.unanswered[waiter.seq] = waiter.delivery_id

    def _watch(self, first: Waiter) -> None:
        delay = max(0.0, first.deadline - self._clock())
        self._timer = asyncio.get_running_loop().call_later(delay, self._look)

    def _look(self) -> None:
        self._timer = None
        now = self._clock()
        for waiter in tuple(self._waiters.values()):
            if waiter.deadline > now:
                self._watch(waiter)
                return
            self._late(waiter)


def account(
    metrics: Metrics, waiter: Waiter, waited_s: float, how: How | Literal["stored", "refused"], outcome: Outcome
) -> None:
    """Count a delivery and leave its line in the log."""
    metrics.deliveries[how] += 1
    metrics.body_bytes += waiter.size
    metrics.waited.observe(waited_s)
    if not DELIVERIES.isEnabledFor(logging.INFO):
        return
    tell(
        DELIVERIES,
        "delivery",
        id=waiter.delivery_id,
        endpoint=short(waiter.endpoint),
        outcome=how,
        status=outcome.answer.status if how != "sender-gone" else 0,
        by=outcome.by or "handler",
        seq=outcome.seq or 0,
        bytes=waiter.size,
        ms=round(waited_s * 1000, 1),
    )


def stored(endpoint: EndpointRecord) -> Outcome:
    """What the relay itself says of a delivery that it has stored."""
    status = endpoint.away_status or 202
    body = b"Stored.\n" if status not in {204, 304} else b""
    return Outcome(build_answer(status, "relay", body=body), "relay", None)


def tell_nobody(outcome: Outcome | LogUnavailable) -> None:
    """For a sender that hung up."""
    if isinstance(outcome, Outcome) and outcome.stream is not None:
        outcome.stream.leave("sender-gone")


def nodes_clock() -> Clock:
    """A clock of epoch seconds that never goes back: what nodes tell each other is compared by it."""
    began = time.time() - time.monotonic()
    return lambda: began + time.monotonic()
