"""Names for what is exported: readable, stable, and safe in every file system and as a Python identifier."""

from __future__ import annotations

import hashlib
import re

from hookscope.model.capture import Capture

LONGEST = 40

_SEPARATORS = re.compile(r"[^a-z0-9]+")


def stem(capture: Capture) -> str:
    """A short name such as `post-webhooks-notion-3f9a51`, of letters, digits and dashes: the request,
    and a mark of its bytes."""
    delivery = capture.delivery
    words = f"{delivery.method} {delivery.path}".lower()
    name = _SEPARATORS.sub("-", words).strip("-")[:LONGEST].strip("-")
    return f"{name or 'delivery'}-{mark(capture)}"


def mark(capture: Capture) -> str:
    """Six hexadecimal digits that stand for the delivery's id and body."""
    delivery = capture.delivery
    return hashlib.sha256(delivery.id.encode() + b"\0" + delivery.body).hexdigest()[:6]
