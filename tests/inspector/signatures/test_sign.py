from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest

from factories import make_delivery
from hookscope.model.secret import Secret
from hookscope.providers.provider import Provider, Scheme
from hookscope.providers.registry import load_providers
from hookscope.signatures.sign import asymmetric_kind, make_test_key, sign
from hookscope.signatures.verification import verify
from hookscope_relay.delivery import Delivery, header, header_values
from hookscope_relay.errors import InputError

NOW = 1_790_000_000.0
PARAMS = {"webhook_id": "WH-1"}
WHSEC = "whsec_" + base64.b64encode(b"x" * 32).decode()
SECRETS = {
    "text": "some secret",
    "base64": base64.b64encode(b"some secret").decode(),
    "hex": "aabbcc",
    "whsec": WHSEC,
    "whsec-or-text": WHSEC,
    "nfkd": "s\u00e9cret \ufb01ve",
}
ITEM = {"pspReference": "1", "amount": {"value": 10, "currency": "EUR"}, "additionalData": {}}
BODIES: dict[str, object] = {
    "aws-sns": {"Type": "Notification", "MessageId": "1", "TopicArn": "arn", "Message": "hi", "Signature": "x"},
    "adyen-body": {"notificationItems": [{"NotificationRequestItem": ITEM}]},
    "mailgun": {"signature": {"timestamp": "1", "token": "abc", "signature": "x"}, "event-data": {"id": "1"}},
    "linear": {"action": "x", "webhookTimestamp": 1},
    "figma": {"passcode": "x"},
    "microsoft-graph": {"value": [{"clientState": "a"}]},
}
PROVIDERS = load_providers()
SCHEMES = [(provider, scheme) for provider in PROVIDERS for scheme in provider.schemes]


def keys_for(provider: Provider, scheme: Scheme) -> tuple[Secret, Secret]:
    if asymmetric_kind(scheme):
        return make_test_key(provider.name, scheme)
    value = "user:password" if scheme.kind == "basic" else SECRETS[scheme.secret]
    return Secret(provider.name, "", value), Secret(provider.name, "", value)


def plain(scheme: Scheme) -> Delivery:
    body = json.dumps(BODIES.get(scheme.name, {"id": "é"})).encode()
    kind = "application/json"
    if scheme.field.startswith("form."):
        body, kind = b"timestamp=1&token=abc&signature=x&event=a", "application/x-www-form-urlencoded"
    return make_delivery(body=body, headers=(("Host", "relay.example"), ("Content-Type", kind)))


@pytest.mark.parametrize(("provider", "scheme"), SCHEMES, ids=[f"{one.name}-{two.name}" for one, two in SCHEMES])
def test_what_is_signed_verifies(provider, scheme):
    secret, public = keys_for(provider, scheme)
    signed = sign(plain(scheme), provider, secret, NOW, params=PARAMS, scheme=scheme)
    alone = replace(provider, schemes=(replace(scheme, explicit=False, legacy=False),))
    verdict = verify(signed, alone, [public], NOW, params=PARAMS)
    assert (verdict.state, verdict.scheme) == ("verified", scheme.name)


@pytest.mark.parametrize(("provider", "scheme"), SCHEMES, ids=[f"{one.name}-{two.name}" for one, two in SCHEMES])
def test_signing_again_puts_a_fresh_signature_in_the_place_of_the_old_one(provider, scheme):
    secret, public = keys_for(provider, scheme)
    first = sign(plain(scheme), provider, secret, NOW - 10_000, params=PARAMS, scheme=scheme)
    again = sign(first, provider, secret, NOW, params=PARAMS, scheme=scheme)
    assert len(again.headers) == len(first.headers)
    alone = replace(provider, schemes=(replace(scheme, explicit=False),))
    assert verify(again, alone, [public], NOW, params=PARAMS).state == "verified"


def test_only_the_timestamp_of_a_body_is_changed():
    body = b'{ "webhookTimestamp" : 1 ,\n "b": 1.0 }'
    signed = sign(make_delivery(body=body), PROVIDERS.demand("linear"), Secret("linear", "", "s"), NOW)
    assert signed.body == b'{ "webhookTimestamp" : 1790000000000 ,\n "b": 1.0 }'


def test_other_forms_of_the_signature_header_go():
    headers = (("X-DocuSign-Signature-1", "a"), ("X-DocuSign-Signature-2", "b"))
    signed = sign(make_delivery(headers=headers), PROVIDERS.demand("docusign"), Secret("docusign", "", "s"), NOW)
    assert header(signed.headers, "X-DocuSign-Signature-2") is None
    assert len(header_values(signed.headers, "X-DocuSign-Signature-1")) == 1


def test_a_delivery_keeps_the_scheme_that_it_carries():
    old = make_delivery(headers=(("X-Hub-Signature", "sha1=00"),))
    signed = sign(old, PROVIDERS.demand("github"), Secret("github", "", "s"), NOW)
    assert header(signed.headers, "X-Hub-Signature-256") is None
    assert (header(signed.headers, "X-Hub-Signature") or "").startswith("sha1=")


@pytest.mark.parametrize(
    ("name", "secret", "part"),
    [
        ("zapier", "s", "signs nothing"),
        ("paypal", "s", "webhook_id"),
        ("discord", "s", "private ed25519 key"),
        ("standardwebhooks", "whsec_!", "form whsec"),
        ("aws-sns", "s", "no JSON object"),
    ],
)
def test_what_cannot_be_signed_says_why(name, secret, part):
    delivery = make_delivery(body=b"[]")
    provider = PROVIDERS.demand(name)
    if name == "aws-sns":
        secret = make_test_key(name, provider.schemes[0])[0].value
    with pytest.raises(InputError, match=part):
        sign(delivery, provider, Secret(name, "", secret), NOW)
