"""Routes that are open: each with what forwards to its handler, and what is planned for a delivery that takes it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from hookscope.attempts.make import Attempts, Handover
from hookscope.attempts.route import Route
from hookscope.forward.forwarder import Forwarder
from hookscope.model.capture import Origin
from hookscope.model.handler import Handler
from hookscope.model.pace import UNBOUND, Pace
from hookscope.model.senders import Network
from hookscope.model.verdict import Recognition
from hookscope.tools.routes.choose import choose, choose_by_head, why_none
from hookscope.tools.routes.rule import REST, RouteRule
from hookscope_relay.delivery import Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What of a handler the user opened to every delivery, and for which endpoint."""

    endpoint: str = ""
    only_path: str = ""
    only_from: tuple[Network, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Leg:
    """A route and what forwards to its handler."""

    rule: RouteRule
    forwarder: Forwarder

    def where(self, delivery: Delivery, opened: Opened) -> Route:
        """Where at the handler a delivery goes, or why it does not."""
        sent = self.rule.rewrite(delivery)
        return self.rule.where(delivery, sent, opened.endpoint, opened.only_path, opened.only_from)

    def plan(
        self,
        attempts: Attempts,
        delivery: Delivery,
        opened: Opened,
        *,
        origin: Origin,
        limit_s: float,
        copy: bool,
        edited: Delivery | None = None,
        is_own_edit: bool = False,
        streamed: bool = False,
    ) -> Handover | Route:
        """The delivery as this route hands it over; where it is closed, why. `edited` goes out in the place of what was
        captured; `is_own_edit` says that a person edited it, so that the attempt is an experiment, and `streamed` that
        its body is still arriving."""
        before = edited or delivery
        sent = self.rule.rewrite(before)
        found = self.rule.where(before, sent, opened.endpoint, opened.only_path, opened.only_from)
        if not found.is_open:
            return found
        return attempts.plan(
            delivery,
            self.forwarder.handler,
            origin=origin,
            target=found.target,
            limit_s=limit_s,
            edited=None if sent is delivery else sent,
            route="" if is_own_edit else self.rule.name,
            copy=copy,
            host=self.rule.host,
            streamed=streamed,
        )


class Routing:
    """The routes of a session or a replay, in their order, and the handler of what no route takes.

    `rest` may change at any time, and counts from the next delivery on.
    """

    def __init__(
        self, legs: Sequence[Leg], rest: Callable[[], Forwarder | None], pace: Pace = UNBOUND, rest_name: str = REST
    ) -> None:
        self.legs = tuple(legs)
        self.rules = tuple(leg.rule for leg in legs)
        self.recognises = any(rule.filter.recognises for rule in self.rules)
        self._by_rule = {id(leg.rule): leg for leg in legs}
        self._rest = rest
        self._pace = pace
        self._rest_name = rest_name
        self._rest_leg: Leg | None = None

    def choose(self, delivery: Delivery, recognition: Recognition) -> tuple[Leg, ...]:
        """The legs that a delivery takes, the answering one first; empty where none does."""
        chosen = choose(self.rules, delivery, recognition)
        if chosen.answering is None:
            rest = self.rest
            return (rest,) if rest is not None else ()
        return tuple(self._by_rule[id(rule)] for rule in (chosen.answering, *chosen.copies))

    def choose_by_head(self, delivery: Delivery, recognition: Recognition) -> Leg | None:
        """The leg that answers a delivery of which the head alone is there, as `choose_by_head` takes it; None where it
        does not tell, nothing takes the delivery, or the route wants it whole."""
        tells, rule = choose_by_head(self.rules, delivery, recognition)
        leg = self._by_rule[id(rule)] if rule else self.rest if tells else None
        return leg if leg is not None and not leg.rule.pace else None

    @property
    def rest(self) -> Leg | None:
        """The leg of what no route takes; None where nothing does."""
        forwarder = self._rest()
        if forwarder is None:
            return None
        if self._rest_leg is None or self._rest_leg.forwarder is not forwarder:
            self._rest_leg = Leg(RouteRule(name=self._rest_name, handler=forwarder.handler, pace=self._pace), forwarder)
        return self._rest_leg

    def named(self, name: str) -> Leg | None:
        """The leg of that name; None where there is none any more."""
        rest = self.rest
        return next((leg for leg in (*self.legs, *((rest,) if rest else ())) if leg.rule.name == name), None)

    def handler(self, route: str) -> Handler | None:
        """The handler of a route, or of what takes the rest where no route of that name is."""
        leg = self.named(route) or self.rest
        return leg.rule.handler if leg else None

    def why_none(self, delivery: Delivery, recognition: Recognition) -> str:
        """Why no route takes a delivery, in sentences."""
        return why_none(self.rules, delivery, recognition)


async def open_legs(
    rules: Sequence[RouteRule], open_forwarder: Callable[[Handler], Awaitable[Forwarder]]
) -> tuple[Leg, ...]:
    """A leg for each route; routes to one handler share what forwards to it."""
    forwarders: dict[Handler, Forwarder] = {}
    for rule in rules:
        if rule.handler not in forwarders:
            forwarders[rule.handler] = await open_forwarder(rule.handler)
    return tuple(Leg(rule, forwarders[rule.handler]) for rule in rules)
