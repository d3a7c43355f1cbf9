"""From what a user configured to the bytes that key a MAC, strictly: what is not of the form is None, never a guess.

Guessing is the work of the explanation.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from functools import lru_cache

from hookscope.providers.provider import Scheme

WHSEC = b"whsec_"
BASE64 = re.compile(rb"[A-Za-z0-9+/]*={0,2}")
BASE64URL = re.compile(rb"[A-Za-z0-9_-]*={0,2}")
HEX = re.compile(rb"[0-9A-Fa-f]*")


def key_of(scheme: Scheme, value: bytes) -> bytes | None:
    """The key that a configured secret stands for in a scheme; None where it is empty or of another form."""
    return _key(scheme.secret, value)


@lru_cache(maxsize=512)
def _key(form: str, value: bytes) -> bytes | None:
    if not value or (value.startswith(b"-----BEGIN ") and form != "public-key"):
        return None
    if form == "hex":
        return decode_hex(value)
    if form == "base64":
        return decode_base64(value)
    if form == "whsec":
        return None if value.startswith((b"whpk_", b"whsk_")) else decode_base64(value.removeprefix(WHSEC))
    if form == "whsec-or-text" and value.startswith(WHSEC):
        return decode_base64(value.removeprefix(WHSEC))
    return _normalised(value) if form == "nfkd" else value


def _normalised(value: bytes) -> bytes:
    text = value.decode("utf-8", "surrogateescape")
    return unicodedata.normalize("NFKD", text).encode("utf-8", "surrogateescape")


def decode_base64(value: bytes) -> bytes | None:
    """The bytes of base64 in either alphabet, padded or not; None for anything else, and for nothing."""
    url_safe = bool(BASE64URL.fullmatch(value)) and not BASE64.fullmatch(value)
    if not (url_safe or BASE64.fullmatch(value)):
        return None
    bare = value.rstrip(b"=")
    padded = bare + b"=" * (-len(bare) % 4)
    try:
        return (base64.urlsafe_b64decode(padded) if url_safe else base64.b64decode(padded, validate=True)) or None
    except binascii.Error:
        return None


def decode_hex(value: bytes) -> bytes | None:
    """The bytes of an even number of hexadecimal digits in either case; None for anything else, and for nothing."""
    if len(value) % 2 or not HEX.fullmatch(value):
        return None
    return bytes.fromhex(value.decode("ascii")) or None
