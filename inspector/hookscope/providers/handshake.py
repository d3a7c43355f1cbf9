"""Handshakes: how a provider makes sure that an address listens, how that is recognised, and what to answer.

Nothing here fetches anything: Amazon SNS's SubscribeURL in particular is only shown.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from hookscope.model.secret import Secret
from hookscope.model.verdict import Recognition, Verdict
from hookscope.providers.facts import Facts
from hookscope.providers.provider import Provider
from hookscope_relay.delivery import Answer, Delivery, Headers
from hookscope_relay.made_answers import build_answer

MAX_CHALLENGE = 4096

Verify: TypeAlias = Callable[[Delivery, Provider, Sequence[Secret], float], Verdict]


class Ours(NamedTuple):
    """What is at hand to answer with: the provider's table, its secrets,
    and how a signature is verified (`signatures.verification.verify`)."""

    provider: Provider
    secrets: Sequence[Secret]
    verify: Verify


Answering: TypeAlias = Callable[[Facts, Ours], Answer | None]


class Handshake(NamedTuple):
    """A kind of handshake: whether a delivery is one, and what to answer (None:
    it cannot be answered with what is configured)."""

    is_one: Callable[[Facts], bool]
    answer: Answering


def name_handshake(provider: Provider, facts: Facts) -> str:
    """The name of the provider's handshake where the delivery is one, else empty."""
    form = HANDSHAKES.get(provider.handshake)
    return provider.handshake if form is not None and form.is_one(facts) else ""


def answer_handshake(delivery: Delivery, recognition: Recognition, ours: Ours) -> Answer | None:
    """The answer that completes a recognised handshake; None where the delivery is none,
    or a secret is needed that is not configured."""
    form = HANDSHAKES.get(recognition.handshake)
    return form.answer(Facts(delivery), ours) if form is not None else None


def handshake_secret(delivery: Delivery, recognition: Recognition) -> str | None:
    """The signing secret that a handshake itself brings (Notion's token, Asana's X-Hook-Secret);
    None for any other delivery."""
    place = _SECRET_AT.get(recognition.handshake)
    return (Facts(delivery).text(place) or None) if place else None


class Echo(NamedTuple):
    """What a handshake wants back: the text, its place in the delivery, and the answer's header that is to hold it
    (empty: the body)."""

    challenge: str
    place: str
    header: str = ""


def wanted_back(handshake: str, facts: Facts) -> Echo | None:
    """What the answer to a handshake has to repeat; None where it repeats nothing. Without a name it is looked for
    among those that several senders have."""
    names = (handshake,) if handshake else COMMON
    for name in names:
        place, header = _ECHOES.get(name, ("", ""))
        if place and HANDSHAKES[name].is_one(facts) and (challenge := facts.text(place)):
            return Echo(challenge[:MAX_CHALLENGE], place, header)
    return None


COMMON = ("challenge", "hub-challenge", "query-challenge", "validation-token")

_ECHOES = {
    "challenge": ("body.challenge", ""),
    "text-challenge": ("body.challenge", ""),
    "hub-challenge": ("query.hub.challenge", ""),
    "query-challenge": ("query.challenge", ""),
    "validation-token": ("query.validationToken", ""),
    "encrypted-token": ("body.payload.plainToken", ""),
    "header-verification": ("header.x-okta-verification-challenge", ""),
    "hook-secret": ("header.X-Hook-Secret", "X-Hook-Secret"),
    "event-grid": ("body.0.data.validationCode", ""),
}

_SECRET_AT = {"verification-token": "body.verification_token", "hook-secret": "header.X-Hook-Secret"}


def _empty(status: int = 200, headers: Headers = ()) -> Answer:
    return build_answer(status, "inspector", headers=headers)


def _text(value: str, status: int = 200, headers: Headers = ()) -> Answer:
    return build_answer(status, "inspector", body=value.encode("utf-8", "surrogatepass"), headers=headers)


def _json(value: object) -> Answer:
    return build_answer(200, "inspector", body=json.dumps(value).encode(), media_type="application/json")


def _bare(facts: Facts, ours: Ours) -> Answer:
    return _empty()


def _challenge(facts: Facts, ours: Ours) -> Answer:
    return _json({"challenge": facts.text("body.challenge")[:MAX_CHALLENGE]})


def _hub_challenge(facts: Facts, ours: Ours) -> Answer:
    challenge = facts.text("query.hub.challenge")[:MAX_CHALLENGE]
    # Meta takes the bare text, Strava JSON (developers.strava.com/docs/webhooks).
    is_strava = ours.provider.name == "strava" and "hub.topic" not in facts.query
    return _json({"hub.challenge": challenge}) if is_strava else _text(challenge)


def _encrypted_token(facts: Facts, ours: Ours) -> Answer | None:
    token = facts.text("body.payload.plainToken")[:MAX_CHALLENGE]
    key = next((secret.value for secret in ours.secrets if secret.provider in ("", ours.provider.name)), None)
    if key is None:
        return None
    digest = hmac.digest(key, token.encode("utf-8", "surrogatepass"), "sha256").hex()
    return _json({"plainToken": token, "encryptedToken": digest})


