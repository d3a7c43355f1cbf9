"""Named questions about what a request brings by which its sender can be known: a signature, a token,
and their time."""

from __future__ import annotations

import re

from hookscope.diagnosis.case import Case

TOLERANCE_S = 300
"""What most providers document for the age of a signature."""

_SIGNATURE_HEADER = re.compile(
    r"signature|hmac|^svix-|^webhook-(id|signature)$|^x-hub-|^x-signed|-token$|^authorization$", re.I
)
# A signature's time, in seconds or milliseconds: in a header of its own, or beside the signature (Stripe's `t=`).
_SIGNED_AT = re.compile(r"(?:^|\bt=)(\d{10})(?:\d{3})?(?=$|[,;. ])")


def signed(case: Case) -> bool:
    return any(_SIGNATURE_HEADER.search(name) for name in case.request.headers)


def unsigned(case: Case) -> bool:
    """No signature that the sender's provider makes, or nothing at all by which a sender could be known."""
    return not signed(case) or (case.verdict is not None and case.verdict.state == "unsigned")


def unsigned_by_provider(case: Case) -> bool:
    """A provider's delivery that has no signature."""
    return bool(case.sender) and unsigned(case)


def brings_token(case: Case) -> bool:
    """A caller that shows who it is, as no provider's signature does: what is refused then is what it shows."""
    return case.request.get("authorization").lower().startswith(("bearer ", "basic ", "token ", "jwt ", "apikey "))


def stale(case: Case) -> bool:
    """The signature's time is older than handlers allow: five minutes is what most providers document."""
    times = [
        float(found[1])
        for name, value in case.request.headers.items()
        if name.endswith(("timestamp", "signature")) and (found := _SIGNED_AT.search(value))
    ]
    return bool(times) and case.delivery.received_at - max(times) > TOLERANCE_S
