"""Copies of a delivery for the handlers beside the answering one: planned and begun once its sender has the answer, so
that they are not in it, and each kept as an attempt of its own."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial

from hookscope.attempts.make import Handover, ended
from hookscope.forward.forwarder import Forwarded
from hookscope.model.capture import STOPPED
from hookscope.session.course import Routed
from hookscope.session.in_hand import InHand
from hookscope.store.appends import Appends
from hookscope.store.entry import Copy, Entry
from hookscope.tools.routes.open import Leg

# A copy waits until the sender has its answer, but no longer.
BEGIN_AFTER_S = 0.05
# What has left for the sender still has the relay's way to go, on this machine maybe.
ANSWER_GOES_S = 0.002


class FanOut:
    """The copies that are still to be begun, by their deliveries."""

    def __init__(self, in_hand: InHand, appends: Appends) -> None:
        self._in_hand = in_hand
        self._appends = appends
        self._waiting: dict[str, tuple[Entry, Routed, int, asyncio.TimerHandle]] = {}

    def take(self, entry: Entry, course: Routed, first: int) -> None:
        """Note a delivery whose copies are to be begun when it is `answered`, or soon; `first` is the first one's
        number. Those whose routes have a pace wait for their turns."""
        paced = [leg for leg in course.copies if leg.rule.pace]
        entry.held_copies = tuple(leg.rule.name for leg in paced if course.plan_copy(leg) is not None)
        if len(paced) == len(course.copies):
            return
        entry.expects_copies = True
        name = entry.delivery.id
        timer = asyncio.get_running_loop().call_later(BEGIN_AFTER_S, self._begin, name)
        self._waiting[name] = (entry, course, first, timer)

    def answered(self, name: str) -> None:
        """The answer of a delivery has left, or there is none to wait for."""
        if found := self._waiting.get(name):
            entry, course, first, timer = found
            timer.cancel()
            timer = asyncio.get_running_loop().call_later(ANSWER_GOES_S, self._begin, name)
            self._waiting[name] = (entry, course, first, timer)

    def _begin(self, name: str) -> None:
        if name in self._waiting:
            for entry, copy, leg, handover in self._make(name):
                self._in_hand.forward(leg.forwarder, len(entry.delivery.body))
                done = partial(self._forwarded, entry, copy)
                leg.forwarder.begin(handover.request, handover.limit_s, done, handover.head)

    def stop(self) -> None:
        """End what was not begun."""
        for name in tuple(self._waiting):
            for entry, copy, _, _ in self._make(name):
                self._ended(entry, copy, Forwarded(failure=STOPPED))

    def _make(self, name: str) -> list[tuple[Entry, Copy, Leg, Handover]]:
        entry, course, first, timer = self._waiting.pop(name)
        timer.cancel()
        legs = [leg for leg in course.copies if not leg.rule.pace]
        planned = [(leg, handover) for leg in legs if (handover := course.plan_copy(leg)) is not None]
        made = [
            (entry, Copy(number, replace(handover.attempt, number=number)), leg, handover)
            for number, (leg, handover) in enumerate(planned, start=first)
        ]
        entry.copies, entry.expects_copies = tuple(copy for _, copy, _, _ in made), False
        return made

    def _forwarded(self, entry: Entry, copy: Copy, outcome: Forwarded) -> None:
        self._in_hand.forwarded(len(entry.delivery.body))
        self._ended(entry, copy, outcome)

    def _ended(self, entry: Entry, copy: Copy, outcome: Forwarded) -> None:
        copy.attempt = ended(copy.attempt, outcome, number=copy.number)
        self._appends.end_copy(entry, copy)
