"""An alarm as others read it: as JSON, and as Slack and Discord take it; and the signature of Standard Webhooks.

https://www.standardwebhooks.com, https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks,
https://discord.com/developers/docs/resources/webhook#execute-webhook
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from hookscope.alerts.alert import Form
from hookscope.alerts.judge import Alarm
from hookscope.signatures.keys import WHSEC, decode_base64
from hookscope.text.timestamp import render_time

SIGNS = {"raised": "✗", "recovered": "✓", "test": "·"}
MAX_TEXT = 1500
_SLACK = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def to_mapping(alarm: Alarm) -> dict[str, Any]:
    """The alarm as plain JSON values."""
    alert, measured = alarm.alert, alarm.measured
    return {
        "alert": alert.name,
        "state": alarm.state,
        "at": render_time(alarm.at),
        "text": alarm.text,
        "kind": alert.kind,
        "of": alert.subject,
        "bound": alert.bound_text,
        "window_s": alert.window_s,
        "count": _plain(measured.count),
        "failing": _plain(measured.failing),
        "value": measured.value,
        "findings": list(measured.codes),
        "latest": measured.latest,
        "lasted_s": round(alarm.lasted_s, 3),
    }


def build_body(alarm: Alarm, form: Form) -> bytes:
    """What is posted. Nobody in a chat is called by it: a name in it pings nobody."""
    text = f"{SIGNS[alarm.state]} {alarm.sentence}"[:MAX_TEXT]
    said: Mapping[str, Any] = to_mapping(alarm)
    if form == "slack":
        said = {"text": text.translate(_SLACK)}
    elif form == "discord":
        said = {"content": text, "allowed_mentions": {"parse": []}}
    return json.dumps(said).encode()


def signing_key(text: str) -> bytes | None:
    """The key of a secret of Standard Webhooks; None for a text that is none."""
    return decode_base64(text.encode().removeprefix(WHSEC))


def sign(key: bytes, message_id: str, at: int, body: bytes) -> dict[str, str]:
    """The headers that sign a body (Standard Webhooks, symmetric)."""
    signed = b".".join((message_id.encode(), str(at).encode(), body))
    mac = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return {"webhook-id": message_id, "webhook-timestamp": str(at), "webhook-signature": f"v1,{mac}"}


def _plain(count: float) -> float:
    """A count without a fraction, which that of a relay's counters never has."""
    return int(count) if count == int(count) else count
