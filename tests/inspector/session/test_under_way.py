"""Forwards under way, and their end with the session."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from factories import make_delivery
from hookscope.attempts.make import Handover
from hookscope.forward.forwarder import Forwarded
from hookscope.forward.quick import STOPPED
from hookscope.model.capture import Attempt, SentRequest
from hookscope.session import limit
from hookscope.session.in_hand import InHand
from hookscope.session.under_way import UnderWay
from hookscope_relay.delivery import Answer

ANSWERED = Forwarded(answer=Answer(status=200))


class FakeForwarder:
    """Ends a forward when it is told to, or stopped."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[Forwarded], None]] = []

    def begin(self, request: SentRequest, limit_s: float, done: Callable[[Forwarded], None], *_: object) -> None:
        self.waiting.append(done)

    def stop(self) -> None:
        for done in self.waiting:
            done(Forwarded(failure=STOPPED))


def handover() -> Handover:
    delivery = make_delivery()
    request = SentRequest(method="POST", target="/", headers=(), body=delivery.body)
    attempt = Attempt(number=0, origin="live", handler_url="http://h/", started_at=0.0)
    return Handover(delivery=delivery, request=request, attempt=attempt, limit_s=1.0)


@pytest.mark.parametrize("ends", [True, False])
async def test_the_end_waits_a_moment_and_then_breaks_off(ends: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hookscope.session.under_way.within", lambda work: limit.within(work, 5.0 if ends else 0.01))
    in_hand, forwarder = InHand(), FakeForwarder()
    under_way, outcomes = UnderWay(in_hand), list[Forwarded]()
    begin: Any = under_way.begin
    begin(forwarder, handover(), outcomes.append)
    assert in_hand.count == 1
    finishing = asyncio.create_task(under_way.finish())
    if ends:
        await asyncio.sleep(0)
        forwarder.waiting.pop()(ANSWERED)
    await finishing
    assert outcomes == [ANSWERED if ends else Forwarded(failure=STOPPED)]
    assert (in_hand.count, in_hand.bytes) == (0, 0)


async def test_with_nothing_under_way_the_end_waits_for_nothing() -> None:
    await UnderWay(InHand()).finish()
