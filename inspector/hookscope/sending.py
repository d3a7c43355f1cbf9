"""Sends samples: with what they are signed, where they go, and when; what comes of each is told as it comes.

A delivery to a handler is captured like any other, with the origin `sample`. One to an endpoint's public URL goes out as a provider would
send it, without a word of ours in it, and whoever listens there captures it.
"""

from __future__ import annotations

import asyncio
import base64
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol

from hookscope.attempts import Attempts, Sending
from hookscope.capture import Failure
from hookscope.diagnosis.case import Earlier
from hookscope.events import Event
from hookscope.explaining import Explainer
from hookscope.finding import Finding
from hookscope.forwarding.forwarder import Forwarder
from hookscope.handler import handler_target
from hookscope.outgoing import OURS, build_request
from hookscope.providers.provider import Provider, Scheme
from hookscope.providers.registry import Providers
from hookscope.samples.steps import Step
from hookscope.samples.telling import Telling
from hookscope.secrets import VARIABLE, is_candidate
from hookscope.settings import Places
from hookscope.signatures.keys import key_of
from hookscope.signatures.secrets import Secret
from hookscope.signatures.signing import asymmetric_kind
from hookscope.signing_keys import load_or_make_key
from hookscope.store.captures import CaptureStore
from hookscope.verdict import Recognition
from hookscope_relay.answers import ANSWERED_BY
from hookscope_relay.delivery import Answer, Delivery, header
from hookscope_relay.errors import HandlerUnreachable, InputError

PRIVATE_MARK = b"PRIVATE KEY"
ED25519_BYTES = 32

# What no delivery could even be handed to.
UNREACHABLE = ("refused", "dns", "tls")

# How a provider shows a public key where it is no PEM file.
SHOWN_AS: dict[str, Callable[[bytes], str]] = {
    "discord": lambda der: der[-ED25519_BYTES:].hex(),
    "telnyx": lambda der: base64.b64encode(der[-ED25519_BYTES:]).decode(),
    "sendgrid": lambda der: base64.b64encode(der).decode(),
}


@dataclass(frozen=True, slots=True)
class Key:
    """What samples are signed with, what verifies them, and a sentence about it for the user."""

    secret: Secret
    public: Secret
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of handing one delivery over: an answer or a failure. `capture` is its number, None where it was not captured here."""

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
    """One delivery that was sent: which one (from 1), at which attempt, and what came of it. `last` says that no other attempt follows."""

    number: int
    step: Step
    attempt: int
    result: Result
    last: bool = True


class Post(Protocol):
    """Hands one delivery over and waits for its answer."""

    async def __call__(self, delivery: Delivery) -> Result: ...


def find_key(provider: Provider, scheme: Scheme, secrets: Sequence[Secret], places: Places) -> Key:
    """What to sign a provider's samples with: a configured secret, or a local test key pair for a scheme whose key only the provider has.

    `InputError` where nothing is configured, `CannotWrite` where a test key cannot be kept.
    """
    own = [secret for secret in secrets if secret.provider in (provider.name, "") and not is_candidate(secret)]
    if kind := asymmetric_kind(scheme):
        return _key_pair(provider, scheme, kind, own, places)
    if not own:
        variable = VARIABLE + provider.name.upper().replace("-", "_")
        raise InputError(
            f"no {provider.secret.called} of {provider.title} is configured",
            f"keep it with `hookscope secret set {provider.name}`, set {variable}, or send with --unsigned",
        )
    fitting = next((secret for secret in own if key_of(scheme, secret.value) is not None), own[0])
    note = f"signed with the {provider.secret.called} {fitting.name!r} (fingerprint {fitting.fingerprint})"
    return Key(fitting, fitting, note)


def make_up_key(provider: Provider) -> Key:
    """A secret made up for this time, for a handshake that brings one."""
    value = provider.secret.prefix + base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")
    secret = Secret(provider.name, "made-up", value)
    return Key(secret, secret, f"no {provider.secret.called} is configured: this brings one that is made up")


def _key_pair(provider: Provider, scheme: Scheme, kind: str, own: Sequence[Secret], places: Places) -> Key:
    private = next((secret for secret in own if PRIVATE_MARK in secret.value), None)
    if private is not None:
        return Key(private, private, f"signed with your {kind} key (fingerprint {private.fingerprint})")
    test = load_or_make_key(places, provider.name, scheme)
    public = Secret(provider.name, "test-public", test.public_file.read_bytes())
    shown = SHOWN_AS.get(provider.name)
    value = f", as {provider.title} shows it: {shown(_der(public.value))}" if shown else ""
    note = (
        f"only {provider.title} has its own {kind} key: signed with a local test key; "
        f"your handler accepts it once it trusts the public key in {test.public_file}{value}"
    )
    if scheme.certificate_url or scheme.kind == "jwt":
        note += f"; a library that fetches the key from {provider.title} will refuse it"
    return Key(test.private, public, note)


def _der(pem: bytes) -> bytes:
    return base64.b64decode(b"".join(pem.strip().splitlines()[1:-1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class ToHandler:
    """Posts to a handler: captures each delivery, hands it over as an attempt of its capture, and explains the outcome."""

    forwarder: Forwarder
    attempts: Attempts
    limit_s: float

    async def __call__(self, delivery: Delivery) -> Result:
        recognition = self.attempts.explainer.recognise(delivery)
        kept = await self.attempts.store.keep(delivery, origin="sample", recognition=recognition)
        handler = self.forwarder.handler
        sending = Sending(
            delivery=delivery,
            number=kept.number,
            origin="sample",
            target=handler_target(handler, "") + delivery.target,
            limit_s=self.limit_s,
        )
        attempt = await self.attempts.make(sending, self.forwarder)
        explained = await self.attempts.explain(delivery, kept.number, recognition, attempt, handler)
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

    def earlier(recognition: Recognition, number: int) -> tuple[Earlier, ...]:
        event, thing = recognition.event_id, recognition.object_id
        return tuple(store.earlier(provider=recognition.provider, event_id=event, object_id=thing, before=number))

    def quiet(event: Event) -> None:
        """Each result is told whole, with its findings."""

    explainer = Explainer(
        providers=providers,
        secrets=secrets,
        earlier=earlier,
        settlement=store.settlement,
        keep=lambda *_: tuple(secrets),
        forwarded=forwarded,
    )
    try:
        attempts = Attempts(store=store, explainer=explainer, emit=quiet, forwarded=forwarded)
        yield ToHandler(forwarder=forwarder, attempts=attempts, limit_s=limit_s)
    finally:
        explainer.close()


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
    telling: Telling,
    post: Post,
    report: Callable[[Sent], None],
    retry_after_s: Sequence[float] | None = None,
) -> tuple[Sent, ...]:
    """Send each step when it is due, and again after each of `retry_after_s` until it is accepted; `report` hears of each as it ends.

    `HandlerUnreachable` where not one could be handed over; without retries the first such failure ends it.
    """
    courier = _Courier(telling, post, report, tuple(retry_after_s or ()))
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

    def __init__(self, telling: Telling, post: Post, report: Callable[[Sent], None], waits: tuple[float, ...]) -> None:
        self.sent: list[Sent] = []
        self._telling = telling
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
            delivery = self._telling.build(step, attempt, time.time(), os.urandom(10))
            result = await self._post(delivery)
            last = result.accepted or attempt > len(self._waits)
            sent = Sent(number=number, step=step, attempt=attempt, result=result, last=last)
            self.sent.append(sent)
            self._report(sent)
            if last:
                return
