"""The check of a provider's handshake: the delivery that it makes sure of an address with,
and whether the handler completes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from hookscope.model.verdict import Recognition
from hookscope.providers.handshake import Ours, answer_handshake
from hookscope.signatures.verification import verify
from hookscope.tools.check.fact import HandlerReply, Judgement, Steps, ask, inapplicable
from hookscope.tools.check.kit import Kit
from hookscope.tools.samples.build import SampleEvent, Signing, build_sample
from hookscope.tools.samples.load import handshake_sample
from hookscope_relay.delivery import Answer, Delivery, header
from hookscope_relay.errors import InputError

ADJUSTED = ("content-", "x-content-type-options", "hookscope-")
NOT_SIGNED = frozenset(
    {"verification-token", "hook-secret", "hub-challenge", "query-challenge", "validation-token", "head"}
)


class HandshakeForm(NamedTuple):
    """The request of a handshake: a random text goes where `{}` stands."""

    method: str = "POST"
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: Mapping[str, Any] | None = None


FORMS: dict[str, HandshakeForm] = {
    "verification-token": HandshakeForm(body={"verification_token": "secret_{}"}),
    "challenge": HandshakeForm(body={"type": "url_verification", "token": "check", "challenge": "{}"}),
    "hub-challenge": HandshakeForm("GET", "?hub.mode=subscribe&hub.challenge={}&hub.verify_token="),
    "encrypted-token": HandshakeForm(body={"event": "endpoint.url_validation", "payload": {"plainToken": "{}"}}),
    "query-challenge": HandshakeForm("GET", "?challenge={}"),
    "hook-secret": HandshakeForm(headers=(("X-Hook-Secret", "{}"),), body={}),
    "intent-to-receive": HandshakeForm(
        body={"events": [], "firstEventSequence": 0, "lastEventSequence": 0, "entropy": "{}"}
    ),
    "header-verification": HandshakeForm("GET", headers=(("x-okta-verification-challenge", "{}"),)),
    "validation-token": HandshakeForm("POST", "?validationToken={}"),
    "text-challenge": HandshakeForm(
        headers=(
            ("Twitch-Eventsub-Message-Id", "{}"),
            ("Twitch-Eventsub-Message-Type", "webhook_callback_verification"),
        ),
        body={"challenge": "{}", "subscription": {"status": "webhook_callback_verification_pending"}},
    ),
    "head": HandshakeForm("HEAD"),
    "ping": HandshakeForm(body={"type": 1, "event_type": "PING"}),
}

# What the handler must know of its own, and we can only be told.
ASKED: dict[str, str] = {"hub-challenge": "verify_token"}


def handshake(kit: Kit) -> Steps:
    """The provider's own handshake, answered as the provider wants it."""
    kind = kit.provider.handshake
    if kind not in FORMS:
        named = "this one is confirmed by a person who opens its URL" if kind else "the provider has no handshake"
        return inapplicable(named)
    if (needed := ASKED.get(kind)) and not kit.params.get(needed):
        return Judgement("skipped", (f"the handler's {needed} is not known; give --param {needed}=VALUE",))
    if kind not in NOT_SIGNED and kit.scheme is not None and not kit.signs:
        return Judgement("skipped", ("the handshake is signed, and no secret is known",))
    sent = build_handshake(kit)
    secrets = (kit.secret,) if kit.secret is not None else ()
    wanted = answer_handshake(
        sent, Recognition(provider=kit.provider.name, handshake=kind), Ours(kit.provider, secrets, verify)
    )
    if wanted is None:
        return Judgement("skipped", ("no secret is known that this handshake needs",))
    reply = yield from ask(sent)
    return _judge(kind, reply, wanted, kit)


def build_handshake(kit: Kit) -> Delivery:
    """The handshake's delivery: from the provider's sample where there is one, else made from its form;
    signed where it is."""
    now = kit.now()
    sample = handshake_sample(kit.provider)
    challenge = kit.randomness(12).hex()
    kind = kit.provider.handshake
    if sample is not None:
        event = SampleEvent(seed=kit.randomness(16), at=now)
        secret = kit.secret if sample.signed else None
        made = build_sample(
            sample,
            kit.provider,
            event,
            now=now,
            randomness=kit.randomness(10),
            url=kit.url,
            signing=Signing(secret=secret, params=kit.params),
        )
        return replace(made, target=(kit.way.target or kit.target) + made.target)
    form = FORMS[kind]
    query = form.query.replace("{}", challenge) + (kit.params.get(ASKED[kind], "") if kind in ASKED else "")
    headers = tuple((name, value.replace("{}", challenge)) for name, value in form.headers)
    body = b"" if form.body is None else json.dumps(form.body).replace("{}", challenge).encode()
    delivery = replace(
        kit.event(),
        method=form.method,
        target=(kit.way.target or kit.target) + query,
        url=kit.url + query,
        headers=(("Host", ""), *((("Content-Type", "application/json"),) if body else ()), *headers),
        body=b"{}" if kind == "hook-secret" else body,
    )
    if kind in NOT_SIGNED:
        return delivery
    try:
        return kit.signed(delivery)
    except InputError:  # a scheme that cannot sign this body does not sign it
        return delivery


def _judge(kind: str, reply: HandlerReply, wanted: Answer, kit: Kit) -> Judgement:
    said = f"the {kind} handshake: {reply.said}"
    if not reply.accepted:
        if kind == "verification-token" and reply.refused:
            hint = "a handler that refuses it cannot be subscribed anew; accept it where no signature is there yet"
            return Judgement("warning", (f"{said} (it comes once, before there is a secret)",), hint)
        return Judgement("failed", (said,), f"complete it: {kit.provider.handshake_text or kit.provider.docs}")
    assert reply.answer is not None
    for holds, what in _comparisons(reply.answer, wanted):
        if not holds:
            hint = f"complete it: {kit.provider.handshake_text or kit.provider.docs}"
            return Judgement("failed", (said, f"the answer lacks {what}"), hint)
    return Judgement("passed", (said,))


def _comparisons(given: Answer, wanted: Answer) -> list[tuple[bool, str]]:
    """Whether each thing that the provider looks for is there, and what it is called."""
    found: list[tuple[bool, str]] = [
        (header(given.headers, name) == value, f"the header {name} with the value that was sent")
        for name, value in wanted.headers
        if not name.lower().startswith(ADJUSTED)
    ]
    if wanted.body:
        found.append((_has(given.body, wanted.body), "the challenge that was sent"))
    return found


def _has(given: bytes, wanted: bytes) -> bool:
    if given.strip() == wanted.strip():
        return True
    there, looked_for = _parse(given), _parse(wanted)
    if not isinstance(looked_for, dict):
        return False
    if isinstance(there, dict):
        return all(there.get(key) == value for key, value in looked_for.items())
    # Slack takes the bare challenge too.
    return [given.strip().decode("utf-8", "replace")] == list(looked_for.values())


def _parse(body: bytes) -> Any:  # Any: JSON is of every type
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
