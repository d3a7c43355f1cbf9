"""Computes and writes digests: keyed ones and plain ones, as hex or base64."""

from __future__ import annotations

import base64
import hashlib
import hmac

from hookscope.providers.provider import Scheme


def digest_of(scheme: Scheme, key: bytes, message: bytes) -> bytes:
    """The digest of a scheme of kind `hmac` or `hash` (whose message holds the secret itself)."""
    if scheme.kind == "hash":
        return hashlib.new(scheme.algorithm, message, usedforsecurity=False).digest()
    return hmac.digest(key, message, scheme.algorithm)


def encode_digest(scheme: Scheme, digest: bytes) -> bytes:
    """A digest as ASCII in the scheme's encoding."""
    if scheme.encoding == "hex":
        return digest.hex().encode("ascii")
    if scheme.encoding == "base64":
        return base64.b64encode(digest)
    return base64.urlsafe_b64encode(digest).rstrip(b"=")


def same(received: str, expected: bytes, any_case: bool = False) -> bool:
    """Whether a received text is the expected one, in a time that does not tell where they differ."""
    text = received.lower() if any_case else received
    return hmac.compare_digest(text.encode("latin-1", "replace"), expected)
