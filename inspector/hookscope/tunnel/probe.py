"""The probe that `doctor` posts to the public URL: only who holds the endpoint's key can mark one,
so no stranger's delivery passes for it."""

from __future__ import annotations

import hashlib
import hmac

from hookscope_relay.delivery import Delivery, Headers, header
from hookscope_relay.keys.endpoint_key import EndpointKey

HEADER = "Hookscope-Probe"
BODY = b'{"hookscope":"probe"}'
_CONTEXT = b"hookscope/1 probe"


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


def _mark(key: EndpointKey) -> str:
    return hmac.new(key.secret, _CONTEXT, hashlib.sha256).hexdigest()
