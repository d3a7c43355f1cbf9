"""Signature vectors: published ones recomputed, and some made for providers that publish none."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hookscope_relay.delivery import Delivery

VECTORS = Path(__file__).with_name("vectors.json")
ARRIVED = 1_790_000_000.0


def load_vectors() -> dict[str, dict[str, Any]]:
    """Every vector by its name, which is unique."""
    return {vector["name"]: vector for vector in json.loads(VECTORS.read_text("utf-8"))}


def to_delivery(vector: dict[str, Any]) -> Delivery:
    """The delivery that a vector describes, received at its `now`."""
    url = vector.get("url", "")
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Delivery(
        id="",
        received_at=float(vector.get("now", ARRIVED)),
        method=vector["method"],
        target=target,
        headers=tuple(vector["headers"].items()),
        body=base64.b64decode(vector["body_base64"]),
        url=url,
    )


def parameters(vector: dict[str, Any]) -> dict[str, str]:
    """What the scheme needs besides a secret."""
    return {"webhook_id": vector["webhook_id"]} if "webhook_id" in vector else {}
