"""Deliveries signed by hand, a table row a provider:
nothing here reads our provider files or shares code with our signing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import parse_qsl

from hookscope_relay.delivery import Delivery, Headers

NOW = 1_785_432_109
URL = "https://hooks.acme-corp.example/v2/in/orders?tenant=acme&zone=eu&flag=1"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
KEY = bytes(range(7, 39))
PLAIN_BODY = b'{"id":"evt_1","count":3,"labels":["a","b"]}'

SECRETS = {
    "text": "Tr0ub4dor&3/plus+Sign=%Go",
    "whsec": "whsec_" + base64.b64encode(KEY).decode(),
    "base64": base64.b64encode(KEY).decode(),
    "hex": KEY.hex(),
}
OWN_SECRETS = {
    "stripe": "whsec_Dq7mXa0bTz3Rk9wYvLs2Nc8Je4Hp6Gfu",
    "notion": "secret_q8rTz1vBnM5kLpX3wYs7dFgHjK2cV9aQeR4tU6iOoP0",
    "paddle": "pdl_ntfset_01hv8x_Zk3mQ9aB7cD1eF5gH2jK4lM6nP8",
    "slack": "9f86d081884c7d659a2feaa0c55ad015",
}


class Row(NamedTuple):
    """How a provider signs: `parts` are B(ody), T(imestamp), I(d), U(RL), M(ethod), F(orm fields) and literal text."""

    name: str
    header: str
    shape: str = "{s}"
    parts: tuple[str, ...] = ("B",)
    digest: str = "hex"
    algorithm: str = "sha256"
    secret: str = "text"
    time: str = ""
    unit: str = "s"
    id: str = ""
    beside: Headers = ()

    @property
    def value(self) -> str:
        """The secret as its owner has it."""
        return OWN_SECRETS.get(self.name, SECRETS[self.secret])


DOTTED = ("I", ".", "T", ".", "B")
V0 = ("v0:", "T", ":", "B")
BOX = (("box-signature-version", "1"), ("box-signature-algorithm", "HmacSHA256"))


def _standard(name: str, secret: str = "whsec", word: str = "webhook") -> Row:
    return Row(
        name, f"{word}-signature", "v1,{s}", DOTTED, "base64", "sha256", secret, f"{word}-timestamp", "s", f"{word}-id"
    )


ROWS = (
    Row("notion", "X-Notion-Signature", "sha256={s}"),
    Row("github", "X-Hub-Signature-256", "sha256={s}"),
    Row("stripe", "Stripe-Signature", "t={t},v1={s}", ("T", ".", "B")),
    Row("slack", "X-Slack-Signature", "v0={s}", V0, time="X-Slack-Request-Timestamp"),
    Row("shopify", "X-Shopify-Hmac-Sha256", digest="base64"),
    _standard("standardwebhooks"), _standard("gitlab"), _standard("openai"), _standard("anthropic"),
    _standard("brex", "base64"), _standard("bigcommerce", "text"),
    _standard("svix", word="svix"), _standard("clerk", word="svix"), _standard("resend", word="svix"),
    Row("zoom", "x-zm-signature", "v0={s}", V0, time="x-zm-request-timestamp"),
    Row("frameio", "X-Frameio-Signature", "v0={s}", V0, time="X-Frameio-Request-Timestamp"),
    Row("square", "x-square-hmacsha256-signature", parts=("U", "B"), digest="base64"),
    Row("hubspot", "X-HubSpot-Signature-v3", parts=("M", "U", "B", "T"), digest="base64", time="X-HubSpot-Request-Timestamp", unit="ms"),
    Row("typeform", "Typeform-Signature", "sha256={s}", digest="base64"),
    Row("zendesk", "X-Zendesk-Webhook-Signature", parts=("T", "B"), digest="base64", time="X-Zendesk-Webhook-Signature-Timestamp", unit="iso"),
    Row("meta", "X-Hub-Signature-256", "sha256={s}"),
    Row("bitbucket", "X-Hub-Signature", "sha256={s}"),
    Row("jira", "X-Hub-Signature", "sha256={s}"),
    Row("intercom", "X-Hub-Signature", "sha1={s}", algorithm="sha1"),
    Row("dropbox", "X-Dropbox-Signature"),
    Row("calendly", "Calendly-Webhook-Signature", "t={t},v1={s}", ("T", ".", "B")),
    Row("paddle", "Paddle-Signature", "ts={t};h1={s}", ("T", ":", "B")),
    Row("lemonsqueezy", "X-Signature"),
    Row("asana", "X-Hook-Signature"),
    Row("trello", "X-Trello-Webhook", parts=("B", "U"), digest="base64", algorithm="sha1"),
    Row("sentry", "Sentry-Hook-Signature"),
    Row("pagerduty", "X-PagerDuty-Signature", "v1={s}"),
    Row("webflow", "x-webflow-signature", parts=("T", ":", "B"), time="x-webflow-timestamp", unit="ms"),
    Row("xero", "x-xero-signature", digest="base64"),
    Row("box", "box-signature-primary", parts=("B", "T"), digest="base64", time="box-delivery-timestamp", unit="iso", beside=BOX),
    Row("docusign", "X-DocuSign-Signature-1", digest="base64"),
    Row("line", "x-line-signature", digest="base64"),
    Row("adyen", "HmacSignature", digest="base64", secret="hex"),
    Row("razorpay", "X-Razorpay-Signature"),
    Row("mollie", "X-Mollie-Signature", "sha256={s}"),
    Row("coinbase-commerce", "X-CC-Webhook-Signature"),
    Row("workos", "WorkOS-Signature", "t={t}, v1={s}", ("T", ".", "B"), unit="ms"),
    Row("vercel", "x-vercel-signature", algorithm="sha1"),
    Row("cloudflare-stream", "Webhook-Signature", "time={t},sig1={s}", ("T", ".", "B")),
    Row("circleci", "circleci-signature", "v1={s}"),
    Row("woocommerce", "X-WC-Webhook-Signature", digest="base64"),
    Row("twitch", "Twitch-Eventsub-Message-Signature", "sha256={s}", ("I", "T", "B"), time="Twitch-Eventsub-Message-Timestamp", unit="iso", id="Twitch-Eventsub-Message-Id"),
    Row("airtable", "X-Airtable-Content-MAC", "hmac-sha256={s}", secret="base64"),
    Row("persona", "Persona-Signature", "t={t},v1={s}", ("T", ".", "B")),
    Row("sanity", "sanity-webhook-signature", "t={t},v1={s}", ("T", ".", "B"), "base64url", unit="ms"),
    Row("twilio", "X-Twilio-Signature", parts=("U", "F"), digest="base64", algorithm="sha1"),
)  # fmt: skip


@dataclass(frozen=True)
class Made:
    """What goes into one signature; everything left out is as the provider does it."""

    body: bytes | None = None
    key: bytes | None = None
    stamp: str = ""
    url: str = URL
    method: str = "POST"
    parts: tuple[str, ...] = ()
    algorithm: str = ""
    fields: bytes | None = None
    digest: Callable[[bytes, bytes], bytes] | None = None
    written: Callable[[bytes], str] | None = None
    shaped: Callable[[str, str], str] | None = None
    at: int = NOW - 1
    more: Headers = field(default=())


def key_of(row: Row, text: str) -> bytes:
    """The key that a secret stands for."""
    if row.secret == "text":
        return text.encode()
    return bytes.fromhex(text) if row.secret == "hex" else base64.b64decode(text.removeprefix("whsec_"))


def stamp_of(row: Row, at: int) -> str:
    """A timestamp as the provider writes it."""
    if row.unit == "iso":
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
    return f"{at}417" if row.unit == "ms" else str(at)


def written(digest: str, raw: bytes) -> str:
    """A digest in an encoding."""
    text = base64.b64encode(raw).decode()
    return (
        raw.hex() if digest == "hex" else text if digest == "base64" else text.translate({43: "-", 47: "_", 61: None})
    )


def fields_of(body: bytes) -> bytes:
    """A form's names and values as Twilio joins them."""
    found: dict[str, set[str]] = {}
    for name, value in parse_qsl(body.decode(), keep_blank_values=True):
        found.setdefault(name, set()).add(value)
    return "".join(name + value for name in sorted(found) for value in sorted(found[name])).encode()


