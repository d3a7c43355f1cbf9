"""Sends changed deliveries of a capture to its handler, once each: for probes and bisecting.

Each is one more attempt of the capture.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from hookscope.attempts.explain_captures import configured_explainer
from hookscope.attempts.make import Attempts, Handover
from hookscope.config.settings import Places, Settings
from hookscope.forward.forwarder import Forwarder
from hookscope.model.capture import Attempt, Capture
from hookscope.model.errors import HandlerUnreachable, RefusedForSafety
from hookscope.model.events import Event
from hookscope.model.handler import Handler, parse_handler
from hookscope.model.secret import Secret
from hookscope.store.captures import CaptureStore
from hookscope.tools.replay.one import last_handler
from hookscope.tools.replay.past_route import past_rule
from hookscope.tools.routes.open import Leg, Opened
from hookscope.tools.routes.rule import RouteRule
from hookscope_relay.delivery import Delivery

# A connection for each try: a server that hangs up after an error must not spoil the next one.
FRESH = 0.0


class Tries:
    """Tries deliveries at handlers on this machine, or anywhere with `allow_remote`.

    `own` is a session's forwarder and stays open on `close`; `attempts` is the session's, whose explainer knows the
    providers.
    """

    def __init__(
        self,
        attempts: Attempts,
        places: Places,
        *,
        own: Forwarder | None = None,
        to: str = "",
        insecure: bool = False,
        allow_remote: bool = False,
        limit_s: float = 30.0,
    ) -> None:
        self.attempts = attempts
        self.places = places
        self.limit_s = limit_s
        self._own = own
        self._to = to
        self._insecure = insecure
        self._allow_remote = allow_remote
        self._preserving = Attempts(
            store=attempts.store, explainer=attempts.explainer, emit=attempts.emit, preserve_host=True
        )
        self._others: dict[Handler, Forwarder] = {}

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every configured secret."""
        return tuple(self.attempts.explainer.secrets)

    @property
    def params(self) -> Mapping[str, str]:
        """What some schemes need besides a secret."""
        return self.attempts.explainer.params

    async def send(
        self, capture: Capture, number: int, delivery: Delivery, *, to: str = "", preserve_host: bool = False
    ) -> Attempt:
        """Send a delivery in the place of the capture's.

        Raises HandlerUnreachable where no handler is known, RefusedForSafety beyond loopback, InputError for what
        HTTP/1.1 cannot carry.
        """
        leg = await self._leg(capture, to)
        attempts = self._preserving if preserve_host else self.attempts
        handover = leg.plan(
            attempts,
            capture.delivery,
            Opened(),
            origin="probe",
            limit_s=self.limit_s,
            copy=False,
            edited=None if delivery == capture.delivery else delivery,
        )
        if not isinstance(handover, Handover):
            raise RefusedForSafety(f"it is not sent: {handover.reason.rstrip('.')}", "change the path")
        return await attempts.forward(handover, number, leg.forwarder)

    async def forwarder(self, capture: Capture, to: str = "") -> Forwarder:
        """The forwarder to the handler named, else to the session's own, else to the one that had the capture last."""
        return (await self._leg(capture, to)).forwarder

    async def _leg(self, capture: Capture, to: str) -> Leg:
        """The handler, and the route that the capture took to it, which rewrites what is tried as it did then."""
        asked = to or self._to
        if self._own is not None and not asked:
            await self._own.check_remote()
            return Leg(RouteRule(name="", handler=self._own.handler), self._own)
        if asked:
            rule = RouteRule(name="", handler=parse_handler(asked))
        else:
            rule = past_rule(capture, await asyncio.to_thread(last_handler, capture, self.attempts.store))
        return Leg(rule, await self._open(rule.handler))

    async def _open(self, handler: Handler) -> Forwarder:
        if handler not in self._others:
            forwarder = Forwarder(handler, insecure=self._insecure, allow_remote=self._allow_remote, idle_s=FRESH)
            await forwarder.check_remote()
            self._others[handler] = forwarder
        return self._others[handler]

    async def demand(self, capture: Capture) -> Handler:
        """The handler that takes connections now; raises HandlerUnreachable."""
        forwarder = await self.forwarder(capture)
        if (failure := await forwarder.probe()) is not None:
            raise HandlerUnreachable(
                f"the handler {forwarder.handler.url} cannot be reached: {failure.detail}",
                "start it, or name it with --to",
            )
        return forwarder.handler

    async def close(self) -> None:
        """Close the connections to handlers other than the session's own."""
        for forwarder in self._others.values():
            await forwarder.close()
        self._others.clear()


@asynccontextmanager
async def open_tries(settings: Settings, store: CaptureStore, to: str = "") -> AsyncIterator[Tries]:
    """Tries without a session, at the handler `to` or that of the settings, which have `to`, `provider`, `param`,
    `dotenv`, `insecure`, `allow-remote` and `timeout`."""

    def ignore(event: Event) -> None:
        """Outcomes are told by the caller."""

    async with AsyncExitStack() as stack:
        explainer = stack.enter_context(configured_explainer(settings, store))
        attempts = Attempts(store=store, explainer=explainer, emit=ignore)
        tries = Tries(
            attempts,
            settings.places,
            to=to or settings.text("to"),
            insecure=settings.flag("insecure"),
            allow_remote=settings.flag("allow-remote"),
            limit_s=settings.number("timeout"),
        )
        stack.push_async_callback(tries.close)
        yield tries
