"""Which course a delivery takes: to the handler, answered by us in its place, or to the store alone."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TypeAlias

from hookscope.attempts.make import Attempts, Planned, Sending
from hookscope.attempts.route import Handshakes, Made, Route, answer_without_handler, route
from hookscope.forward.forwarder import Forwarder
from hookscope.model.verdict import Recognition
from hookscope.tunnel.frames import Arrival
from hookscope_relay.delivery import Answer, Delivery
from hookscope_relay.made_answers import build_answer, build_problem

MARGIN_S = 0.5
BREAKPOINT_S = 3600.0
EMPTY_200 = Made(200)
CLOSED = b"This path is not open to deliveries.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarding:
    """How deliveries are handed over. `timeout_s` None: half a second under what the sender still waits."""

    timeout_s: float | None = None
    answer_at_once: int | None = None
    respond: Made = EMPTY_200
    only_path: str = ""
    preserve_host: bool = False
    forwarded: bool = True
    watch: bool = False
    keep_handshake_secrets: bool = False


@dataclass(frozen=True, slots=True)
class HandlerTurn:
    """A delivery that the handler is asked about: by whom, what is to be sent, and the attempt as it is noted beforehand."""

    forwarder: Forwarder
    sending: Sending
    planned: Planned


@dataclass(frozen=True, slots=True)
class ByUs:
    """A delivery that is answered in the handler's place, and held for it where forwarding is paused."""

    answer: Answer
    held: bool


# None: nobody waits for an answer.
Course: TypeAlias = HandlerTurn | ByUs | None


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

    def choose(self, arrival: Arrival, delivery: Delivery, recognition: Recognition) -> Course:
        """How the sender gets its answer: from the handler, or by us; None where nobody waits."""
        if not arrival.answer:
            return None
        if (made := self._made(delivery, recognition)) is not None:
            return ByUs(made, self.paused and self.forwarder is not None and not self.stopping)
        assert self.forwarder is not None
        sending = Sending(delivery=delivery, number=0, origin="live", target=self._where(delivery).target, limit_s=0.0)
        return HandlerTurn(self.forwarder, sending, self._attempts.plan(sending, self.forwarder.handler))

    def _made(self, delivery: Delivery, recognition: Recognition) -> Answer | None:
        """The answer that we give ourselves; None where the handler is to be asked."""
        if self.stopping:
            return build_problem("inspector-stopping", "inspector")
        if self.forwarder is None:
            return answer_without_handler(delivery, recognition, self._handshakes, self.forwarding.respond)
        if self.paused:
            return build_answer(202, "inspector", body=b"Forwarding is paused.\n")
        # Whoever knows the URL reads this: what is open stays with the user.
        return build_answer(404, "inspector", body=CLOSED) if self.kept_back(delivery) else None

    def kept_back(self, delivery: Delivery) -> str:
        """Why a delivery does not go to the handler by its path; empty where it may, or where there is none."""
        return "" if self.forwarder is None else self._where(delivery).reason

    def _where(self, delivery: Delivery) -> Route:
        """Where at the handler a delivery goes, or why it does not."""
        assert self.forwarder is not None
        return route(delivery, self.forwarder.handler, self._endpoint, self.forwarding.only_path)

    def limit_s(self, deadline: float) -> float:
        """How long the handler may take, in seconds, where the sender waits until a monotonic instant."""
        wanted = self.forwarding.timeout_s
        if self.forwarding.answer_at_once is not None:
            return wanted if wanted is not None else BREAKPOINT_S
        left = max(0.05, deadline - time.monotonic() - MARGIN_S)
        return min(left, wanted) if wanted is not None else left
