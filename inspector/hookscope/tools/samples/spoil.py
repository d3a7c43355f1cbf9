"""Makes a good delivery bad in one way: tampered with after signing, or signed too long ago."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from itertools import islice

from hookscope.model.secret import Secret
from hookscope.providers.provider import Provider, Scheme
from hookscope.signatures.material import NO_PARAMETERS
from hookscope.signatures.verification import verify
from hookscope_relay.delivery import Delivery
from hookscope_relay.errors import InputError

IN_JSON = re.compile(rb':\s*"[^"\\]*([A-Za-z0-9])"')
IN_PARTS = re.compile(rb"\r\n\r\n[^\r\n]*([A-Za-z0-9])\r\n--")
MOST_TRIED = 200
TOO_OLD_BY_S = 60.0
OLD_S = 3600.0


def tamper(
    delivery: Delivery,
    provider: Provider,
    secrets: Sequence[Secret] = (),
    params: Mapping[str, str] = NO_PARAMETERS,
) -> Delivery:
    """The delivery with one byte changed after it was signed: of its body,
    or of its signature where the scheme covers no byte of the body.

    `secrets` are those that verify, to find a byte that the signature does not bear; without them it is the last
    value's last one.
    """
    first = None
    for changed in islice(_changes(delivery, provider), MOST_TRIED):
        if not _holds(changed, provider, secrets, params):
            return changed
        first = first or changed
    return first or delivery


def _changes(delivery: Delivery, provider: Provider) -> Iterator[Delivery]:
    """The delivery with one byte changed, the likeliest place first."""
    body = delivery.body
    # The last letter or digit of each value, from the last one on:
    # JSON stays JSON, a form stays a form of the same parts.
    places = [match.start(1) for match in (IN_PARTS if body.startswith(b"--") else IN_JSON).finditer(body)]
    places = places or ([len(body) - 1] if body else [])
    for at in reversed(places):
        yield replace(delivery, body=body[:at] + _other(body[at : at + 1]) + body[at + 1 :])
    names = [name.lower() for scheme in provider.schemes for name in scheme.headers]
    for index, (name, value) in enumerate(delivery.headers):
        if any(fnmatchcase(name.lower(), known) for known in names):
            pair = (name, _flip_text(value))
            yield replace(delivery, headers=(*delivery.headers[:index], pair, *delivery.headers[index + 1 :]))


def stale_by(scheme: Scheme) -> float:
    """How many seconds before its sending a delivery must be signed to be too old;
    `InputError` where the scheme signs no time."""
    claims = dict(scheme.claims)
    timed = scheme.timestamp or scheme.timestamp_key or scheme.kind in ("jwt", "http-message")
    if not timed:
        raise InputError(
            f"the scheme {scheme.name} signs no timestamp, so nothing of it can be stale",
            "leave out --stale; handlers guard against replays with the event's id",
        )
    bound = float(claims["issued_within_s"]) if "issued_within_s" in claims else scheme.past_s
    return (OLD_S if bound is None else bound) + TOO_OLD_BY_S


def _holds(delivery: Delivery, provider: Provider, secrets: Sequence[Secret], params: Mapping[str, str]) -> bool:
    if not secrets:
        return False
    return verify(delivery, provider, secrets, delivery.received_at, delivery.url, params).state == "verified"


def _flip_text(value: str) -> str:
    """Text with one letter or digit in its second half changed, but none of the last four:
    base64 does not look at all their bits."""
    places = [at for at in range(len(value) // 2, len(value) - 4) if value[at].isalnum() and value[at].isascii()]
    at = places[0] if places else len(value) - 1
    return value[:at] + _other(value[at : at + 1].encode("latin-1")).decode("latin-1") + value[at + 1 :]


def _other(byte: bytes) -> bytes:
    if byte.isdigit():
        return b"%d" % ((int(byte) + 1) % 10)
    if byte.isalpha():
        return b"b" if byte in b"aA" else b"a"
    return b" "
