"""Handshakes in which a provider brings a token of its own: what is kept of it, and what the user is told."""

from __future__ import annotations

import time

from hookscope.attempts.explain import Explainer
from hookscope.model.events import HandshakeSeen, HandshakeState
from hookscope.model.secret import fingerprint
from hookscope.model.verdict import Recognition
from hookscope.providers.handshake import handshake_secret
from hookscope_relay.delivery import Delivery

NOTHING_TO_PASTE = "It brought its signing secret, of which only the fingerprint is shown; nothing is to be pasted:"


def see_handshake(
    delivery: Delivery, recognition: Recognition, number: int, explainer: Explainer, *, keeps: bool
) -> HandshakeSeen | None:
    """The event of a handshake that brought a token, None for any other; `keeps` has the token kept unasked."""
    token = handshake_secret(delivery, recognition) if recognition.handshake else None
    if token is None:
        return None
    pasted = recognition.handshake == "verification-token"
    return HandshakeSeen(
        at=time.time(),
        id=delivery.id,
        number=number,
        provider=recognition.provider,
        token=token if pasted else f"fingerprint {fingerprint(token.encode())}",
        kept=_keep(recognition.provider, token, explainer, keeps),
        instruction="" if pasted else NOTHING_TO_PASTE,
    )


def _keep(provider: str, token: str, explainer: Explainer, keeps: bool) -> HandshakeState:
    if keeps:
        return explainer.keep_secret(provider, token)
    if explainer.knows_secret(provider, token):
        return "kept"
    return "candidate" if explainer.has_secret(provider) else "asked"
