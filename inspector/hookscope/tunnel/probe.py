"""The probe that `doctor` posts to the public URL: only who holds the endpoint's key can mark one,
so no stranger's delivery passes for it."""

from __future__ import annotations

import hashlib
import hmac
import re

from hookscope_relay.delivery import Delivery, Headers, header
from hookscope_relay.keys.endpoint_key import EndpointKey
from hookscope_relay.wire import MAX_LABEL

HEADER = "Hookscope-Probe"
BODY = b'{"hookscope":"probe"}'
_CONTEXT = b"hookscope/1 probe"
_ANSWER = re.compile(rf"A probe of this endpoint; (.{{1,{MAX_LABEL}}}) answers it\.\n")


def probe_headers(key: EndpointKey) -> Headers:
    """The headers by which the session of this endpoint knows a probe."""
    return (("Content-Type", "application/json"), (HEADER, _mark(key)))


def is_probe(delivery: Delivery, key: EndpointKey) -> bool:
    """Whether a delivery is a probe of whoever holds the endpoint's key."""
    if len(delivery.body) != len(BODY):
        return False
    mark = header(delivery.headers, HEADER)
    return (
        mark is not None and delivery.body == BODY and hmac.compare_digest(mark.encode("latin-1"), _mark(key).encode())
    )


def probe_answer(label: str) -> bytes:
    """What the session that answers says to a probe: how it calls itself to others of its endpoint."""
    return f"A probe of this endpoint{f'; {label} answers it' if label else ''}.\n".encode()


def read_answerer(answer: bytes) -> str:
    """Who answered a probe by its own words, to be made inert where it is shown; empty where it does not say."""
    found = _ANSWER.fullmatch(answer.decode("utf-8", "replace"))
    return found[1] if found else ""


def _mark(key: EndpointKey) -> str:
    return hmac.new(key.secret, _CONTEXT, hashlib.sha256).hexdigest()
