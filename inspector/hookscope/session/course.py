"""Which course a delivery takes: to the handler, answered by us in its place, or to the store alone."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TypeAlias

from hookscope.attempts.make import Attempts, Handover
from hookscope.attempts.route import Handshakes, MadeAnswer, Route, answer_without_handler, parse_respond, route
from hookscope.forward.forwarder import Forwarder
from hookscope.model.verdict import Recognition
from hookscope.tunnel.frames import Arrival
from hookscope_relay.delivery import Delivery
from hookscope_relay.made_answers import build_answer, build_problem

MARGIN_S = 0.5
BREAKPOINT_S = 3600.0
EMPTY_200 = parse_respond("200")
CLOSED = b"This path is not open to deliveries.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarding:
    """How deliveries are handed over. `timeout_s` None: half a second under what the sender still waits."""

    timeout_s: float | None = None
    answer_at_once: int | None = None
    respond: MadeAnswer = EMPTY_200
    only_path: str = ""
    preserve_host: bool = False
    forwarded: bool = True
    watch: bool = False
    keep_handshake_secrets: bool = False


# None: nobody waits for an answer.
Course: TypeAlias = Handover | MadeAnswer | None


class Courses:
    """Decides for each delivery of an endpoint. `forwarder`, `paused` and `stopping` may change at any time and count from the next on."""

    def __init__(
        self,
        *,
        endpoint: str,
        handshakes: Handshakes,
        attempts: Attempts,
        forwarder: Forwarder | None,
        forwarding: Forwarding,
    ) -> None:
        self.forwarder = forwarder
        self.forwarding = forwarding
        self.paused = False
        self.stopping = False
        self._endpoint = endpoint
        self._handshakes = handshakes
        self._attempts = attempts
        self._routed: tuple[Delivery, Forwarder, Route] | None = None

    def choose(self, arrival: Arrival, delivery: Delivery, recognition: Recognition) -> Course:
        """How the sender gets its answer: from the handler, or by us; None where nobody waits. What was recognised matters only without a handler."""
        if not arrival.answer:
            return None
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

    def kept_back(self, delivery: Delivery) -> str:
        """Why a delivery does not go to the handler by its path; empty where it may, or where there is none."""
        return "" if self.forwarder is None else self._where(delivery).reason

    def _where(self, delivery: Delivery) -> Route:
        """Where at the handler a delivery goes, or why it does not."""
        assert self.forwarder is not None
        routed = self._routed
        if routed is None or routed[0] is not delivery or routed[1] is not self.forwarder:
            where = route(delivery, self.forwarder.handler, self._endpoint, self.forwarding.only_path)
            routed = self._routed = (delivery, self.forwarder, where)
        return routed[2]

    def limit_s(self, deadline: float) -> float:
        """How long the handler may take, in seconds, where the sender waits until a monotonic instant."""
        wanted = self.forwarding.timeout_s
        if self.forwarding.answer_at_once is not None:
            return wanted if wanted is not None else BREAKPOINT_S
        left = max(0.05, deadline - time.monotonic() - MARGIN_S)
        return min(left, wanted) if wanted is not None else left
