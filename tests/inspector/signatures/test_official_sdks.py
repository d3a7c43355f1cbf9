"""Our verdicts against those of the providers' own Python libraries, on generated deliveries, valid and tampered with.

The libraries are the extra `sdks`; a provider whose library is absent is skipped. All run against the real clock, which
most of them ask.
"""

from __future__ import annotations

import base64
import importlib
import json
import random
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs

import pytest

from factories import make_delivery
from hookscope.model.secret import Secret
from hookscope.providers.registry import load_providers
from hookscope.signatures.sign import make_test_key, sign
from hookscope.signatures.verification import verify
from hookscope_relay.delivery import Delivery, header

PER_PROVIDER = 750
URL = "https://hooks.example.com/in?b=2&a=1"
HEX_KEY = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056"
WHSEC = "whsec_" + base64.b64encode(b"secret-value-for-tests!!").decode()

Library = Any  # Any: an installed library without types


@dataclass(frozen=True)
class Sdk:
    """One provider, the module its library is imported as, and what the library says of a delivery."""

    provider: str
    module: str
    accepts: Callable[[Library, Delivery, str], Any]
    secret: str = "some-secret"
    body: Callable[[random.Random], bytes] | None = None
    kind: str = "application/json"


def raised_nothing(call: Callable[[], Any]) -> bool:
    call()
    return True


def headers_of(delivery: Delivery) -> dict[str, str]:
    return {name.lower(): value for name, value in delivery.headers}


def stripe(library: Library, delivery: Delivery, secret: str) -> bool:
    signature = header(delivery.headers, "Stripe-Signature")
    return library.WebhookSignature.verify_header(delivery.body.decode(), signature, secret, 300)


def slack(library: Library, delivery: Delivery, secret: str) -> bool:
    return library.SignatureVerifier(secret).is_valid_request(delivery.body, headers_of(delivery))


def twilio(library: Library, delivery: Delivery, secret: str) -> bool:
    fields = parse_qs(delivery.body.decode(), keep_blank_values=True)
    params = type("Fields", (dict,), {"getlist": lambda self, name: self[name]})(fields)
    signature = header(delivery.headers, "X-Twilio-Signature")
    return library.RequestValidator(secret).validate(delivery.url, params, signature)


def svix(library: Library, delivery: Delivery, secret: str) -> bool:
    return raised_nothing(lambda: library.Webhook(secret).verify(delivery.body, headers_of(delivery)))


def discord(library: Library, delivery: Delivery, secret: str) -> bool:
    raw = base64.b64decode("".join(secret.strip().splitlines()[1:-1]))[-32:]
    key = library.VerifyKey(raw)
    stamp = header(delivery.headers, "X-Signature-Timestamp") or ""
    signature = bytes.fromhex(header(delivery.headers, "X-Signature-Ed25519") or "")
    return raised_nothing(lambda: key.verify(stamp.encode() + delivery.body, signature))


def sendgrid(library: Library, delivery: Delivery, secret: str) -> bool:
    web = library.EventWebhook()
    key = web.convert_public_key_to_ecdsa("".join(secret.strip().splitlines()[1:-1]))
    signature = header(delivery.headers, "X-Twilio-Email-Event-Webhook-Signature")
    stamp = header(delivery.headers, "X-Twilio-Email-Event-Webhook-Timestamp")
    return web.verify_signature(delivery.body.decode(), signature, stamp, key)


def adyen(library: Library, delivery: Delivery, secret: str) -> bool:
    return library.is_valid_hmac_payload(header(delivery.headers, "HmacSignature"), secret, delivery.body)


def adyen_items(library: Library, delivery: Delivery, secret: str) -> bool:
    return library.is_valid_hmac_notification(json.loads(delivery.body), secret)


def box(library: Library, delivery: Delivery, secret: str) -> bool:
    return library.WebhooksManager.validate_message(delivery.body.decode(), headers_of(delivery), secret)


def paddle(library: Library, delivery: Delivery, secret: str) -> bool:
    request = type("Request", (), {"headers": dict(delivery.headers), "body": delivery.body})()
    secrets = importlib.import_module("paddle_billing.Notifications.Secret").Secret(secret)
    return library.Verifier(5).verify(request, secrets)


def line(library: Library, delivery: Delivery, secret: str) -> bool:
    signature = header(delivery.headers, "X-Line-Signature")
    return library.SignatureValidator(secret).validate(delivery.body.decode(), signature)


def square(library: Library, delivery: Delivery, secret: str) -> bool:
    return library.verify_signature(
        request_body=delivery.body.decode(),
        signature_header=header(delivery.headers, "x-square-hmacsha256-signature"),
        signature_key=secret,
        notification_url=delivery.url,
    )


def hubspot(library: Library, delivery: Delivery, secret: str) -> bool:
    return library.Signature.is_valid(
        signature=header(delivery.headers, "X-HubSpot-Signature-v3"),
        client_secret=secret,
        request_body=delivery.body.decode(),
        http_uri=delivery.url,
        http_method=delivery.method,
        signature_version="v3",
        timestamp=header(delivery.headers, "X-HubSpot-Request-Timestamp"),
    )


def messagebird(library: Library, delivery: Delivery, secret: str) -> bool:
    token = header(delivery.headers, "MessageBird-Signature-JWT")
    return raised_nothing(
        lambda: library.RequestValidator(secret).validate_signature(token, delivery.url, delivery.body)
    )


