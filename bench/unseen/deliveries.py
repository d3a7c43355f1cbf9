"""The deliveries that the recorder sends: real samples of five providers, signed with one secret,
and what a plant changes of them."""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace

from hookscope.model.secret import Secret
from hookscope.providers.registry import load_providers
from hookscope.tools.samples.build import SampleEvent, Signing, build_sample
from hookscope.tools.samples.load import find_sample
from hookscope_relay.delivery import Delivery, without

SECRET = "whsec_dW5zZWVuLXNlcnZlcnMtMQ=="  # the handlers in `apps` know it too
HOST = "hooks.example.net"
EVENTS = (
    ("notion", "page.created"),
    ("notion", "page.content_updated"),
    ("github", "push"),
    ("notion", "comment.created"),
    ("stripe", "invoice.paid"),
    ("slack", "app_mention"),
    ("shopify", "orders/create"),
)
FORM = ("twilio", "received")
SIGNATURES = frozenset(
    {"x-notion-signature", "x-hub-signature", "x-hub-signature-256", "stripe-signature", "x-slack-signature"}
    | {"x-slack-request-timestamp", "x-shopify-hmac-sha256", "x-twilio-signature"}
)


def build(name: str, path: str, method: str, changes: frozenset[str]) -> tuple[str, Delivery]:
    """The provider's name and its signed delivery to `path`; `name` picks the event, `changes` are those of a plant."""
    seed = hashlib.sha256(name.encode()).digest()
    provider_name, event = FORM if "form" in changes else EVENTS[seed[0] % len(EVENTS)]
    for one in EVENTS:
        if one[0] in changes:
            provider_name, event = one
    providers = load_providers()
    provider = providers.get(provider_name)
    assert provider is not None
    now = time.time()
    sample = find_sample(provider, event)
    secret = Secret(provider_name, "default", SECRET if "wrong-secret" not in changes else SECRET.upper())
    made = build_sample(
        sample,
        provider,
        SampleEvent(seed=seed, at=now),
        now=now,
        randomness=seed[:10],
        url=f"https://{HOST}{path}",
        signing=Signing(secret=secret, at=now - 3600 if "stale" in changes else now),
    )
    return provider_name, _changed(replace(made, method=method, target=path, url="", remote="203.0.113.7"), changes)


def _changed(delivery: Delivery, changes: frozenset[str]) -> Delivery:
    headers, body = delivery.headers, delivery.body
    if "unsigned" in changes:
        headers = without(headers, SIGNATURES)
    if "broken" in changes:
        body = body[: len(body) * 2 // 3]
    if "empty" in changes:
        body = b""
    if "big" in changes:
        body = body[:-1] + b',"padding":"' + b"x" * 150_000 + b'"}'
    if "text" in changes:
        headers = tuple((k, "text/plain" if k.lower() == "content-type" else v) for k, v in headers)
    if "big-header" in changes:
        headers = (*headers, ("X-Trace", "t" * 70_000))
    if "long-target" in changes:
        delivery = replace(delivery, target=delivery.target + "?trace=" + "t" * 20_000)
    if "no-accept" in changes:
        headers = without(headers, frozenset({"accept"}))
    return replace(delivery, headers=headers, body=body)
