"""Which course a delivery takes: to the handler, answered by us in its place, or to the store alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

from hookscope.attempts.make import Attempts, Handover
from hookscope.attempts.route import Handshakes, MadeAnswer, Route, answer_without_handler, route
from hookscope.forward.forwarder import Forwarder
from hookscope.model.handler import Handler
from hookscope.model.verdict import Recognition
from hookscope.session.alter import Altered
from hookscope.session.standstill import Standstill
from hookscope.session.terms import BREAKPOINT_S, Forwarding
from hookscope.tools.routes.choose import nearest
from hookscope.tools.routes.open import Leg, Opened, Routing
from hookscope.tunnel.frames import Arrival
from hookscope.tunnel.probe import is_probe, probe_answer
from hookscope_relay.delivery import Delivery, Headers, asks_for_upgrade
from hookscope_relay.keys.endpoint_key import EndpointKey
from hookscope_relay.made_answers import build_answer, build_problem

# From here on what the body says makes nobody else of a sender.
SURE_BY_HEAD = 0.9
PAUSED = MadeAnswer(build_answer(202, "inspector", body=b"Forwarding is paused.\n"), is_held=True)
# Whoever knows the URL reads this: what is open stays with the user.
CLOSED = MadeAnswer(build_answer(404, "inspector", body=b"This path is not open to deliveries.\n"))


@dataclass(frozen=True, slots=True)
class Routed:
    """A delivery that takes routes: what its sender's answer comes from (an answer of ours where that route is
    closed, None where another session answers), the routes that are to get a copy, and what plans one of these
    (None where that is closed), which is for later: the sender waits now."""

    leg: Leg
    answering: Handover | MadeAnswer | None
    copies: tuple[Leg, ...] = ()
    plan_copy: Callable[[Leg], Handover | None] = lambda _: None


# None: nobody waits for an answer.
Course: TypeAlias = Handover | MadeAnswer | Routed | None


class Courses:
    """Decides for each delivery of the endpoint of a key.

    `forwarder`, `paused`, `stopping` and `watching` (another session answers) may change at any time and count from the
    next on. `label` is what the session calls itself.
    """

    def __init__(
        self,
        *,
        key: EndpointKey,
        handshakes: Handshakes,
        attempts: Attempts,
        forwarder: Forwarder | None,
        forwarding: Forwarding,
        routing: Routing | None = None,
    ) -> None:
        self.routing = routing
        self.forwarder = forwarder
        self.forwarding = forwarding
        self.paused = False
        self.stopping = False
        self.watching = False
        self.label = ""
        self.standstill = Standstill()
        self.can_upgrade: Callable[[], bool] = lambda: False
        self._key = key
        self._handshakes = handshakes
        self._attempts = attempts
        self._opened = Opened(endpoint=key.id, only_path=forwarding.only_path, only_from=forwarding.only_from)
        self._chosen: tuple[Delivery, Forwarder | None, tuple[Leg, ...]] | None = None
        self._routed: tuple[Delivery, Forwarder, Route] | None = None

    def choose(
        self, arrival: Arrival, delivery: Delivery, recognition: Recognition, altered: Altered | None = None
    ) -> Course:
        """How the sender gets its answer: from the handler, or by us; None where nobody waits.

        What was recognised matters only without a handler. What broke off goes nowhere: it would seem whole.
        """
        if delivery.broken:
            return None
        if self._is_to_copy(arrival):
            return self._copy(arrival, delivery, recognition)
        if not arrival.answer or self.standstill.is_too_late(delivery.received_at, arrival.left_ms / 1000):
            return None
        if is_probe(delivery, self._key):
            return MadeAnswer(build_answer(200, "inspector", body=probe_answer(self.label)))
        if is_upgrade(delivery) and (why := self._why_no_upgrade()):
            return MadeAnswer(build_problem("upgrade-refused", "inspector", detail=why))
        return self._choose(arrival, delivery, recognition, altered)

    def _choose(
        self, arrival: Arrival, delivery: Delivery, recognition: Recognition, altered: Altered | None
    ) -> Course:
        if self.stopping:
            return MadeAnswer(build_problem("inspector-stopping", "inspector"))
        if self.routing is not None:
            return self._route(self.routing, arrival, delivery, recognition, altered)
        if self.forwarder is None:
            return answer_without_handler(delivery, recognition, self._handshakes, self.forwarding.respond)
        if self.paused:
            return PAUSED
        where = self._where(delivery)
        if not where.is_open:
            return CLOSED
        return self._attempts.plan(
            delivery,
            self.forwarder.handler,
            origin="live",
            target=where.target,
            limit_s=self.forwarding.limit_s(time.monotonic() + arrival.left_ms / 1000),
        )

    def plan_streamed(
        self, delivery: Delivery, left_ms: int, recognise: Callable[[Delivery], Recognition]
    ) -> tuple[Forwarder, Handover] | None:
        """The handover of a request whose body is still arriving, and by what; None where only the whole of it tells
        where it goes, or it goes to no handler. Its sender waits so long behind its end."""
        if self.stopping or self.paused or self.watching:
            return None
        if self.forwarding.answer_at_once is not None or is_probe(delivery, self._key):
            return None
        deadline = time.monotonic() + left_ms / 1000
        if self.routing is not None:
            return self._route_streamed(self.routing, delivery, deadline, recognise)
        if self.forwarder is None or not (where := self._where(delivery)).is_open:
            return None
        handover = self._attempts.plan(
            delivery,
            self.forwarder.handler,
            origin="live",
            target=where.target,
            limit_s=self.forwarding.limit_s(deadline),
            streamed=True,
        )
        return self.forwarder, handover

    def _route_streamed(
        self, routing: Routing, delivery: Delivery, deadline: float, recognise: Callable[[Delivery], Recognition]
    ) -> tuple[Forwarder, Handover] | None:
        known = recognise(delivery) if routing.recognises else Recognition()
        leg = routing.choose_by_head(delivery, known if known.confidence >= SURE_BY_HEAD else Recognition())
        if leg is None:
            return None
        limit_s = self.forwarding.limit_s(deadline, leg.rule.timeout_s)
        planned = leg.plan(
            self._attempts, delivery, self._opened, origin="live", limit_s=limit_s, copy=False, streamed=True
        )
        return (leg.forwarder, planned) if isinstance(planned, Handover) else None

    def beside_streamed(self, delivery: Delivery, recognition: Recognition, route: str) -> Routed | None:
        """The copies of a delivery that a route's handler had while it arrived, now that it is whole."""
        leg = self.routing.named(route) if self.routing is not None else None
        if self.routing is None or leg is None or delivery.broken:
            return None
        copies = tuple(one for one in self._legs(self.routing, delivery, recognition) if one is not leg)
        return Routed(leg, None, copies, partial(self._plan_copy, delivery, None)) if copies else None

    def _why_no_upgrade(self) -> str:
        """Why an upgrade is not passed on now, for whoever asked for it; empty where it is."""
        nowhere = self.forwarder is None and not (self.routing and self.routing.legs)
        if nowhere or self.paused:
            return "Nothing is handed to a handler here at the moment."
        if self.forwarding.answer_at_once is not None:
            return "Whoever sends here is answered at once, before the handler is asked."
        if not self.forwarding.websocket:
            return "WebSockets are switched off here."
        return "" if self.can_upgrade() else "The relay is of a version that passes no upgrades on."

    def _route(
        self,
        routing: Routing,
        arrival: Arrival,
        delivery: Delivery,
        recognition: Recognition,
        altered: Altered | None,
    ) -> Routed | MadeAnswer:
        legs = self._legs(routing, delivery, recognition)
        if not legs and not routing.legs:
            return answer_without_handler(delivery, recognition, self._handshakes, self.forwarding.respond)
        if self.paused:
            return PAUSED
        if not legs:
            near = nearest(routing.rules, delivery, recognition)
            return MadeAnswer(build_problem("no-route", "inspector", detail=near.outward if near else ""))
        if altered is not None and altered.answer is not None:
            return MadeAnswer(altered.answer)
        sent = altered.delivery if altered is not None else None
        answering = legs[0]
        limit_s = self.forwarding.limit_s(time.monotonic() + arrival.left_ms / 1000, answering.rule.timeout_s)
        first = self._plan(answering, delivery, limit_s, is_copy=False, sent=sent)
        return Routed(
            answering,
            first if isinstance(first, Handover) else CLOSED,
            () if is_upgrade(delivery) else legs[1:],
            partial(self._plan_copy, delivery, sent),
        )

    def _plan_copy(self, delivery: Delivery, sent: Delivery | None, leg: Leg) -> Handover | None:
        planned = self._plan(leg, delivery, self.forwarding.copy_limit_s(leg.rule.timeout_s), is_copy=True, sent=sent)
        return planned if isinstance(planned, Handover) else None

    def _legs(self, routing: Routing, delivery: Delivery, recognition: Recognition) -> tuple[Leg, ...]:
        """The legs of a delivery, chosen once."""
        chosen = self._chosen
        if chosen is None or chosen[0] is not delivery or chosen[1] is not self.forwarder:
            chosen = self._chosen = (delivery, self.forwarder, routing.choose(delivery, recognition))
        return chosen[2]

    def _plan(
        self, leg: Leg, delivery: Delivery, limit_s: float, *, is_copy: bool, sent: Delivery | None
    ) -> Handover | Route:
        return leg.plan(
            self._attempts,
            delivery,
            self._opened,
            origin="live",
            limit_s=limit_s,
            copy=is_copy,
            edited=None if sent is None or sent is delivery else sent,
        )

    def handler(self, route: str) -> Handler | None:
        """The handler that the session has for a route, or for everything where there are none."""
        if self.routing is not None:
            return self.routing.handler(route)
        return self.forwarder.handler if self.forwarder else None

    def headers_set(self, route: str) -> Headers:
        """The headers that the user sets on what takes a route."""
        leg = self.routing.named(route) if self.routing is not None else None
        return leg.rule.set_headers if leg is not None else ()

    @property
    def needs_recognition(self) -> bool:
        """Whether who sent a delivery must be known before its course is chosen."""
        return self.routing.recognises or not self.routing.legs if self.routing else self.forwarder is None

    def withheld(self, delivery: Delivery, recognition: Recognition) -> str:
        """Why a delivery goes to no handler: as `kept_back` says, or since no route takes it."""
        routing = self.routing
        if routing is not None and routing.legs and not self._legs(routing, delivery, recognition):
            return routing.why_none(delivery, recognition)
        return self.kept_back(delivery, recognition)

    def _is_to_copy(self, arrival: Arrival) -> bool:
        """Whether the handler gets a copy of what another session answers, or has answered already."""
        is_anothers = self.watching and arrival.is_new and not arrival.answer
        return is_anothers and self.forwarding.share and (self.forwarder is not None or self.routing is not None)

    def _copy(self, arrival: Arrival, delivery: Delivery, recognition: Recognition) -> Handover | Routed | None:
        """The copies for the handlers; None where there are to be none. Nobody waits for them, so they may take their
        time."""
        late = arrival.left_ms and self.standstill.is_too_late(delivery.received_at, arrival.left_ms / 1000)
        if late or self.stopping or self.paused or is_probe(delivery, self._key) or is_upgrade(delivery):
            return None
        if self.routing is not None:
            legs = self._legs(self.routing, delivery, recognition)
            return Routed(legs[0], None, legs, partial(self._plan_copy, delivery, None)) if legs else None
        assert self.forwarder is not None
        where = self._where(delivery)
        if not where.is_open:
            return None
        limit_s = self.forwarding.timeout_s or BREAKPOINT_S
        handler = self.forwarder.handler
        handover = self._attempts.plan(delivery, handler, origin="live", target=where.target, limit_s=limit_s)
        return replace(handover, attempt=replace(handover.attempt, is_copy=True))

    def kept_back(self, delivery: Delivery, recognition: Recognition) -> str:
        """Why a delivery does not go to the handler by its path or its sender; empty where it may,
        or where there is none."""
        if self.routing is not None:
            legs = self._legs(self.routing, delivery, recognition)
            return legs[0].where(delivery, self._opened).reason if legs else ""
        return "" if self.forwarder is None else self._where(delivery).reason

    def _where(self, delivery: Delivery) -> Route:
        """Where at the handler a delivery goes, or why it does not."""
        assert self.forwarder is not None
        routed = self._routed
        if routed is None or routed[0] is not delivery or routed[1] is not self.forwarder:
            opened = self.forwarding
            where = route(delivery, self.forwarder.handler, self._key.id, opened.only_path, opened.only_from)
            routed = self._routed = (delivery, self.forwarder, where)
        return routed[2]


def is_upgrade(delivery: Delivery) -> bool:
    """Whether a delivery is the handshake of a WebSocket: one handler can have that conversation, and nobody a copy."""
    return delivery.method == "GET" and asks_for_upgrade(delivery.headers)
