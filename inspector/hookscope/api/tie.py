"""The tie: which delivery a call belongs to, and how sure that is.

A call that names the delivery (`Hookscope-Delivery`, or the delivery's own W3C `traceparent`) belongs to it. Otherwise
it belongs to one of those that the handler had in hand when the call was made, or had handled a short while before: the
one whose ids the call names, weighed by how few others name them, ids that its earlier calls brought counting less;
then the one that the same connection served a moment ago, or the same process, where several processes have one
delivery in hand each; then the only one in hand. Where nothing decides, it is shown as one of several.
"""

from __future__ import annotations

import math
from collections import OrderedDict, defaultdict
from dataclasses import dataclass, field
from itertools import islice

from hookscope.api.evidence import bots_in, ids_in, trace_of
from hookscope.model.call import Call, Tie
from hookscope_relay.delivery import Headers, header

# Work that goes on after the answer is looked for so long, among so many deliveries.
REMEMBERED_S = 900.0
REMEMBERED = 2000
# Without an id, work is the latest delivery's for so long after its answer.
AFTER_S = 30.0
CONNECTIONS = 500
OTHERS = 20

NAMED, TRACED = 1.0, 0.98
# By evidence: the delivery's own id, an id that an earlier call of it brought; of one in hand, of one answered before.
OWN, LED = (0.97, 0.92), (0.9, 0.85)
LED_SHARE = 0.7
ALONE, SAME_PROCESS, AFTERWARDS, SAME_CONNECTION = 0.8, 0.6, 0.55, 0.5


@dataclass(slots=True)
class InWork:
    """A delivery that the handler has, or had: `own` the ids in it, `led` those that answers to its calls brought."""

    delivery: str
    began_at: float
    own: frozenset[str]
    trace: str = ""
    bots: frozenset[str] = frozenset()
    ended_at: float | None = None
    runs: int = 1
    led: set[str] = field(default_factory=set)
    asked: set[tuple[str, str]] = field(default_factory=set)
    process: int = 0

    def is_in_hand(self, at: float) -> bool:
        """Whether the handler had it at that time."""
        return self.began_at <= at and (self.ended_at is None or at <= self.ended_at)

    def may_have(self, at: float) -> bool:
        """Whether a call of that time can be its: it had begun, and has not ended too long before."""
        return self.began_at <= at and (self.ended_at is None or at - self.ended_at <= REMEMBERED_S)


