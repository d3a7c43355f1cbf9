"""The case that a capture file alone makes: the attempt that counts, who sent it,
and our verdict where secrets are at hand."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hookscope.diagnosis.case import Case, Policy
from hookscope.model.capture import Capture
from hookscope.model.secret import Secret
from hookscope.providers.provider import Provider
from hookscope.providers.recognition import recognise
from hookscope.providers.registry import Providers
from hookscope.signatures.verification import verify

_BARE = re.compile(r"response must not contain a body")
_ATTEMPTS = re.compile(r"up to (\d{1,3}) (?:times|attempts|tries)")


def case_of(capture: Capture, providers: Providers, secrets: Sequence[Secret] = ()) -> Case:
    """The case of a recorded capture. A timestamp is judged as of the delivery's arrival, not of today."""
    delivery = capture.delivery
    known = recognise(delivery, providers, capture.provider)
    provider = providers.get(known.provider) if known.provider else None
    fitting = [secret for secret in secrets if not secret.provider or secret.provider == known.provider]
    verdict = verify(delivery, provider, fitting, delivery.received_at) if provider is not None and fitting else None
    attempt = capture.outcome
    return Case(
        delivery=delivery,
        attempt=attempt,
        verdict=verdict,
        recognition=known,
        provider=capture.provider,
        policy=policy_of(provider) if provider is not None else Policy(),
        origin=attempt.origin if attempt is not None else "live",
        redacted=bool(capture.redacted),
    )


def policy_of(provider: Provider) -> Policy:
    """What a provider's data says of how it sends."""
    found = _ATTEMPTS.search(provider.retries)
    return Policy(
        limit_ms=provider.time_limit_s * 1000 if provider.time_limit_s else None,
        max_attempts=int(found[1]) if found else None,
        source=provider.docs,
        bare_answer=any(_BARE.search(trap) for trap in provider.traps),
        agents=tuple(sign.user_agent.lower() for sign in provider.recognise if sign.user_agent),
    )
