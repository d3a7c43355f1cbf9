"""Which course a delivery takes: to the handler, answered by us in its place, or to the store alone."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TypeAlias

from hookscope.attempts.make import Attempts, Handover
from hookscope.attempts.route import Handshakes, MadeAnswer, Route, answer_without_handler, parse_respond, route
from hookscope.forward.forwarder import Forwarder
from hookscope.model.senders import Network
from hookscope.model.verdict import Recognition
from hookscope.session.standstill import Standstill
from hookscope.tunnel.frames import Arrival
from hookscope.tunnel.probe import is_probe
from hookscope_relay.delivery import Delivery
from hookscope_relay.keys.endpoint_key import EndpointKey
from hookscope_relay.made_answers import build_answer, build_problem

MARGIN_S = 0.5
BREAKPOINT_S = 3600.0
EMPTY_200 = parse_respond("200")
PROBED = build_answer(200, "inspector", body=b"A probe of this endpoint.\n")
CLOSED = b"This path is not open to deliveries.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarding:
    """How deliveries are handed over. `timeout_s` None: half a second under what the sender still waits.

    `share` has the handler get a copy of what another session answers.
    """

    timeout_s: float | None = None
    answer_at_once: int | None = None
    respond: MadeAnswer = EMPTY_200
    only_path: str = ""
    only_from: tuple[Network, ...] = ()
    preserve_host: bool = False
    forwarded: bool = True
    watch: bool = False
    share: bool = False
    keep_handshake_secrets: bool = False


# None: nobody waits for an answer.
Course: TypeAlias = Handover | MadeAnswer | None


class Courses:
    """Decides for each delivery of the endpoint of a key.

    `forwarder`, `paused`, `stopping` and `watching` (another session answers) may change at any time and count from the
    next on.
    """

    def __init__(
        self,
        *,
        key: EndpointKey,
        handshakes: Handshakes,
        attempts: Attempts,
        forwarder: Forwarder | None,
        forwarding: Forwarding,
    ) -> None:
        self.forwarder = forwarder
        self.forwarding = forwarding
        self.paused = False
        self.stopping = False
        self.watching = False
        self.standstill = Standstill()
        self._key = key
        self._handshakes = handshakes
        self._attempts = attempts
        self._routed: tuple[Delivery, Forwarder, Route] | None = None

    def choose(self, arrival: Arrival, delivery: Delivery, recognition: Recognition) -> Course:
        """How the sender gets its answer: from the handler, or by us; None where nobody waits.

        What was recognised matters only without a handler.
        """
        if self._is_to_copy(arrival):
            return self._copy(arrival, delivery)
        if not arrival.answer or self.standstill.is_too_late(delivery.received_at, arrival.left_ms / 1000):
            return None
        if is_probe(delivery, self._key):
            return MadeAnswer(PROBED)
        return self._choose(arrival, delivery, recognition)

    def _choose(self, arrival: Arrival, delivery: Delivery, recognition: Recognition) -> Course:
        if self.stopping:
            return MadeAnswer(build_problem("inspector-stopping", "inspector"))
        if self.forwarder is None:
            return answer_without_handler(delivery, recognition, self._handshakes, self.forwarding.respond)
        if self.paused:
            return MadeAnswer(build_answer(202, "inspector", body=b"Forwarding is paused.\n"), is_held=True)
        where = self._where(delivery)
        if not where.is_open:
            # Whoever knows the URL reads this: what is open stays with the user.
            return MadeAnswer(build_answer(404, "inspector", body=CLOSED))
        return self._attempts.plan(
            delivery,
            self.forwarder.handler,
            origin="live",
            target=where.target,
            limit_s=self.limit_s(time.monotonic() + arrival.left_ms / 1000),
        )

    def _is_to_copy(self, arrival: Arrival) -> bool:
        """Whether the handler gets a copy of what another session answers, or has answered already."""
        is_anothers = self.watching and arrival.is_new and not arrival.answer
        return is_anothers and self.forwarding.share and self.forwarder is not None

    def _copy(self, arrival: Arrival, delivery: Delivery) -> Handover | None:
        """The copy for the handler; None where it is to have none. Nobody waits for it, so it may take its time."""
        late = arrival.left_ms and self.standstill.is_too_late(delivery.received_at, arrival.left_ms / 1000)
        if late or self.stopping or self.paused or is_probe(delivery, self._key):
            return None
        assert self.forwarder is not None
        where = self._where(delivery)
        if not where.is_open:
            return None
        limit_s = self.forwarding.timeout_s or BREAKPOINT_S
        handover = self._attempts.plan(
            delivery, self.forwarder.handler, origin="live", target=where.target, limit_s=limit_s
        )
        return replace(handover, attempt=replace(handover.attempt, is_copy=True))

    def kept_back(self, delivery: Delivery) -> str:
        """Why a delivery does not go to the handler by its path or its sender; empty where it may,
        or where there is none."""
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

    def limit_s(self, deadline: float) -> float:
        """How long the handler may take, in seconds, where the sender waits until a monotonic instant."""
        wanted = self.forwarding.timeout_s
        if self.forwarding.answer_at_once is not None:
            return wanted if wanted is not None else BREAKPOINT_S
        left = max(0.05, deadline - time.monotonic() - MARGIN_S)
        return min(left, wanted) if wanted is not None else left