class Ties:
    """Finds the delivery of each call. `begin` and `end` tell what the handler is given; `tie` is asked once for each
    call, as it ends."""

    def __init__(self) -> None:
        self._works: OrderedDict[str, InWork] = OrderedDict()
        self._by_id: defaultdict[str, set[str]] = defaultdict(set)
        self._led: defaultdict[str, set[str]] = defaultdict(set)
        self._traces: dict[str, str] = {}
        self._connections: OrderedDict[str, str] = OrderedDict()
        # Processes that call, each with whether it has one delivery at a time as far as is known.
        self._alone: dict[int, bool] = {}

    def are_many_in_hand(self, at: float) -> bool:
        """Whether the handler has more than one delivery, so that more must be known of a call."""
        newest = (self._works[name] for name in reversed(self._works))
        return sum(work.is_in_hand(at) for work in islice(newest, CONNECTIONS)) > 1

    def begin(self, delivery: str, headers: Headers, target: str, body: bytes, at: float) -> None:
        """The handler is given a delivery, for the first time or again."""
        if (known := self._works.pop(delivery, None)) is not None:
            known.runs += known.ended_at is None
            known.ended_at, known.began_at = None, at if known.ended_at is not None else known.began_at
            self._works[delivery] = known
            return
        work = InWork(delivery, at, ids_in(target, body), trace_of(header(headers, "traceparent")), bots_in(body))
        self._works[delivery] = work
        for one in work.own:
            self._by_id[one].add(delivery)
        if work.trace:
            self._traces[work.trace] = delivery
        self._forget(at)

    def end(self, delivery: str, at: float) -> None:
        """The handler has answered a delivery, or nobody waits for it any more."""
        if (work := self._works.get(delivery)) is not None:
            work.runs -= 1
            if work.runs <= 0:
                work.runs, work.ended_at = 1, at

    def bots(self, delivery: str) -> frozenset[str]:
        """The bots that a delivery names as able to see its object (Notion's `accessible_by`)."""
        return self._works[delivery].bots if delivery in self._works else frozenset()

    def tie(self, call: Call) -> Tie:
        """The delivery that caused a call; ids in the call's answer are remembered as leading to it."""
        found = self._named(call) or self._by_evidence(call) or self._by_time(call)
        if found.delivery:
            self._note(found.delivery, call, leads=found.confidence > SAME_CONNECTION and not found.others)
        return found

    def _named(self, call: Call) -> Tie | None:
        named = header(call.headers, "Hookscope-Delivery") or ""
        if named in self._works:
            return Tie(delivery=named, confidence=NAMED, why="the call carries Hookscope-Delivery")
        traced = self._traces.get(trace_of(header(call.headers, "traceparent")), "")
        return (
            Tie(delivery=traced, confidence=TRACED, why="the call carries the delivery's traceparent")
            if traced
            else None
        )

    def _by_evidence(self, call: Call) -> Tie | None:
        """The best of those that share an id with the call, where not all do; None where none does."""
        asked = ids_in(call.target, call.body)
        scores: defaultdict[str, float] = defaultdict(float)
        for index, share in ((self._by_id, 1.0), (self._led, LED_SHARE)):
            for one in asked & index.keys():
                weight = share * math.log1p(len(self._works) / len(index[one]))
                for delivery in index[one]:
                    if self._works[delivery].may_have(call.started_at):
                        scores[delivery] += weight
        if not scores:
            return None
        best = max(scores.values())
        found = [name for name, score in scores.items() if score > best - 1e-9]
        if 1 < len(found) == sum(work.may_have(call.started_at) for work in self._works.values()):
            return None
        return self._chosen(call, found, asked)

    def _chosen(self, call: Call, found: list[str], asked: frozenset[str]) -> Tie:
        """One of those that the ids speak for."""
        in_hand = [name for name in found if self._works[name].is_in_hand(call.started_at)]
        name, others = self._likeliest(call, in_hand or found)
        own = asked & self._works[name].own
        shared = sorted(own or asked & self._works[name].led, key=len, reverse=True)
        sure = (OWN if own else LED)[not in_hand]
        many = len(in_hand or found)
        if many > 1:
            same = self._connections.get(call.connection) == name
            sure = max(1 / many, SAME_CONNECTION if same else 0.0)
        why = f"it names {shared[0]}" + ("" if own else ", which an earlier call of the delivery brought")
        return Tie(delivery=name, confidence=sure, why=why, others=others)

    def _by_time(self, call: Call) -> Tie:
        at = call.started_at
        works = self._works.values()
        in_hand = [work.delivery for work in works if work.is_in_hand(at)]
        late = [work.delivery for work in works if work.may_have(at) and at - (work.ended_at or at) <= AFTER_S]
        if not (found := in_hand or late):
            return Tie(why="no delivery was in hand when it was made")
        name, others = self._likeliest(call, found)
        if len(found) > 1 and self._of_process(call, found) == [name]:
            why = "the same process as its call before, or that of no other delivery in hand"
            return Tie(delivery=name, confidence=SAME_PROCESS, why=why, others=others)
        if len(found) == 1:
            only = "the only delivery in hand" if in_hand else "the only delivery of the seconds before"
            return Tie(delivery=name, confidence=ALONE if in_hand else AFTERWARDS, why=only)
        if self._connections.get(call.connection) == name:
            return Tie(
                delivery=name, confidence=SAME_CONNECTION, why="the same connection as its call before", others=others
            )
        return Tie(
            delivery=name,
            confidence=1 / len(found),
            why="several were in hand, and nothing tells them apart",
            others=others,
        )

    def _likeliest(self, call: Call, found: list[str]) -> tuple[str, tuple[str, ...]]:
        """Of several, the one that the connection served last, else the earliest that has not made this call yet; and
        the others."""
        asked = (call.method, call.path)
        name = self._connections.get(call.connection, "")
        if name not in found:
            likely = self._of_process(call, found)
            name = next((one for one in likely if asked not in self._works[one].asked), likely[0])
        return name, tuple(one for one in found if one != name)[:OTHERS]

    def _of_process(self, call: Call, found: list[str]) -> list[str]:
        """Those of several that the call's process may have in hand; all of them where that tells nothing."""
        if len(self._alone) < 2 or not self._alone.get(call.process):
            return found
        return (
            [one for one in found if self._works[one].process == call.process]
            or [one for one in found if not self._alone.get(self._works[one].process)]
            or found
        )

    def _note_process(self, work: InWork, call: Call) -> None:
        work.process = call.process
        others = (other for other in self._works.values() if other is not work and other.process == call.process)
        shared = any(other.is_in_hand(call.started_at) for other in others)
        self._alone[call.process] = self._alone.get(call.process, True) and not shared

    def _note(self, delivery: str, call: Call, *, leads: bool) -> None:
        """Remember which connection served the delivery, what it asked for, and where a sure tie's answer leads."""
        work = self._works[delivery]
        work.asked.add((call.method, call.path))
        if call.process and leads:
            self._note_process(work, call)
        if call.connection:
            self._connections[call.connection] = delivery
            self._connections.move_to_end(call.connection)
            if len(self._connections) > CONNECTIONS:
                self._connections.popitem(last=False)
        if leads:
            brought = ids_in(call.target, call.body, call.answer.body if call.answer else b"") - work.own
            work.led |= brought
            for one in brought:
                self._led[one].add(delivery)

    def _forget(self, at: float) -> None:
        """Let go of what no call can be tied to any more."""
        while self._works:
            oldest = next(iter(self._works.values()))
            if len(self._works) <= REMEMBERED and (oldest.ended_at is None or at - oldest.ended_at <= REMEMBERED_S):
                return
            del self._works[oldest.delivery]
            self._traces.pop(oldest.trace, None)
            for index, ids in ((self._by_id, oldest.own), (self._led, oldest.led)):
                for one in ids:
                    index[one].discard(oldest.delivery)
                    if not index[one]:
                        del index[one]
