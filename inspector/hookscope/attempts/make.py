"""Makes attempts: hands a delivery to a handler once, keeps what was sent and what came of it, and says why.

Live deliveries, backlog, replays, samples and probes all come through here and differ in their origin only.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from hookscope.attempts.explain import Explainer, Question
from hookscope.forward.forwarder import Forwarded, Forwarder
from hookscope.forward.plain_request import build_plain_request
from hookscope.forward.request import build_request, changed
from hookscope.model.announce import attempted
from hookscope.model.capture import STOPPED, Attempt, Origin, SentRequest
from hookscope.model.events import Diagnosed, Event
from hookscope.model.finding import Explained
from hookscope.model.handler import Handler
from hookscope.store.captures import CaptureStore
from hookscope_relay.delivery import Delivery, asks_for_upgrade, header
from hookscope_relay.value import Value

Emit: TypeAlias = Callable[[Event], None]


class Handover(Value, frozen=True, kw_only=True):
    """One delivery to be handed to a handler: the delivery as it was captured, the request that goes out, the
    attempt as it is noted beforehand (its number 0), for how many seconds its answer is awaited, and the request's
    head as it is written where that is at hand."""

    delivery: Delivery
    request: SentRequest
    attempt: Attempt
    limit_s: float
    head: bytes = b""


class Attempts:
    """Makes attempts at deliveries that the store holds.

    `stopping` tells that a cancelled forward is the session's end, not an error.
    """

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
        self.preserve_host = preserve_host
        self._forwarded = forwarded

    async def forward(
        self, handover: Handover, number: int, forwarder: Forwarder, before: str = "", *, holds: bool = False
    ) -> Attempt:
        """Hand a delivery, whose capture has that number, to a handler once; keep what came of it, and say so.

        `before` is the URL at the handler of the attempt that counted so far. With `holds` the delivery stays held
        where the handler asks to wait, or did not have it whole.
        """
        noted = await self.store.begin_attempt(handover.delivery.id, handover.attempt)
        outcome = await self._forward(forwarder, handover.request, handover.limit_s)
        attempt = ended(replace(handover.attempt, number=noted), outcome)
        await self._keep(handover.delivery, number, attempt, before, holds and asks_to_wait(attempt))
        return attempt

    def plan(
        self,
        delivery: Delivery,
        handler: Handler,
        *,
        origin: Origin,
        target: str,
        limit_s: float,
        edited: Delivery | None = None,
        route: str = "",
        copy: bool = False,
        host: str = "",
        streamed: bool = False,
    ) -> Handover:
        """What there is to note and to send; `edited` is sent in the place of what was captured. `route` is the one
        that it takes, a `copy` goes beside the answering one, `host` is said in the place of the handler's own. The
        body of a `streamed` one follows.

        InputError for a delivery edited into one that HTTP/1.1 cannot carry.
        """
        plain = None
        url = handler.origin + target
        if host:
            handler = replace(handler, host_header=host)
        if edited is None and origin == "live" and not streamed:
            plain = build_plain_request(
                delivery,
                handler,
                preserve_host=self.preserve_host and not host,
                forwarded=self._forwarded,
                target=target,
            )
        differs = False
        if plain is not None:
            request, head = plain
        else:
            head = b""
            preserves = self.preserve_host and not host
            request = self._request(edited or delivery, delivery.id, handler, origin, target, preserves, streamed)
            differs = not streamed and changed(delivery, request if edited else _at(request, delivery.target))
        attempt = Attempt(
            number=0,
            origin=origin,
            handler_url=url,
            started_at=time.time(),
            request=request if differs else None,
            route=route,
            is_copy=copy,
        )
        return Handover(delivery=delivery, request=request, attempt=attempt, limit_s=limit_s, head=head)

    async def explain(self, question: Question) -> Explained:
        """Verify and diagnose one attempt (or the delivery alone), keep the findings, and say so."""
        delivery = question.delivery
        if self.preserve_host and question.attempt is not None:
            host = header(delivery.headers, "host") or ""
            question = replace(question, around=replace(question.around, host_sent=host))
        explained = await self.explainer.explain(question)
        attempt_number = question.attempt.number if question.attempt else 0
        await self.store.keep_findings(delivery.id, attempt_number, explained.verdict, explained.findings)
        self.emit(
            Diagnosed(
                at=time.time(),
                id=delivery.id,
                number=question.number,
                attempt=attempt_number,
                verdict=explained.verdict,
                findings=explained.findings,
                copy=question.attempt.route if question.attempt and question.attempt.is_copy else "",
            )
        )
        return explained

    def _request(
        self,
        sent: Delivery,
        delivery_id: str,
        handler: Handler,
        origin: Origin,
        target: str,
        preserves: bool,
        streamed: bool,
    ) -> SentRequest:
        return build_request(
            sent,
            handler,
            origin=origin,
            preserve_host=preserves,
            forwarded=self._forwarded,
            replay_of=delivery_id if origin == "replay" else "",
            target=target,
            upgrade=origin == "live" and sent.method == "GET" and asks_for_upgrade(sent.headers),
            streamed=streamed,
        )

    async def _forward(self, forwarder: Forwarder, request: SentRequest, limit_s: float) -> Forwarded:
        started = time.monotonic()
        try:
            return await forwarder.forward(request, limit_s)
        except asyncio.CancelledError:
            if not self.stopping:
                raise
            return Forwarded(failure=STOPPED, elapsed_ms=(time.monotonic() - started) * 1000)

    async def _keep(self, delivery: Delivery, number: int, attempt: Attempt, before: str, holds: bool) -> None:
        await self.store.end_attempt(
            delivery.id,
            attempt.number,
            elapsed_ms=attempt.elapsed_ms,
            answer=attempt.answer,
            failure=attempt.failure,
            answered_by=attempt.answered_by,
            holds=holds,
        )
        self.emit(attempted(delivery, number, attempt, time.time(), before))


def ended(attempt: Attempt, outcome: Forwarded, number: int | None = None) -> Attempt:
    """The attempt with what came of it, and with another number where one is given."""
    return Attempt(
        number=attempt.number if number is None else number,
        origin=attempt.origin,
        handler_url=attempt.handler_url,
        started_at=attempt.started_at,
        elapsed_ms=outcome.elapsed_ms,
        answer=outcome.answer,
        failure=outcome.failure,
        request=attempt.request,
        answered_by=attempt.answered_by,
        route=attempt.route,
        stream=outcome.stream,
        is_copy=attempt.is_copy,
    )


def asks_to_wait(attempt: Attempt) -> bool:
    """Whether the handler was not there, or answers that it is to be asked again later."""
    if attempt.answer is not None:
        return attempt.answer.status in (429, 503)
    return attempt.failure is not None and (attempt.failure.kind == "refused" or attempt.failure == STOPPED)


def _at(request: SentRequest, target: str) -> SentRequest:
    """The request as if its path were the sender's: the handler's own path before it is no change."""
    return replace(request, target=target)
