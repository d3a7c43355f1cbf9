"""What a sender is told where the handler itself does not tell it, and where at the handler a delivery goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from hookscope.model.capture import Failure, FailureKind
from hookscope.model.handler import Handler, climbs, handler_target, within
from hookscope.model.senders import Network, is_among
from hookscope.model.verdict import Recognition
from hookscope_relay.delivery import Answer, Delivery
from hookscope_relay.errors import InputError
from hookscope_relay.made_answers import build_answer, build_problem
from hookscope_relay.value import Value

PROBLEM_OF: dict[FailureKind, str] = {
    "refused": "handler-refused",
    "timeout": "handler-timeout",
    "dns": "handler-dns",
    "tls": "handler-tls",
    "reset": "handler-reset",
    "closed": "handler-closed",
    "bad-response": "handler-bad-response",
    "too-large": "answer-too-large",
    "cut-off": "request-cut-off",
}


@dataclass(frozen=True, slots=True)
class MadeAnswer:
    """An answer that we give in the handler's place; `is_held` says that the delivery waits for the handler,
    since forwarding is paused."""

    answer: Answer
    is_held: bool = False


class Route(Value, frozen=True, kw_only=False):
    """The target at the handler, and why it is closed to deliveries; an empty reason means that it is open."""

    target: str
    reason: str = ""

    @property
    def is_open(self) -> bool:
        """Whether deliveries may go there."""
        return not self.reason


class Handshakes(Protocol):
    """Knows how providers want their handshakes answered; None for a delivery that is none."""

    def answer_handshake(self, delivery: Delivery, recognition: Recognition) -> Answer | None: ...


def parse_respond(text: str) -> MadeAnswer:
    """The answer of an inspector without a handler that `STATUS[:BODY]` means;
    `InputError` where the status is none."""
    status, _, body = text.partition(":")
    if not (len(status) == 3 and status.isascii() and status.isdigit() and 200 <= int(status) <= 599):
        raise InputError(f"--respond {text!r} does not begin with a status from 200 to 599", "give it as 200 or 200:ok")
    return MadeAnswer(build_answer(int(status), "inspector", body=body.encode("utf-8", "surrogateescape")))


def route(
    delivery: Delivery, handler: Handler, endpoint: str, only_path: str = "", only_from: Sequence[Network] = ()
) -> Route:
    """Where at the handler a delivery goes, by the raw target; closed where it would leave the path
    that the user opened, or comes from elsewhere than the user allowed."""
    on_subdomain = f"://{endpoint}." in delivery.url.lower()
    target = handler_target(handler, delivery.target, on_subdomain)
    if handler.path and climbs(delivery.target):
        return Route(target, f"The path climbs above {handler.path}: not forwarded.")
    if only_path and not within(target, only_path):
        return Route(target, f"The path is outside of --only-path {only_path}: not forwarded.")
    if only_from and not is_among(delivery.remote, only_from):
        networks = ", ".join(map(str, only_from[:4]))
        return Route(target, f"The sender {delivery.remote[:60]} is outside of --only-from {networks}: not forwarded.")
    return Route(target)


def answer_without_handler(
    delivery: Delivery, recognition: Recognition, handshakes: Handshakes, respond: MadeAnswer
) -> MadeAnswer:
    """The answer in capture-only mode: a provider's handshake gets what it asks for,
    anything else what the user set."""
    answer = handshakes.answer_handshake(delivery, recognition)
    return respond if answer is None else MadeAnswer(answer)


def failure_answer(failure: Failure) -> Answer:
    """The answer for a sender whose delivery the handler did not answer."""
    return build_problem(PROBLEM_OF[failure.kind], "inspector")
