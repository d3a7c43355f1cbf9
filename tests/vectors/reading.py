"""Signature vectors: published ones recomputed, and some made for providers that publish none.

They are read from `../shared` beside the checkout where that is there, and always from our own copy in `tests/vectors`.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hookscope_relay.delivery import Delivery

ROOT = Path(__file__).parents[2]
COPY = ROOT / "tests" / "vectors" / "vectors.json"
SHARED = ROOT.parent / "shared"
ARRIVED = 1_790_000_000.0


def load_vectors() -> dict[str, dict[str, Any]]:
    """Every vector by a name that is unique, our copy first."""
    found = {vector["name"]: vector for vector in json.loads(COPY.read_text("utf-8"))}
    for folder, before in (("vectors", ""), ("vectors_synthetic", "synthetic/")):
        for path in sorted((SHARED / folder).glob("*.json")):
            vector = json.loads(path.read_text("utf-8"))
            found[f"shared/{before}{path.stem}"] = {key: value for key, value in vector.items() if value is not None}
    return found


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
