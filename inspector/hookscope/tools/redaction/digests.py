"""Headers that describe a body's bytes, made true again after the body changed.

A digest without a key is recomputed, and not only for validity: with the rest of the body known, the digest of the
original would let anybody try values for what was replaced until one fits. A signature is made with a secret and cannot
be: it stays, and no longer verifies until the delivery is signed anew at replay.
"""

from __future__ import annotations

import base64
import hashlib

from hookscope_relay.delivery import Headers

ALGORITHMS = ("md5", "sha1", "sha256", "sha384", "sha512")


def describe_anew(headers: Headers, old: bytes, new: bytes) -> Headers:
    """The headers with Content-Length and every digest of the old body replaced by those of the new one."""
    if old == new:
        return headers
    digests = tuple(zip(_spellings(old), _spellings(new), strict=True))
    return tuple((name, _value(name, value, len(new), digests)) for name, value in headers)


def _value(name: str, value: str, length: int, digests: tuple[tuple[str, str], ...]) -> str:
    if name.lower() == "content-length":
        return str(length)
    for before, after in digests:
        if before in value:
            return value.replace(before, after)
    return value


def _spellings(body: bytes) -> list[str]:
    spelt: list[str] = []
    for name in ALGORITHMS:
        digest = hashlib.new(name, body, usedforsecurity=False).digest()
        encoded = base64.b64encode(digest).decode()
        spelt += (digest.hex(), digest.hex().upper(), encoded, encoded.translate(str.maketrans("+/", "-_")).rstrip("="))
    return spelt
