"""A case: everything that a rule may look at. One delivery, at most one attempt, and what is known around them.

Only `delivery` is needed; the rest narrows what the rules may conclude. The views `request` and `answer` are made on
first use and kept, so that every rule reads the same parsed headers and bodies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import msgspec

from hookscope.diagnosis.once import once
from hookscope.diagnosis.urls import host_of, is_local_host
from hookscope.diagnosis.views import AnswerView, RequestView, view_of
from hookscope.model.capture import Attempt, Failure, Origin
from hookscope.model.verdict import Recognition, Verdict
from hookscope.providers.facts import Facts
from hookscope_relay.delivery import Answer, Delivery
from hookscope_relay.value import Value

SettledHow: TypeAlias = Literal["answered", "expired", "sender-gone"]


class Earlier(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is remembered of a delivery that came before: enough to see repeats, order and spikes.

    Times are epoch seconds.

    `sequence_last` is the last number that it has in its sender's own sequence. `status` is 0 where there was no
    answer, `failure` then says why; `body_digest` is any digest that is equal for equal bodies.
    """

    number: int = 0
    id: str = ""
    received_at: float = 0.0
    provider: str = ""
    event_id: str = ""
    event_type: str = ""
    object_id: str = ""
    event_at: float | None = None
    attempt_number: int | None = None
    sequence_last: int | None = None
    status: int = 0
    failure: str = ""
    cause: str = ""
    method: str = ""
    target: str = ""
    body_digest: str = ""
    handler_url: str = ""
    elapsed_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """How the sender's wait ended, as the relay tells it."""

    how: SettledHow = "answered"
    status: int = 0
    by: str = ""
    waited_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the provider's data says of how it sends; None where it says nothing.

    `bare_answer`: it takes neither a body nor cookies. `agents` are the beginnings of its User-Agents, in lower case.
    """

    limit_ms: float | None = None
    max_attempts: int | None = None
    source: str = ""
    bare_answer: bool = False
    agents: tuple[str, ...] = ()


class Case(Value, frozen=True, kw_only=True, dict=True, gc=True):
    """One delivery to be explained. Not slotted: the views are cached on it.

    `earlier` holds deliveries of the same event or object, and the furthest one in the sender's own sequence; `recent`
    the endpoint's last ones, whatever they were, and may be empty where the attempt went well. Both are in order of
    arrival, oldest first. `handler_url` and `routes` (paths, as typed) say what the developer configured; `routes` is
    empty where nothing is known. `expect_every_s` is the interval that the user expects deliveries in. `other_secret`
    says that the handshake brings another secret than the one that is kept for its provider. `kept_back` says why the
    delivery was not handed to the handler. `host_sent` is the Host that the handler saw, where it is known.
    `secret_given_at` is when its secret was given, where that was after it had come (0: it was known).
    `body_digest` is this delivery's, made as those in `earlier`; without it the rules compare nothing.
    """

    delivery: Delivery
    attempt: Attempt | None = None
    verdict: Verdict | None = None
    recognition: Recognition | None = None
    earlier: tuple[Earlier, ...] = ()
    recent: tuple[Earlier, ...] = ()
    handler_url: str = ""
    routes: tuple[str, ...] = ()
    policy: Policy = Policy()
    settled: Settlement | None = None
    origin: Origin = "live"
    provider: str = ""
    body_digest: str = ""
    owed: bool = False
    kept_back: str = ""
    public_url: str = ""
    host_sent: str = ""
    forwarded_headers: bool = True
    reloaded: bool = False
    other_secret: bool = False
    redacted: bool = False
    expect_every_s: float | None = None
    secret_given_at: float = 0.0
    probes: tuple[Attempt, ...] = ()
    now: float | None = None

    @once
    def request(self) -> RequestView:
        """The delivery, as rules read it."""
        return RequestView(self.delivery)

    @once
    def answer(self) -> AnswerView | None:
        """The attempt's answer, as rules read it; None where there is none."""
        answer: Answer | None = self.attempt.answer if self.attempt else None
        return view_of(answer, self.delivery.method) if answer else None

    @once
    def facts(self) -> Facts:
        """The delivery, as the providers' tables read it."""
        return Facts(self.delivery)

    @property
    def passed_on(self) -> bool:
        """Whether the sender had the answer while the handler wrote it: the attempt then lasts as long as that."""
        return self.attempt is not None and self.attempt.stream is not None and self.attempt.stream.is_streamed

    @property
    def switched(self) -> bool:
        """Whether a WebSocket was opened and passed on."""
        return self.passed_on and self.answer is not None and self.answer.status == 101

    @property
    def failure(self) -> Failure | None:
        """Why the attempt has no answer; None where it has one, or there was no attempt."""
        return self.attempt.failure if self.attempt else None

    @property
    def url(self) -> str:
        """The handler's URL that was called, as far as it is known."""
        return (self.attempt.handler_url if self.attempt else "") or self.handler_url

    @once
    def host(self) -> str:
        """The Host that the handler saw: as told, as recorded,
        or as the handler's URL has it (the default of forwarding)."""
        if self.host_sent:
            return self.host_sent
        sent = self.attempt.request if self.attempt else None
        recorded = next((value for name, value in sent.headers if name.lower() == "host"), "") if sent else ""
        return recorded or host_of(self.url) or self.request.get("host")

    @property
    def local(self) -> bool:
        """Whether the handler saw a loopback name or address in Host."""
        return is_local_host(self.host)

    @property
    def sender(self) -> str:
        """The provider's name in lower case; empty where nobody recognised it."""
        named = self.recognition.provider if self.recognition else ""
        return (named or self.provider).lower()
