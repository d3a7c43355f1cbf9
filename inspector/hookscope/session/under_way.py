"""Deliveries on their way to a handler: begun, counted, and at the end of the session waited for, then broken off."""

from __future__ import annotations

import asyncio
from functools import partial

from hookscope.attempts.make import Handover
from hookscope.forward.forwarder import Done, Forwarded, Forwarder, OpenSink
from hookscope.session.in_hand import InHand
from hookscope.session.limit import within


class UnderWay:
    """The forwards of a session, whichever forwarder they go through. What is under way is in hand."""

    def __init__(self, in_hand: InHand) -> None:
        self._in_hand = in_hand
        self._count = 0
        self._forwarders: set[Forwarder] = set()
        self._nothing = asyncio.Event()

    def begin(self, forwarder: Forwarder, handover: Handover, done: Done, open_sink: OpenSink | None = None) -> None:
        """Hand a delivery over; `done` hears what came of it, and what `open_sink` gives may take an answer while it
        arrives."""
        size = len(handover.delivery.body)
        self._count += 1
        self._in_hand.take(size)
        self._forwarders.add(forwarder)
        forwarder.begin(handover.request, handover.limit_s, partial(self._ended, size, done), handover.head, open_sink)

    async def finish(self) -> None:
        """Wait a moment for what is under way, then break it off."""
        if not self._count:
            return
        self._nothing.clear()
        await within(self._nothing.wait())
        for forwarder in self._forwarders:
            forwarder.stop()
        if self._count:
            await within(self._nothing.wait())

    def _ended(self, size: int, done: Done, outcome: Forwarded) -> None:
        self._count -= 1
        self._in_hand.done(size)
        if not self._count:
            self._nothing.set()
        done(outcome)
