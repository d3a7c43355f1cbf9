"""Makes attempts: hands a delivery to a handler once, keeps what was sent and what came of it, and says why.

Live deliveries, backlog, replays, samples and probes all come through here and differ in their origin only.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from hookscope.attempts.explain import NOTHING_MORE, Around, Explained, Explainer
from hookscope.forward.forwarder import Forwarded, Forwarder
from hookscope.forward.request import build_request, changed
from hookscope.model.announce import attempted
from hookscope.model.capture import Attempt, Failure, Origin, SentRequest
from hookscope.model.events import Diagnosed, Event
from hookscope.model.handler import Handler
from hookscope.model.verdict import Recognition
from hookscope.store.captures import CaptureStore
from hookscope_relay.delivery import Delivery, header

Emit: TypeAlias = Callable[[Event], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One delivery to hand over: as it was captured, where it goes, and for how long its answer is awaited.

    `edited` is sent in the place of what was captured; the attempt belongs to the capture all the same. `before` is the URL at the handler
    of the attempt that counted so far.
    """

    delivery: Delivery
    number: int
    origin: Origin
    target: str
    limit_s: float
    edited: Delivery | None = None
    before: str = ""

    @property
    def sent(self) -> Delivery:
        """The delivery that the handler gets to see."""
        return self.edited or self.delivery


@dataclass(frozen=True, slots=True)
class Planned:
    """An attempt before it is made: the request that goes out, and the attempt as it is noted beforehand, its number 0."""

    request: SentRequest
    attempt: Attempt


class Attempts:
    """Makes attempts at deliveries that the store holds. `stopping` tells that a cancelled forward is the session's end, not an error."""

    def __init__(
        self,
        *,
        store: CaptureStore,
        explainer: Explainer,
        emit: Emit,
        preserve_host: bool = False,
        forwarded: bool = True,
    ) -> None:
        self.store = store
        self.explainer = explainer
        self.emit = emit
        self.stopping = False
        self._preserve_host = preserve_host
        self._forwarded = forwarded

    async def make(
        self, sending: Sending, forwarder: Forwarder, answered: Callable[[Forwarded], None] | None = None
    ) -> Attempt:
        """Make one attempt; `answered` hears of its outcome before anything is written. InputError for a delivery edited into one that
        HTTP/1.1 cannot carry."""
        planned = self.plan(sending, forwarder.handler)
        number = await self.store.begin_attempt(sending.delivery.id, planned.attempt)
        return await self.carry_out(sending, planned, number, forwarder, answered)

    def plan(self, sending: Sending, handler: Handler) -> Planned:
        """What there is to note and to send; InputError as from `make`."""
        request = self._request(sending, handler)
        differs = changed(sending.delivery, request if sending.edited else _at(request, sending.delivery.target))
        attempt = Attempt(
            number=0,
            origin=sending.origin,
            handler_url=handler.origin + sending.target,
            started_at=time.time(),
            request=request if differs else None,
        )
        return Planned(request, attempt)

    async def carry_out(
        self,
        sending: Sending,
        planned: Planned,
        number: int,
        forwarder: Forwarder,
        answered: Callable[[Forwarded], None] | None = None,
    ) -> Attempt:
        """Make a planned attempt that is noted under a number."""
        outcome = await self._forward(forwarder, planned.request, sending.limit_s)
        if answered is not None:
            answered(outcome)
        attempt = replace(
            planned.attempt,
            number=number,
            elapsed_ms=outcome.elapsed_ms,
            answer=outcome.answer,
            failure=outcome.failure,
        )
        await self._keep(sending, attempt)
        return attempt

    async def explain(
        self,
        delivery: Delivery,
        number: int,
        recognition: Recognition,
        attempt: Attempt | None,
        handler: Handler | None,
        around: Around = NOTHING_MORE,
    ) -> Explained:
        """Verify and diagnose one attempt (or the delivery alone), keep the findings, and say so."""
        if self._preserve_host and attempt is not None:
            around = replace(around, host_sent=header(delivery.headers, "host") or "")
        explained = await self.explainer.explain(delivery, number, recognition, attempt, handler, around)
        attempt_number = attempt.number if attempt else 0
        await self.store.keep_findings(delivery.id, attempt_number, explained.verdict, explained.findings)
        self.emit(
            Diagnosed(
                at=time.time(),
                id=delivery.id,
                number=number,
                attempt=attempt_number,
                verdict=explained.verdict,
                findings=explained.findings,
            )
        )
        return explained

    def _request(self, sending: Sending, handler: Handler) -> SentRequest:
        return build_request(
            sending.sent,
            handler,
            origin=sending.origin,
            preserve_host=self._preserve_host,
            forwarded=self._forwarded,
            replay_of=sending.delivery.id if sending.origin == "replay" else "",
            target=sending.target,
        )

    async def _forward(self, forwarder: Forwarder, request: SentRequest, limit_s: float) -> Forwarded:
        try:
            return await forwarder.forward(request, limit_s)
        except asyncio.CancelledError:
            if not self.stopping:
                raise
            failure = Failure(kind="closed", detail="hookscope was stopped before the handler had answered")
            return Forwarded(failure=failure)

    async def _keep(self, sending: Sending, attempt: Attempt) -> None:
        await self.store.end_attempt(
            sending.delivery.id,
            attempt.number,
            elapsed_ms=attempt.elapsed_ms,
            answer=attempt.answer,
            failure=attempt.failure,
            answered_by=attempt.answered_by,
        )
        self.emit(attempted(sending.delivery, sending.number, attempt, time.time(), sending.before))


def _at(request: SentRequest, target: str) -> SentRequest:
    """The request as if its path were the sender's: the handler's own path before it is no change."""
    return replace(request, target=target)
