"""Capture files and deliveries for the tests of the pytest plugin."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from factories import NOTION_BODY, NOW
from hookscope.model.capture import Capture
from hookscope.model.capture_file import dumps
from hookscope.pytest_plugin.cases import CaseFile, Options
from hookscope.pytest_plugin.delivery import FixtureDelivery
from hookscope.pytest_plugin.open import open_case
from hookscope_relay.delivery import Delivery

SECRET = "secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl"
STRIPE_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZI"
STRIPE_BODY = (
    b'{"id": "evt_1", "object": "event", "type": "invoice.paid", "created": 1789990000, "data": {"object": {}}}'
)

DELIVERIES: dict[str, dict[str, Any]] = {
    "notion": {
        "headers": (
            ("Host", "relay.example"),
            ("User-Agent", "notion-api"),
            ("Content-Type", "application/json"),
            ("X-Notion-Signature", "sha256=" + "0" * 64),
            ("X-Repeated", "one"),
            ("X-Repeated", "two"),
            ("Content-Length", str(len(NOTION_BODY))),
        ),
        "body": NOTION_BODY,
    },
    "stripe": {
        "headers": (("Content-Type", "application/json"), ("Stripe-Signature", f"t=1789990000,v1={'0' * 64}")),
        "body": STRIPE_BODY,
    },
    "discord": {
        "headers": (
            ("Content-Type", "application/json"),
            ("X-Signature-Ed25519", "0" * 128),
            ("X-Signature-Timestamp", "1789990000"),
        ),
        "body": b'{"version":1,"application_id":"1","type":0}',
    },
    "gitlab": {
        "headers": (
            ("Content-Type", "application/json"),
            ("X-Gitlab-Event", "Push Hook"),
            ("X-Gitlab-Token", "not-the-token"),
        ),
        "body": b'{"object_kind":"push","ref":"refs/heads/main"}',
    },
    "twilio": {
        "headers": (
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("X-Twilio-Signature", "0000000000000000000000000000"),
        ),
        "body": b"MessageSid=SM1&Body=Hello%20there&From=%2B15550001",
    },
    "": {"headers": (("Content-Type", "text/plain"),), "body": b"hello"},
}


def make_capture(provider: str = "notion", **changes: Any) -> Capture:
    values: dict[str, Any] = {
        "id": "01m5v0000000000000000000aa",
        "received_at": NOW,
        "method": "POST",
        "target": f"/webhooks/{provider or 'plain'}",
        **DELIVERIES[provider],
    }
    return Capture(delivery=Delivery(**values | changes), provider=provider)


def write_capture(folder: Path, provider: str = "notion", name: str = "page.created-3f9a.json", **changes: Any) -> Path:
    path = folder / (provider or "plain") / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dumps(make_capture(provider, **changes)), "utf-8")
    return path


def open_delivery(
    folder: Path,
    provider: str = "notion",
    environ: Mapping[str, str] | None = None,
    options: Options | None = None,
    **changes: Any,
) -> FixtureDelivery:
    """A delivery as the fixture gives it; without options signed with the provider's test secret."""
    secret = {"notion": SECRET, "stripe": STRIPE_SECRET, "gitlab": "gitlab-token-1", "twilio": "twilio-auth"}
    chosen = options or Options(secret=secret.get(provider))
    file = write_capture(folder, provider, **changes)
    return open_case(CaseFile(file, chosen), folder, environ or {})


def body_of(value: object) -> bytes:
    return json.dumps(value).encode()
