"""One node among the others of a relay: it tells them what happens here, and hears what happens there.

What is said is lost where a connection breaks. So each node says every second at which version it is, and who missed
something asks; who was heard of no more is gone; and whatever is in the log is looked for every now and then.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from hookscope_relay.cluster.cross import Crossings
from hookscope_relay.cluster.messages import (
    Across,
    Agreed,
    Ask,
    Beat,
    Change,
    Changed,
    Ended,
    Farewell,
    Hello,
    InterimAnswer,
    Part,
    Said,
    Seat,
    TurnedAway,
    Wake,
    Whole,
    decode_said,
    encode_said,
)
from hookscope_relay.cluster.parts import Parts, split_answer
from hookscope_relay.cluster.stand_in import stand_down, stand_in, take_answer, take_interim, waiting_for
from hookscope_relay.delivery import Answer
from hookscope_relay.errors import LogUnavailable
from hookscope_relay.hub import Hub
from hookscope_relay.log.nats.log import NatsLog
from hookscope_relay.log.nats.parser import Mail
from hookscope_relay.log_lines import tell
from hookscope_relay.roster import Departed, Elsewhere
from hookscope_relay.senders import Outcome, Waiter
from hookscope_relay.wire import CLOSE_RESTART, Refused, Settled, decode, encode

BEAT_S = 1.0
GONE_S = 3.5
ASK_S = 0.3
# The others' words about who is attached, before this node takes deliveries.
HELLO_S = 0.3
SEATS_A_MESSAGE = 4000
SWEEP_S = 1.0
# How often it is asked which log it is, while nobody says.
DOUBT_S = 2.0
SWEPT_AT_ONCE = 5
# In so many turns all have had theirs.
SWEPT_WITHIN = 60

logger = logging.getLogger("hookscope.relay")


@dataclass(slots=True)
class _Neighbour:
    """Another node: the version of what is known of it, and when it was last heard. -1: not all of it is known."""

    version: int
    heard_at: float


class Node:
    """This node: `Peers` for the hub, and ears for the others."""

    def __init__(self, log: NatsLog, hub: Hub) -> None:
        self._log = log
        self._hub = hub
        self._name = log.node
        self._version = 0
        self._others: dict[str, _Neighbour] = {}
        self._parts = Parts()
        self._crossings = Crossings(self._name, self._say)
        self._tasks: list[asyncio.Task[None]] = []
        self._one_off: set[asyncio.Task[None]] = set()
        self._swept = 0
        self._fresh: set[str] = set()
        self._doubts = 0

    @property
    def others(self) -> int:
        """How many other nodes there are."""
        return len(self._others)

    async def start(self) -> None:
        """Join the others; returns once they had a moment to say who is attached to them."""
        client = self._log.courier.client
        for to in (self._name, "all"):
            await client.listen(self._subject(to), self._hear)
        self._log.heard = self._tell_of_record
        self._log.changed = lambda endpoint: self._say_all(Changed(endpoint))
        self._log.came_back = self._come_back
        self._hub.roster.changed = self._tell_of_sessions
        self._hub.peers = self
        self._say_all(Hello(self._name))
        self._beat()
        await asyncio.sleep(HELLO_S)
        self._tasks = [asyncio.create_task(self._live()), asyncio.create_task(self._sweep())]
        self._do(self._learn())

    async def stop(self) -> None:
        """Say farewell."""
        for task in (*self._tasks, *self._one_off):
            task.cancel()
        await asyncio.gather(*self._tasks, *self._one_off, return_exceptions=True)
        await self._crossings.stop()
        self._say_all(Farewell(self._name))

    # What the hub says

    async def ask(self, waiter: Waiter) -> bool:
        there = waiter.session
        assert isinstance(there, Elsewhere)
        left_s = max(0.0, waiter.deadline - self._hub.now())
        question = Ask(self._name, waiter.endpoint, waiter.delivery_id, there.id, left_s, waiter.seq)
        try:
            reply = await self._log.courier.request(self._subject(there.node), encode_said(question), ASK_S)
        except LogUnavailable:
            # Nobody of that name, or it does not live enough to answer; where it does it is asked at its next beat.
            self._forget(there.node)
            return False
        agreed = decode_said(reply.data)
        if isinstance(agreed, Agreed) and agreed.there:
            return True
        self._hub.roster.forget_elsewhere(there)
        return False

    def settle(self, endpoint: str, delivery_id: str, frame: Settled) -> None:
        self._parts.forget(delivery_id)
        for node in self._hub.roster.nodes(endpoint):
            self._say(node, Ended(endpoint, delivery_id, encode(frame)))

    def turn_away(self, endpoint: str, frame: Refused) -> None:
        for node in self._hub.roster.nodes(endpoint):
            self._say(node, TurnedAway(endpoint, encode(frame)))

    def _tell_of_record(self, endpoint: str, seq: int) -> None:
        self._hub.roster.ring(endpoint, seq)
        for node in self._hub.roster.nodes(endpoint):
            self._say(node, Wake(endpoint, seq))

    def _tell_of_sessions(self, endpoint: str) -> None:
        self._version += 1
        if self._hub.roster.of(endpoint):
            # What was kept while the others did not know yet.
            self._fresh.add(endpoint)
        places = self._hub.roster.places(endpoint, self._hub.now())
        kept = tuple((session, *left) for session, left in places.items())
        self._say_all(Change(self._name, self._version, endpoint, self._seats(endpoint), kept))

    def _seats(self, endpoint: str) -> tuple[Seat, ...]:
        return tuple(
            Seat(
                endpoint,
                one.id,
                one.mode,
                one.attached_at,
                one.generation,
                one.taken,
                one.label,
                one.streams,
            )
            for one in self._hub.sessions(endpoint)
        )

    def _tell_whole(self, node: str) -> None:
        seats = [seat for endpoint in self._hub.roster.endpoints() for seat in self._seats(endpoint)]
        starts = range(0, max(1, len(seats)), SEATS_A_MESSAGE)
        for start in starts:
            part = tuple(seats[start : start + SEATS_A_MESSAGE])
            last = start == starts[-1]
            self._say(node, Whole(self._name, self._version, part, start == 0, last))

    def _subject(self, node: str) -> str:
        return self._log.names.of_node(node)

    def _say(self, node: str, said: Said) -> None:
        self._log.courier.send(self._subject(node), encode_said(said))

    def _say_all(self, said: Said) -> None:
        self._say("all", said)

    # What the others say

    def _hear(self, message: Mail) -> None:
        if message.status:
            return
        said = decode_said(message.data)
        match said:
            case Hello() | Whole() | Change() | Beat() | Farewell() if said.node == self._name:
                pass
            case Wake():
                self._log.hear(said.endpoint, said.seq)
                self._hub.roster.ring(said.endpoint, said.seq)
            case Ask():
                there = stand_in(self._hub, said, partial(self._answer, said), partial(self._answer_interim, said))
                self._log.courier.send(message.reply, encode_said(Agreed(there)))
            case Part():
                self._hear_part(said)
            case InterimAnswer():
                answer = Answer(status=said.status, reason=said.reason, headers=said.headers)
                take_interim(self._hub, said.delivery_id, said.session, answer)
            case Across():
                self._crossings.hear(said)
            case Ended() | TurnedAway():
                self._hear_frame(said)
            case Changed():
                self._hear_of_change(said.endpoint)
            case Hello() | Whole() | Change() | Beat() | Farewell():
                self._hear_of_node(said)
            case Agreed() | None:
                pass

    def _answer(self, ask: Ask, outcome: Outcome | LogUnavailable) -> None:
        """A session here has answered a sender that waits there."""
        if isinstance(outcome, Outcome):
            for part in split_answer(ask.delivery_id, ask.session, outcome, self._name):
                self._say(ask.node, part)
            if outcome.stream is not None:
                self._crossings.send(ask.node, ask.delivery_id, outcome.stream)

    def _answer_interim(self, ask: Ask, answer: Answer) -> None:
        said = InterimAnswer(ask.delivery_id, ask.session, answer.status, answer.reason, answer.headers)
        self._say(ask.node, said)

    def _hear_part(self, part: Part) -> None:
        outcome = self._parts.add(part)
        if outcome is not None:
            if part.streams:
                outcome = outcome._replace(stream=self._crossings.receive(part.node, part.delivery_id, part.seq))
            take_answer(self._hub, part.delivery_id, part.session, outcome)

    def _hear_frame(self, said: Ended | TurnedAway) -> None:
        decoded = decode(said.frame)
        frame = decoded[0] if decoded else None
        if isinstance(said, Ended) and isinstance(frame, Settled):
            stand_down(self._hub, said.delivery_id)
            # Nearly always it was told of before.
            self._log.hear(said.endpoint, frame.seq)
            self._hub.roster.ring(said.endpoint, frame.seq)
            self._hub.roster.settle(said.endpoint, frame)
        elif isinstance(frame, Refused):
            self._hub.roster.turn_away(said.endpoint, frame)

    def _hear_of_change(self, endpoint: str) -> None:
        if endpoint:
            self._log.forget_endpoint(endpoint)
        else:
            self._do(self._look_at_epoch())

    async def _look_at_epoch(self) -> None:
        """See whether the log is another one by now, again and again while the servers do not say: whoever holds a
        cursor of the older one would wait for numbers that may never come."""
        self._doubts += 1
        if self._doubts > 1:
            return
        while doubts := self._doubts:
            before = self._log.epoch
            try:
                await self._log.look_for_older_data()
                if await self._log.look_at_epoch() != before or self._log.epoch != before:
                    # Cursors of the older log mean nothing in this one: inspectors come again with them.
                    self._hub.close_all(CLOSE_RESTART)
                self._doubts -= doubts
            except LogUnavailable as error:
                tell(logger, "the epoch is not known", logging.WARNING, reason=str(error))
                await asyncio.sleep(DOUBT_S)

    def _hear_of_node(self, said: Hello | Whole | Change | Beat | Farewell) -> None:
        if isinstance(said, Farewell):
            self._forget(said.node)
            return
        other = self._others.get(said.node)
        if other is None:
            other = self._others[said.node] = _Neighbour(-1, 0.0)
        other.heard_at = self._hub.now()
        match said:
            case Hello():
                self._tell_whole(said.node)
            case Beat() if said.version != other.version:
                self._say(said.node, Hello(self._name))
            case Whole():
                self._take_whole(said, other)
            case Change():
                self._take_change(said, other)
            case _:
                pass

    def _take_whole(self, said: Whole, other: _Neighbour) -> None:
        roster = self._hub.roster
        if said.first:
            for endpoint in roster.endpoints_of(said.node):
                roster.note_elsewhere(endpoint, said.node, ())
        for endpoint, seats in groupby(said.seats, key=lambda seat: seat.endpoint):
            self._seat(said.node, endpoint, tuple(seats))
        other.version = said.version if said.last else -1

    def _take_change(self, said: Change, other: _Neighbour) -> None:
        self._hub.roster.keep_places(said.endpoint, {place[0]: Departed(*place[1:]) for place in said.places})
        self._seat(said.node, said.endpoint, said.seats)
        if other.version == said.version - 1:
            other.version = said.version

    def _seat(self, node: str, endpoint: str, seats: tuple[Seat, ...]) -> None:
        there = [
            Elsewhere(
                seat.session,
                endpoint,
                node,
                seat.mode,
                seat.attached_at,
                seat.generation,
                seat.taken,
                seat.label,
                seat.streams,
            )
            for seat in seats
        ]
        self._hub.roster.note_elsewhere(endpoint, node, there)
        for one in there:
            # It may still answer what it had in hand when it was attached elsewhere.
            for waiter in waiting_for(self._hub, endpoint, one.id):
                if waiter.session != one and waiter.seq:
                    waiter.session = one
                    self._do(self.ask(waiter))

    # What happens by itself

    async def _live(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            if not self._log.courier.is_connected:
                continue
            self._beat()
            now = self._hub.now()
            for name in [name for name, other in self._others.items() if now - other.heard_at > GONE_S]:
                tell(logger, "node gone", node=name)
                self._forget(name)

    async def _learn(self) -> None:
        try:
            await self._log.learn_endpoints()
        except LogUnavailable as error:
            tell(logger, "endpoints are learnt as they come", logging.WARNING, reason=str(error))

    def _beat(self) -> None:
        self._say_all(Beat(self._name, self._version))

    def _forget(self, node: str) -> None:
        if self._others.pop(node, None) is not None:
            self._hub.roster.forget_node(node, self._hub.now())
            self._crossings.forget_node(node)
            # What it put in last, nobody may have been told of.
            self._ring_all()

    def _come_back(self) -> None:
        """The connection was lost for a while, and with it perhaps some words."""
        now = self._hub.now()
        for other in self._others.values():
            other.heard_at, other.version = now, -1
        self._say_all(Hello(self._name))
        self._ring_all()
        self._do(self._look_at_epoch())

    def _ring_all(self) -> None:
        for attached in self._hub.roster:
            attached.bell.set()
        self._log.forget_places()

    async def _sweep(self) -> None:
        """Look for records of which no word came: where somebody began to read, then at some endpoints in turn."""
        while True:
            await asyncio.sleep(SWEEP_S)
            endpoints = self._hub.roster.endpoints()
            share = max(SWEPT_AT_ONCE, len(endpoints) // SWEPT_WITHIN)
            turn = [*endpoints[self._swept :], *endpoints[: self._swept]][:share]
            self._swept = (self._swept + len(turn)) % max(1, len(endpoints))
            fresh, self._fresh = self._fresh, set()
            try:
                for endpoint in {*fresh, *turn}:
                    positions = [session.position for session in self._hub.sessions(endpoint)]
                    if positions and (seq := await self._log.look(endpoint, max(positions))):
                        self._hub.roster.ring(endpoint, seq)
            except LogUnavailable:
                self._fresh |= fresh

    def _do(self, work: object) -> None:
        task = asyncio.ensure_future(work)  # type: ignore[call-overload]  # a coroutine of ours
        self._one_off.add(task)
        task.add_done_callback(self._one_off.discard)