def form_body(chance: random.Random) -> bytes:
    return f"CallSid=CA{chance.random()}&Digits=12{chance.randrange(99)}&From=%2B1415&Empty=&Text=caf%C3%A9".encode()


def items_body(chance: random.Random) -> bytes:
    item = {
        "pspReference": str(chance.randrange(10**9)),
        "merchantAccountCode": "Acme:é",
        "amount": {"value": chance.randrange(10**6), "currency": "EUR"},
        "eventCode": "AUTHORISATION",
        "success": "true",
        "additionalData": {"hmacSignature": "x"},
    }
    return json.dumps({"live": "false", "notificationItems": [{"NotificationRequestItem": item}]}).encode()


SDKS = (
    Sdk("stripe", "stripe", stripe, "whsec_abcdef"),
    Sdk("slack", "slack_sdk.signature", slack),
    Sdk("twilio", "twilio.request_validator", twilio, body=form_body, kind="application/x-www-form-urlencoded"),
    Sdk("svix", "svix.webhooks", svix, WHSEC),
    Sdk("standardwebhooks", "standardwebhooks.webhooks", svix, WHSEC),
    Sdk("discord", "nacl.signing", discord, ""),
    Sdk("sendgrid", "sendgrid.helpers.eventwebhook", sendgrid, ""),
    Sdk("adyen-header", "Adyen.util", adyen, HEX_KEY),
    Sdk("adyen-body", "Adyen.util", adyen_items, HEX_KEY, body=items_body),
    Sdk("box", "box_sdk_gen.managers.webhooks", box),
    Sdk("paddle", "paddle_billing.Notifications", paddle, "pdl_ntfset_abc"),
    Sdk("line", "linebot.v3.webhook", line),
    Sdk("square", "square.utils.webhooks_helper", square),
    Sdk("hubspot", "hubspot.utils.signature", hubspot),
    Sdk("messagebird", "messagebird.request_validator", messagebird, secret="a key of thirty-two bytes or more"),
)


def json_body(chance: random.Random) -> bytes:
    text = "".join(chance.choice('abc é日\\"/<😀') for _ in range(chance.randrange(20)))
    value = {"id": f"evt_{chance.random()}", "text": text, "number": chance.random()}
    return json.dumps(value, ensure_ascii=chance.random() < 0.5, indent=chance.choice((None, 2))).encode()


def flipped(text: str, chance: random.Random) -> str:
    """One letter or digit made another, but not of the last: in base64 those have bits that no decoder looks at."""
    places = [at for at in range(len(text) // 2, len(text) - 4) if text[at].isalnum()]
    if not places:
        return text
    at = chance.choice(places)
    return text[:at] + chance.choice("abcdef0123".replace(text[at].lower(), "")) + text[at + 1 :]


def tampered(delivery: Delivery, provider: Any, chance: random.Random) -> Delivery:
    way = chance.randrange(5)
    names = {name.lower() for scheme in provider.schemes for name in scheme.headers}
    if way == 0:
        at = chance.randrange(len(delivery.body))
        return replace(delivery, body=delivery.body[:at] + b"0" + delivery.body[at:])
    if way == 1:
        return replace(delivery, url=delivery.url + "x", body=delivery.body + b" ")
    if way == 2:
        headers = tuple(
            (name, flipped(value, chance) if name.lower() in names else value) for name, value in delivery.headers
        )
        return replace(delivery, headers=headers)
    if way == 3:
        return replace(delivery, headers=tuple(pair for pair in delivery.headers if pair[0].lower() not in names))
    return delivery


def accepted(sdk: Sdk, library: Library, delivery: Delivery, secret: str) -> bool:
    try:
        return bool(sdk.accepts(library, delivery, secret))
    except Exception:  # the libraries raise whatever they like for what they refuse
        return False


@pytest.mark.parametrize("sdk", SDKS, ids=[sdk.provider for sdk in SDKS])
def test_we_agree_with_the_official_library(sdk):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            library = importlib.import_module(sdk.module)
        except ImportError:
            pytest.skip(f"{sdk.module.partition('.')[0]} is not installed; it comes with the extra `sdks`")
    provider = load_providers().resolve(sdk.provider)
    scheme = provider.schemes[0]
    private = public = Secret(provider.name, "", sdk.secret)
    if not sdk.secret:
        private, public = make_test_key(provider.name, scheme)
    chance = random.Random(sdk.provider)
    verdicts = {True: 0, False: 0}
    for number in range(PER_PROVIDER):
        body = (sdk.body or json_body)(chance)
        unsigned = make_delivery(headers=(("Content-Type", sdk.kind),), body=body, url=URL, target="/in?b=2&a=1")
        signed = sign(unsigned, provider, private, time.time() - chance.choice((0, 0, 0, 60_000, -60_000)))
        delivery = tampered(signed, provider, chance) if chance.random() < 0.5 else signed
        ours = verify(delivery, provider, [public], time.time()).state == "verified"
        theirs = accepted(sdk, library, delivery, public.value.decode())
        assert ours == theirs, (sdk.provider, number, delivery)
        verdicts[ours] += 1
    assert min(verdicts.values()) > PER_PROVIDER // 20
