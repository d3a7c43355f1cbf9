"""Makes the checks of a handler: sends what they ask for, measures, and hands them what came back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from hookscope.forward.forwarder import Forwarder
from hookscope.forward.request import build_request
from hookscope.model.capture import Failure
from hookscope.model.errors import HandlerUnreachable
from hookscope.tools.check.consequences import attribute
from hookscope.tools.check.fact import Fact, HandlerReply, Judgement, Look
from hookscope.tools.check.first_contact import FirstContact
from hookscope.tools.check.kit import AS_SENT, Kit
from hookscope.tools.check.table import BY_NAME, VALID, Check, Proceeding, proceed, to_fact
from hookscope.tools.check.watch import Watch
from hookscope_relay.delivery import Delivery
from hookscope_relay.errors import InputError

# A connection for each delivery: a server that hangs up after an error must not spoil the next one.
FRESH = 0.0

GONE = "the handler was gone by then"


class Checker:
    """Checks one handler; the forwarder keeps no connection (`idle_s=FRESH`).

    `forwarded` says whether X-Forwarded-* are added; `watch` sees the handler's calls, where the kit names APIs; `told`
    hears of each fact as it is found.
    """

    def __init__(
        self,
        forwarder: Forwarder,
        kit: Kit,
        *,
        timeout_s: float,
        forwarded: bool = False,
        watch: Watch | None = None,
        told: Callable[[Fact], None] = lambda _: None,
    ) -> None:
        self._forwarder = forwarder
        self._kit = kit
        self._timeout_s = timeout_s
        self._forwarded = forwarded
        self._watch = watch
        self._told = told
        self._sends = 0
        self._refused = False
        self._entry: FirstContact | None = None

    async def run(self, checks: Sequence[Check]) -> tuple[Fact, ...]:
        """Make the checks and say what follows from what; the valid delivery is sent whether or not it is asked for.

        Raises HandlerUnreachable where nothing answers at the start, RefusedForSafety for a handler beyond loopback.
        """
        await self._forwarder.check_remote()
        if (failure := await self._forwarder.probe()) is not None:
            raise HandlerUnreachable(
                f"the handler {self._forwarder.handler.url} cannot be reached: {failure.detail}", "start it first"
            )
        facts = [await self._make(BY_NAME[VALID])]
        self._enter()
        facts += [await self._make(check) for check in checks if check.name != VALID]
        because = self._entry.because if self._entry else ""
        attributed = attribute(facts, because)
        wanted = {check.name for check in checks}
        return tuple(fact for fact in attributed if fact.name in wanted or (fact.name == VALID and fact.is_fault))

    def _enter(self) -> None:
        """Go on in the way in which the handler takes valid deliveries."""
        way = self._entry.way if self._entry else None
        self._kit = replace(self._kit, way=way or AS_SENT, entered=way is not None)

    async def _make(self, check: Check) -> Fact:
        self._sends = 0
        started = time.monotonic()
        if await self._is_gone():
            judgement = Judgement("skipped", (GONE,))
        else:
            judgement, entry = await self._drive(proceed(check, self._kit))
            self._entry = entry or self._entry
        fact = to_fact(check, judgement, self._sends, (time.monotonic() - started) * 1000)
        self._told(fact)
        return fact

    async def _drive(self, steps: Proceeding) -> tuple[Judgement, FirstContact | None]:
        try:
            batch = next(steps)
            while True:
                replies = self._look(batch) if isinstance(batch, Look) else self._send_together(batch)
                batch = steps.send(await replies)
        except StopIteration as end:
            result: tuple[Judgement, FirstContact | None] = end.value
            return result

    async def _send_together(self, batch: tuple[Delivery, ...]) -> tuple[HandlerReply, ...]:
        self._sends += len(batch)
        return tuple(await asyncio.gather(*(self._send(delivery) for delivery in batch)))

    async def _look(self, look: Look) -> tuple[HandlerReply, ...]:
        assert self._watch is not None
        self._watch.begin(look.faults)
        (reply,) = await self._send_together((look.delivery,))
        return (replace(reply, calls=await self._watch.settle(look.quiet_s)),)

    async def _send(self, delivery: Delivery) -> HandlerReply:
        try:
            request = build_request(
                delivery,
                self._forwarder.handler,
                origin="check",
                forwarded=self._forwarded,
                target=delivery.target,
            )
        except InputError as error:
            return HandlerReply(failure=Failure(kind="bad-response", detail=f"it cannot be sent: {error.what}"))
        outcome = await self._forwarder.forward(request, self._timeout_s)
        self._refused = self._refused or (outcome.failure is not None and outcome.failure.kind == "refused")
        return HandlerReply(answer=outcome.answer, failure=outcome.failure, elapsed_ms=outcome.elapsed_ms)

    async def _is_gone(self) -> bool:
        """Whether a handler that refused a connection still does."""
        if not self._refused:
            return False
        self._refused = await self._forwarder.probe() is not None
        return self._refused
