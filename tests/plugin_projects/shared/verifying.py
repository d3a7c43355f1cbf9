"""How a shop checks its webhooks: written from the providers' documentation, with nothing of the tool that tests it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from urllib.parse import parse_qsl

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_pem_public_key

NOTION_SECRET = "secret_of_the_shop_for_notion"
STRIPE_SECRETS = ["whsec_new_secret_of_the_shop", "whsec_old_secret_of_the_shop"]
GITLAB_TOKEN = "gitlab-token-of-the-shop"
TWILIO_TOKEN = "twilio-token-of-the-shop"
TOLERANCE_S = 300


class Shop:
    """What the shop remembers: the keys it trusts, and the events it has handled."""

    def __init__(self) -> None:
        self.discord_key = ""
        self.handled: list[str] = []

    def take(self, provider: str, body: bytes, header, url: str) -> int:
        """The status to answer with; `header` looks one up by name, None where it is absent."""
        if not CHECKS[provider](self, body, header, url):
            return 403
        event = json.loads(body).get("id", "") if body[:1] == b"{" else ""
        if event and event in self.handled:
            return 208
        self.handled.append(event)
        return 204


def notion(shop: Shop, body: bytes, header, url: str) -> bool:
    wanted = "sha256=" + hmac.new(NOTION_SECRET.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted, header("X-Notion-Signature") or "")


def stripe(shop: Shop, body: bytes, header, url: str) -> bool:
    pairs = dict(part.partition("=")[::2] for part in (header("Stripe-Signature") or "").split(","))
    if abs(time.time() - int(pairs.get("t") or 0)) > TOLERANCE_S:
        return False
    signed = pairs["t"].encode() + b"." + body
    made = (hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in STRIPE_SECRETS)
    return any(hmac.compare_digest(one, pairs.get("v1", "")) for one in made)


def gitlab(shop: Shop, body: bytes, header, url: str) -> bool:
    return hmac.compare_digest(GITLAB_TOKEN, header("X-Gitlab-Token") or "")


def discord(shop: Shop, body: bytes, header, url: str) -> bool:
    key = load_pem_public_key(shop.discord_key.encode())
    try:
        signature = bytes.fromhex(header("X-Signature-Ed25519") or "")
        key.verify(signature, (header("X-Signature-Timestamp") or "").encode() + body)
    except InvalidSignature:
        return False
    return True


def twilio(shop: Shop, body: bytes, header, url: str) -> bool:
    text = url + "".join(name + value for name, value in sorted(parse_qsl(body.decode(), keep_blank_values=True)))
    made = base64.b64encode(hmac.new(TWILIO_TOKEN.encode(), text.encode(), hashlib.sha1).digest()).decode()
    return hmac.compare_digest(made, header("X-Twilio-Signature") or "")


CHECKS = {"notion": notion, "stripe": stripe, "gitlab": gitlab, "discord": discord, "twilio": twilio}
SECRETS = {"notion": NOTION_SECRET, "stripe": STRIPE_SECRETS, "gitlab": GITLAB_TOKEN, "twilio": TWILIO_TOKEN}
