"""Explains deliveries beside the event loop: recognises the provider, verifies the signature, runs the rules.

One thread does the work, so that explanations come in order and a long search for a mistake holds up nobody's answer.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Literal, Protocol

from hookscope.diagnosis.case import Case, Earlier, Policy, Settlement
from hookscope.forward.request import OURS
from hookscope.model.capture import Attempt, Origin
from hookscope.model.finding import Explained, Finding
from hookscope.model.handler import Handler
from hookscope.model.secret import Secret
from hookscope.model.verdict import Recognition, Verdict
from hookscope.providers.handshake import Ours, answer_handshake, handshake_secret
from hookscope.providers.provider import Provider
from hookscope.providers.recognition import recognise
from hookscope.providers.registry import Providers
from hookscope.secrets.kept import is_candidate
from hookscope.signatures.material import NO_PARAMETERS
from hookscope_relay.delivery import Answer, Delivery, Headers
from hookscope_relay.value import Value

# No rule finds an answer slow that came sooner.
QUICK_MS = 500.0


class Memory(Protocol):
    """Remembers deliveries before the one with a number: those that an event has to do with,
    and the last ones at all; oldest first."""

    def related(self, recognition: Recognition, number: int) -> Sequence[Earlier]: ...

    def recent(self, number: int) -> Sequence[Earlier]: ...

    def over(self, asked: Sequence[tuple[Recognition, int]]) -> Memory:
        """What is remembered now of all these, looked up together."""
        ...


class Around(Value, frozen=True, kw_only=True):
    """What is known around a delivery besides its attempt: where it came from, whether the relay answered it in our
    place, why it was not handed over, the Host that the handler saw (empty: its own), how the sender's wait ended
    (None: not known, or not yet), when its secret was given, if that was after it had been explained without (0), and,
    for the endpoint's last delivery, the time within which the next was expected.
    """

    origin: Origin = "live"
    owed: bool = False
    kept_back: str = ""
    host_sent: str = ""
    settled: Settlement | None = None
    secret_given_at: float = 0.0
    expect_every_s: float | None = None


NOTHING_MORE = Around()


class Question(Value, frozen=True, kw_only=True):
    """A delivery to be explained with one attempt at it (None: the delivery alone);
    `handler` is the one that the session has, `proved` what experiments found of it before."""

    delivery: Delivery
    number: int
    recognition: Recognition
    attempt: Attempt | None = None
    handler: Handler | None = None
    around: Around = NOTHING_MORE
    proved: tuple[Finding, ...] = ()


class Explainer:
    """Explains one session's deliveries.

    `params` are what some schemes need besides a secret, by name; `memory` tells of deliveries before.
    """

    def __init__(
        self,
        *,
        providers: Providers,
        secrets: Sequence[Secret],
        memory: Memory,
        keep: Callable[[str, str, bool], tuple[Secret, ...]],
        pinned: str = "",
        silenced: Collection[str] = (),
        forwarded: bool = True,
        params: Mapping[str, str] = NO_PARAMETERS,
    ) -> None:
        self.providers = providers
        self.secrets = tuple(secrets)
        self._memory = memory
        self._keep = keep
        self._pinned = pinned
        self._silenced = silenced
        self._forwarded = forwarded
        self.params = params
        self._policies: dict[str, Policy] = {}
        self._thread = ThreadPoolExecutor(1, "hookscope-explainer")

    def recognise(self, delivery: Delivery) -> Recognition:
        """Who sent a delivery."""
        return recognise(delivery, self.providers, self._pinned)

    def answer_handshake(self, delivery: Delivery, recognition: Recognition) -> Answer | None:
        """The answer that a provider's handshake wants; None for another delivery."""
        provider = self.providers.get(recognition.provider)
        if provider is None:
            return None
        from hookscope.signatures.verification import verify

        return answer_handshake(delivery, recognition, Ours(provider, self._of(recognition.provider), verify))

    def knows_secret(self, provider: str, token: str) -> bool:
        """Whether the token is one of the provider's signing secrets."""
        return any(secret.value == token.encode() for secret in self._of(provider))

    def has_secret(self, provider: str) -> bool:
        """Whether a signing secret of the provider is known."""
        return bool(self._of(provider))

    def keep_secret(self, provider: str, token: str) -> Literal["kept", "candidate"]:
        """Keep a handshake's token: as the signing secret (`kept`), or beside an earlier one (`candidate`)."""
        if self.knows_secret(provider, token):
            return "kept"
        candidate = self.has_secret(provider)
        self.secrets = self._keep(provider, token, candidate)
        return "candidate" if candidate else "kept"

    async def holds(self, delivery: Delivery, recognition: Recognition) -> bool:
        """Whether the delivery's own signature holds."""
        work = asyncio.get_running_loop().run_in_executor(self._thread, self._verify, delivery, recognition)
        verdict = await work
        return verdict is not None and verdict.state == "verified"

    async def explain(self, question: Question) -> Explained:
        """Verify and diagnose one attempt (or the delivery alone)."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._explain, question)

    async def explain_all(self, ask: Callable[[], Sequence[Question]]) -> list[tuple[Question, Explained]]:
        """As `explain` for many at a time; the questions are put together on the explaining thread too."""

        def work() -> list[tuple[Question, Explained]]:
            asked = ask()
            memory = self._memory.over([(one.recognition, one.number) for one in asked])
            return [(one, self._explain(one, memory)) for one in asked]

        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def close(self) -> None:
        """Let go of the thread."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    # Rules and schemes take longest of all to load: with the first delivery, in the thread that explains it.

    def _explain(self, question: Question, memory: Memory | None = None) -> Explained:
        from hookscope.diagnosis.engine import diagnose

        memory = memory or self._memory
        delivery, recognition, around = question.delivery, question.recognition, question.around
        verdict = self._verify(delivery, recognition)
        attempt = _without_our_headers(question.attempt)
        provider = self.providers.get(recognition.provider)
        case = Case(
            delivery=delivery,
            attempt=attempt,
            verdict=verdict,
            recognition=recognition,
            provider=recognition.provider,
            earlier=tuple(memory.related(recognition, question.number)),
            recent=tuple(memory.recent(question.number)) if _calls_for_more(attempt) else (),
            handler_url=question.handler.url if question.handler else "",
            policy=self._policy(provider) if provider else Policy(),
            settled=around.settled,
            origin=attempt.origin if attempt else around.origin,
            owed=around.owed,
            kept_back=around.kept_back,
            host_sent=around.host_sent,
            body_digest=hashlib.sha256(delivery.body).hexdigest(),
            forwarded_headers=self._forwarded,
            other_secret=self._brings_another_secret(delivery, recognition),
            expect_every_s=around.expect_every_s,
            secret_given_at=around.secret_given_at,
            now=time.time(),
        )
        return Explained(verdict, diagnose(case, self._silenced))

    def _policy(self, provider: Provider) -> Policy:
        from hookscope.diagnosis.from_capture import policy_of

        found = self._policies.get(provider.name)
        if found is None:
            found = self._policies[provider.name] = policy_of(provider)
        return found

    def _brings_another_secret(self, delivery: Delivery, recognition: Recognition) -> bool:
        token = handshake_secret(delivery, recognition)
        known = recognition.provider
        return token is not None and self.has_secret(known) and not self.knows_secret(known, token)

    def _verify(self, delivery: Delivery, recognition: Recognition) -> Verdict | None:
        from hookscope.signatures.mistakes.explain import explain
        from hookscope.signatures.verification import verify

        provider = self.providers.get(recognition.provider)
        if provider is None or delivery.broken:
            return None
        secrets = self._of(provider.name)
        verdict = verify(delivery, provider, secrets, delivery.received_at, delivery.url, self.params)
        if verdict.state != "rejected":
            return verdict
        others = [secret for secret in self.secrets if secret not in secrets]
        return explain(delivery, provider, secrets, delivery.received_at, others, delivery.url, self.params)

    def _of(self, provider: str) -> tuple[Secret, ...]:
        """The secrets that verify."""
        return tuple(secret for secret in self.secrets if secret.provider == provider and not is_candidate(secret))


def _calls_for_more(attempt: Attempt | None) -> bool:
    """Whether what came before may explain the outcome: a failure, a refusal, or an answer that took long."""
    if attempt is None or attempt.answer is None:
        return attempt is not None
    return not 200 <= attempt.answer.status < 300 or attempt.elapsed_ms > QUICK_MS


def _without_our_headers(attempt: Attempt | None) -> Attempt | None:
    """A handler cannot speak for us: headers of ours in its own answer are not believed."""
    if attempt is None or attempt.answer is None or not _names_ours(attempt.answer.headers):
        return attempt
    kept = tuple(pair for pair in attempt.answer.headers if not pair[0].lower().startswith(OURS))
    return replace(attempt, answer=replace(attempt.answer, headers=kept))


def _names_ours(headers: Headers) -> bool:
    # Where none has it anywhere, none begins with it.
    has_it = OURS in "".join([name for name, _ in headers]).lower()
    return has_it and any(name.lower().startswith(OURS) for name, _ in headers)