def _query_challenge(facts: Facts, ours: Ours) -> Answer:
    return _text(facts.text("query.challenge")[:MAX_CHALLENGE], headers=(("X-Content-Type-Options", "nosniff"),))


def _hook_secret(facts: Facts, ours: Ours) -> Answer:
    return _empty(headers=(("X-Hook-Secret", facts.header("X-Hook-Secret")[:MAX_CHALLENGE]),))


def _intent_to_receive(facts: Facts, ours: Ours) -> Answer | None:
    """200 for a right signature, 401 for a wrong one, and no body at all: Xero sends both to see the difference."""
    delivery = facts.delivery
    verdict = ours.verify(delivery, ours.provider, ours.secrets, delivery.received_at)
    return None if verdict.state == "no-secret" else _empty(200 if verdict.state == "verified" else 401)


def _header_verification(facts: Facts, ours: Ours) -> Answer:
    return _json({"verification": facts.header("x-okta-verification-challenge")[:MAX_CHALLENGE]})


def _validation_token(facts: Facts, ours: Ours) -> Answer:
    return _text(facts.text("query.validationToken")[:MAX_CHALLENGE])


def _text_challenge(facts: Facts, ours: Ours) -> Answer:
    return _text(facts.text("body.challenge")[:MAX_CHALLENGE])


def _ping(facts: Facts, ours: Ours) -> Answer | None:
    """Discord wants a pong for a right signature and 401 for a wrong one, which it sends on purpose."""
    if ours.provider.name != "discord":
        return _empty()
    verdict = ours.verify(facts.delivery, ours.provider, ours.secrets, facts.delivery.received_at)
    if verdict.state == "no-secret":
        return None
    if verdict.state != "verified":
        return _empty(401)
    return _json({"type": 1}) if facts.text("body.type") == "1" else _empty(204)


def _event_grid(facts: Facts, ours: Ours) -> Answer:
    """The code of a validation event; CloudEvents ask by OPTIONS whether their origin is allowed."""
    if facts.delivery.method == "OPTIONS":
        return _empty(headers=(("WebHook-Allowed-Origin", facts.header("WebHook-Request-Origin")[:MAX_CHALLENGE]),))
    return _json({"validationResponse": facts.text("body.0.data.validationCode")[:MAX_CHALLENGE]})


def _is_event_grid(facts: Facts) -> bool:
    if facts.delivery.method == "OPTIONS":
        return bool(facts.header("WebHook-Request-Origin"))
    return bool(facts.text("body.0.data.validationCode"))


def _is_single_token(facts: Facts) -> bool:
    body = facts.json
    return (
        isinstance(body, dict) and list(body) == ["verification_token"] and bool(facts.text("body.verification_token"))
    )


def _is_empty_xero(facts: Facts) -> bool:
    body = facts.json
    return isinstance(body, dict) and body.get("events") == [] and bool(facts.header("x-xero-signature"))


def _is_ping(facts: Facts) -> bool:
    if facts.header("X-Signature-Ed25519"):
        # Of interactions 1 is the ping; of webhook events it is 0, and 1 brings an event.
        kind = facts.text("body.type")
        return kind == "0" or (kind == "1" and not (isinstance(facts.json, dict) and "event" in facts.json))
    return facts.text("body.event_type") == "PING"


def _is_challenge(facts: Facts) -> bool:
    body = facts.json
    if not isinstance(body, dict) or not facts.text("body.challenge"):
        return False
    return body.get("type") == "url_verification" or len(body) == 1


HANDSHAKES: dict[str, Handshake] = {
    "verification-token": Handshake(_is_single_token, _bare),
    "challenge": Handshake(_is_challenge, _challenge),
    "hub-challenge": Handshake(
        lambda facts: facts.delivery.method == "GET" and bool(facts.text("query.hub.challenge")), _hub_challenge
    ),
    "encrypted-token": Handshake(
        lambda facts: (
            facts.text("body.event") == "endpoint.url_validation" and bool(facts.text("body.payload.plainToken"))
        ),
        _encrypted_token,
    ),
    "query-challenge": Handshake(
        lambda facts: facts.delivery.method == "GET" and bool(facts.text("query.challenge")), _query_challenge
    ),
    "hook-secret": Handshake(lambda facts: bool(facts.header("X-Hook-Secret")), _hook_secret),
    "intent-to-receive": Handshake(_is_empty_xero, _intent_to_receive),
    "header-verification": Handshake(
        lambda facts: facts.delivery.method == "GET" and bool(facts.header("x-okta-verification-challenge")),
        _header_verification,
    ),
    "validation-token": Handshake(lambda facts: bool(facts.text("query.validationToken")), _validation_token),
    "text-challenge": Handshake(
        lambda facts: (
            facts.header("Twitch-Eventsub-Message-Type") == "webhook_callback_verification"
            and bool(facts.text("body.challenge"))
        ),
        _text_challenge,
    ),
    "head": Handshake(lambda facts: facts.delivery.method == "HEAD", _bare),
    "subscribe-url": Handshake(
        lambda facts: facts.text("body.Type") in ("SubscriptionConfirmation", "UnsubscribeConfirmation"), _bare
    ),
    "ping": Handshake(_is_ping, _ping),
    "event-grid": Handshake(_is_event_grid, _event_grid),
}
