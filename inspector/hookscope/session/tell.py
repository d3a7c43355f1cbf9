"""What becomes of a delivery once it is in the store: events for the faces, the explanation behind it, a place in the
line of what waits."""

from __future__ import annotations

import time

from hookscope.attempts.explain import Explainer
from hookscope.attempts.make import Emit
from hookscope.model.announce import attempted, captured
from hookscope.model.events import Settled
from hookscope.session.course import Courses
from hookscope.session.derive import Copied, Derive
from hookscope.session.handshakes import see_handshake
from hookscope.session.hold import Hold, PacedDelivery
from hookscope.store.entry import Appended, Entry
from hookscope.store.reader import UNRECOGNISED


class Tell:
    """Passes on what is kept now. `captured` counts it; `held` are the numbers of what waits for the user's word."""

    def __init__(self, *, emit: Emit, explainer: Explainer, courses: Courses, derive: Derive, hold: Hold) -> None:
        self.captured = 0
        self.held: list[int] = []
        self._emit = emit
        self._explainer = explainer
        self._courses = courses
        self._derive = derive
        self._hold = hold
        self._waiting_for_handler: set[str] = set()

    def expect_held(self, delivery_id: str) -> None:
        """A delivery on its way into the store will wait for the user's word."""
        self._waiting_for_handler.add(delivery_id)

    def written(self, appended: Appended) -> None:
        """Pass on what a transaction wrote."""
        now = time.time()
        for entry, _, is_new in appended.numbers:
            if is_new:
                self.kept(entry, now)
        for entry in appended.ended:
            assert entry.attempt is not None
            self._emit(attempted(entry.delivery, entry.number, entry.attempt, now))
            self._derive.add(entry)
            if entry.held is not None:
                self._hold.kept(entry)
        for entry, copy in appended.copied:
            self._emit(attempted(entry.delivery, entry.number, copy.attempt, now))
            self._derive.add(Copied(entry, copy.attempt))
        for one in appended.settled:
            waited = Settled(
                at=now, id=one.delivery_id, how=one.how, status=one.status, by=one.by, waited_ms=one.waited_ms
            )
            self._emit(waited)

    def kept(self, entry: Entry, now: float) -> None:
        """Pass on a delivery that was not held before."""
        self.captured += 1
        delivery, recognition = entry.delivery, entry.recognition or UNRECOGNISED
        is_held = entry.held is not None
        self._emit(captured(delivery, entry.number, recognition, entry.origin, owed=entry.owed, at=now, held=is_held))
        keeps = self._courses.forwarding.keep_handshake_secrets
        seen = see_handshake(delivery, recognition, entry.number, self._explainer, keeps=keeps)
        if seen is not None:
            self._emit(seen)
        if delivery.id in self._waiting_for_handler:
            self._waiting_for_handler.discard(delivery.id)
            self.held.append(entry.number)
        elif is_held:
            self._hold.kept(entry)
        routing = self._courses.routing
        for route in entry.held_copies:
            if (leg := routing.named(route) if routing is not None else None) is not None:
                self._hold.add(PacedDelivery(leg, copy=True, number=entry.number))
        if entry.attempt is None:
            self._derive.add(entry)