def delivery(
    row: Row, body: bytes, made: Made = Made(), kind: str = JSON, delivered: bytes | None = None
) -> Delivery:  # a frozen value
    """A delivery of `delivered` (else of `body`) with a signature over `body`, or over what `made` says."""
    stamp, identity = stamp_of(row, made.at), "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"
    signed = body if made.body is None else made.body
    fields = (fields_of(signed) if kind == FORM else b"") if made.fields is None else made.fields
    values = {
        "B": signed,
        "T": (made.stamp or stamp).encode(),
        "I": identity.encode(),
        "U": made.url.encode(),
        "M": made.method.encode(),
        "F": fields,
    }
    message = b"".join(values.get(part, part.encode()) for part in made.parts or row.parts)
    key = key_of(row, row.value) if made.key is None else made.key
    raw = made.digest(key, message) if made.digest else hmac.new(key, message, made.algorithm or row.algorithm).digest()
    text = made.written(raw) if made.written else written(row.digest, raw)
    value = made.shaped(stamp, text) if made.shaped else row.shape.format(t=stamp, s=text)
    headers = [
        ("Host", "hooks.acme-corp.example"),
        ("Content-Type", kind),
        ("X-Event-Time", str(NOW - 55)),
        *row.beside,
    ]
    headers += [(row.time, stamp)] if row.time else []
    headers += [(row.id, identity)] if row.id else []
    return Delivery(
        id="",
        received_at=float(NOW),
        method="POST",
        target="/" + URL.split("/", 3)[3],
        headers=(*headers, *made.more, (row.header, value)),
        body=body if delivered is None else delivered,
        url=URL,
    )


def plain_hash(row: Row) -> Callable[[bytes, bytes], bytes]:
    """The provider's hash without a key."""
    return lambda key, message: hashlib.new(row.algorithm, message).digest()
