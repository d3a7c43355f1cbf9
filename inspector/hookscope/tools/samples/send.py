"""Sends samples: with what they are signed, where they go, and when; what comes of each is told as it comes.

A delivery to a handler is captured like any other, with the origin `sample`. One to an endpoint's public URL goes out
as a provider would send it, without a word of ours in it, and whoever listens there captures it.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol

from hookscope.attempts.explain import Question
from hookscope.attempts.explain_captures import explainer_over
from hookscope.attempts.make import Attempts
from hookscope.forward.forwarder import Forwarder
from hookscope.forward.request import OURS, build_request
from hookscope.model.capture import Failure
from hookscope.model.errors import HandlerUnreachable
from hookscope.model.events import Event
from hookscope.model.finding import Finding
from hookscope.model.handler import handler_target
from hookscope.model.secret import Secret
from hookscope.providers.registry import Providers
from hookscope.store.captures import CaptureStore
from hookscope.tools.samples.series import Series
from hookscope.tools.samples.steps import Step
from hookscope_relay.delivery import Answer, Delivery, header
from hookscope_relay.made_answers import ANSWERED_BY

# What no delivery could even be handed to.
UNREACHABLE = ("refused", "dns", "tls")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of handing one delivery over: an answer or a failure.

    `capture` is its number, None where it was not captured here.
    """

    elapsed_ms: float
    answer: Answer | None = None
    failure: Failure | None = None
    capture: int | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether it was answered with 2xx."""
        return self.answer is not None and 200 <= self.answer.status < 300

    @property
    def answered_by(self) -> str:
        """`handler`, or `relay` or `inspector` where one of them answered in its place; empty for no answer."""
        if self.answer is None:
            return ""
        return header(self.answer.headers, ANSWERED_BY) or "handler"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One delivery that was sent: which one (from 1), at which attempt, and what came of it.

    `last` says that no other attempt follows.
    """

    number: int
    step: Step
    attempt: int
    result: Result
    last: bool = True


class Post(Protocol):
    """Hands one delivery over and waits for its answer."""

    async def __call__(self, delivery: Delivery) -> Result: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ToHandler:
    """Posts to a handler: captures each delivery, hands it over as an attempt of its capture,
    and explains the outcome."""

    forwarder: Forwarder
    attempts: Attempts
    limit_s: float

    async def __call__(self, delivery: Delivery) -> Result:
        recognition = self.attempts.explainer.recognise(delivery)
        kept = await self.attempts.store.keep(delivery, origin="sample", recognition=recognition)
        handler = self.forwarder.handler
        handover = self.attempts.plan(
            delivery,
            handler,
            origin="sample",
            target=handler_target(handler, "") + delivery.target,
            limit_s=self.limit_s,
        )
        attempt = await self.attempts.forward(handover, kept.number, self.forwarder)
        question = Question(
            delivery=delivery, number=kept.number, recognition=recognition, attempt=attempt, handler=handler
        )
        explained = await self.attempts.explain(question)
        return Result(
            elapsed_ms=attempt.elapsed_ms,
            answer=attempt.answer,
            failure=attempt.failure,
            capture=kept.number,
            findings=explained.findings,
        )


@contextmanager
def open_post(
    store: CaptureStore,
    providers: Providers,
    secrets: Sequence[Secret],
    forwarder: Forwarder,
    *,
    limit_s: float,
    forwarded: bool = False,
) -> Iterator[ToHandler]:
    """The post to a handler outside of a session; `forwarded` adds X-Forwarded-* for the public URL that was signed."""

    def quiet(event: Event) -> None:
        """Each result is told whole, with its findings."""

    with explainer_over(store, providers, secrets, forwarded=forwarded) as explainer:
        attempts = Attempts(store=store, explainer=explainer, emit=quiet, forwarded=forwarded)
        yield ToHandler(forwarder=forwarder, attempts=attempts, limit_s=limit_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToEndpoint:
    """Posts to an endpoint's public URL, as a provider would."""

    forwarder: Forwarder
    limit_s: float

    async def __call__(self, delivery: Delivery) -> Result:
        handler = self.forwarder.handler
        target = handler_target(handler, "") + delivery.target
        request = build_request(delivery, handler, origin="sample", forwarded=False, target=target)
        headers = tuple(pair for pair in request.headers if not pair[0].lower().startswith(OURS))
        outcome = await self.forwarder.forward(replace(request, headers=headers), self.limit_s)
        return Result(elapsed_ms=outcome.elapsed_ms, answer=outcome.answer, failure=outcome.failure)


async def send_steps(
    steps: Sequence[Step],
    series: Series,
    post: Post,
    report: Callable[[Sent], None],
    retry_after_s: Sequence[float] | None = None,
) -> tuple[Sent, ...]:
    """Send each step when it is due, and again after each of `retry_after_s` until it is accepted;
    `report` hears of each as it ends.

    `HandlerUnreachable` where not one could be handed over; without retries the first such failure ends it.
    """
    courier = _Courier(series, post, report, tuple(retry_after_s or ()))
    started = time.monotonic()
    try:
        async with asyncio.TaskGroup() as tasks:
            for step in steps:
                if courier.hopeless and retry_after_s is None:
                    break
                if step.waits:
                    await courier.deliver(step)
                else:
                    await asyncio.sleep(max(0.0, started + step.send_at_s - time.monotonic()))
                    tasks.create_task(courier.deliver(step))
    except ExceptionGroup as group:
        raise group.exceptions[0] from None
    if courier.hopeless:
        failure = courier.sent[-1].result.failure
        detail = failure.detail if failure else "no answer"
        raise HandlerUnreachable(f"nothing could be handed over: {detail}", "start the handler, or correct --to")
    return tuple(courier.sent)


class _Courier:
    """Takes steps to the post and keeps what came of them."""

    def __init__(self, series: Series, post: Post, report: Callable[[Sent], None], waits: tuple[float, ...]) -> None:
        self.sent: list[Sent] = []
        self._series = series
        self._post = post
        self._report = report
        self._waits = waits
        self._number = 0

    @property
    def hopeless(self) -> bool:
        """Whether something was sent, and all of it met nobody."""
        return bool(self.sent) and all(
            sent.result.failure is not None and sent.result.failure.kind in UNREACHABLE for sent in self.sent
        )

    async def deliver(self, step: Step) -> None:
        """Send a step's event, again after each wait until it is accepted."""
        for attempt, wait in enumerate((0.0, *self._waits), 1):
            await asyncio.sleep(wait)
            self._number += 1
            number = self._number
            delivery = self._series.build(step, attempt, time.time(), os.urandom(10))
            result = await self._post(delivery)
            last = result.accepted or attempt > len(self._waits)
            sent = Sent(number=number, step=step, attempt=attempt, result=result, last=last)
            self.sent.append(sent)
            self._report(sent)
            if last:
                return
