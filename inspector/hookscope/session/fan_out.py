"""Copies of a delivery for the handlers beside the answering one: begun once that is on its way, so that they are not
in it, and each kept as an attempt of its own."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from functools import partial

from hookscope.attempts.make import Handover, ended
from hookscope.forward.forwarder import Forwarded
from hookscope.model.capture import STOPPED
from hookscope.session.course import Routed
from hookscope.session.under_way import UnderWay
from hookscope.store.appends import Appends
from hookscope.store.entry import Copy, Entry
from hookscope.tools.routes.open import Leg

# A copy waits for the answer of the other handler, but no longer.
BEGIN_AFTER_S = 0.05


class FanOut:
    """The copies that are still to be begun, by their deliveries."""

    def __init__(self, under_way: UnderWay, appends: Appends) -> None:
        self._under_way = under_way
        self._appends = appends
        self._waiting: dict[str, tuple[Entry, tuple[tuple[Leg, Handover], ...], asyncio.TimerHandle]] = {}

    def take(self, entry: Entry, course: Routed, first: int) -> None:
        """Note the copies of a delivery, to be begun when it is answered, or soon; `first` is the first one's number.
        Those whose routes have a pace wait for their turns."""
        entry.held_copies = tuple(leg.rule.name for leg, _ in course.copies if leg.rule.pace)
        copies = tuple((leg, handover) for leg, handover in course.copies if not leg.rule.pace)
        if not copies:
            return
        entry.copies = tuple(Copy(number, handover.attempt) for number, (_, handover) in enumerate(copies, start=first))
        name = entry.delivery.id
        timer = asyncio.get_running_loop().call_later(BEGIN_AFTER_S, self._begin, name)
        self._waiting[name] = (entry, copies, timer)

    def answered(self, entry: Entry) -> None:
        """The sender has its answer."""
        if (waiting := self._waiting.get(entry.delivery.id)) is not None:
            waiting[2].cancel()
            # Behind whatever the loop has in hand, which may be others' answers.
            asyncio.get_running_loop().call_soon(self._begin, entry.delivery.id)

    def stop(self) -> None:
        """End what was not begun."""
        for entry, copies, timer in self._waiting.values():
            timer.cancel()
            for copy, (_, _) in zip(entry.copies, copies, strict=True):
                self._ended(entry, copy, Forwarded(failure=STOPPED))
        self._waiting.clear()

    def _begin(self, name: str) -> None:
        waiting = self._waiting.pop(name, None)
        if waiting is None:
            return
        entry, copies, _ = waiting
        for copy, (leg, handover) in zip(entry.copies, copies, strict=True):
            copy.attempt = replace(copy.attempt, number=copy.number, started_at=time.time())
            self._under_way.begin(leg.forwarder, handover, partial(self._ended, entry, copy))

    def _ended(self, entry: Entry, copy: Copy, outcome: Forwarded) -> None:
        copy.attempt = ended(copy.attempt, outcome, number=copy.number)
        self._appends.end_copy(entry, copy)
