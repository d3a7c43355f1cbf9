"""What gateways and functions do to a body on its way: Base64, an event around it, another character set;
each yields (mistake id, detail, bytes)."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import TypeAlias

from hookscope.providers.facts import read_json

GatewayMistake: TypeAlias = tuple[str, str, bytes]

MAX_BYTES = 4 << 20
LEAST_BASE64 = 8
BASE64_TEXT = re.compile(rb'\s*"?([A-Za-z0-9+/_\-\s]+={0,2})"?\s*')
DATA_URL = re.compile(rb"data:[^,]{0,200};base64,")
# By tables and patterns, not by loops: a body may have a million bytes, and a search sees the clock between forms only.
HIGH_BYTE = re.compile(rb"[\x80-\xff]")
WITHOUT_HIGHEST_BIT = bytes(byte & 0x7F for byte in range(256))
ONE_UNIT, TWO_UNITS = re.compile("[\x80-\uffff]"), re.compile("[\U00010000-\U0010ffff]")


def base64_mistakes(body: bytes) -> Iterator[GatewayMistake]:
    """A body that is still Base64, was decoded once too often,
    or is inside the event that API Gateway hands a function."""
    if not body or len(body) > MAX_BYTES:
        return
    decoded = decode_text(DATA_URL.sub(b"", body, count=1))
    if decoded is not None:
        yield "body-base64", "the body is Base64 of what was signed", decoded
        if (twice := decode_text(decoded)) is not None:
            yield "body-base64", "the body is twice Base64 of what was signed", twice
    yield from _inside_event(body)
    encoded = base64.b64encode(body)
    yield "body-base64", "what was signed is Base64, and was decoded on its way", encoded
    yield "body-base64", "what was signed is Base64 without padding", encoded.rstrip(b"=")
    yield "body-base64", "what was signed is Base64 in the URL-safe alphabet", base64.urlsafe_b64encode(body)
    yield "body-base64", "what was signed is Base64 in quotes", b'"' + encoded + b'"'
    yield "body-base64", "what was signed is Base64 in lines", base64.encodebytes(body)


def decode_text(body: bytes) -> bytes | None:
    """The bytes of a body that is nothing but Base64 of either alphabet, in quotes or lines too; None for any other."""
    found = BASE64_TEXT.fullmatch(body)
    if found is None:
        return None
    text = b"".join(found[1].split()).translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"=")
    if len(text) < LEAST_BASE64 or len(text) % 4 == 1:
        return None
    return base64.b64decode(text + b"=" * (-len(text) % 4))


def _inside_event(body: bytes) -> Iterator[GatewayMistake]:
    """API Gateway's and Azure's events: the body is a text under `body`, in Base64 where `isBase64Encoded` says so."""
    event = read_json(body) if body[:1] == b"{" and b'"body"' in body else None
    inner = event.get("body") if isinstance(event, dict) else None
    if not isinstance(inner, str):
        return
    text = inner.encode("utf-8", "surrogatepass")
    yield "body-base64", "the body of a gateway's event, as text", text
    if (decoded := decode_text(text)) is not None:
        yield "body-base64", "the body of a gateway's event, decoded from Base64", decoded


def ascii_mistakes(body: bytes) -> Iterator[GatewayMistake]:
    """A body that was taken for ASCII: each language has its own stand-in for what ASCII does not have."""
    if body.isascii():
        return
    for what, stand_in in (("a ?", b"?"), ("a space", b" "), ("nothing", b""), ("U+FFFD", "\ufffd".encode())):
        yield "body-charset", f"{what} for each byte that is not ASCII", HIGH_BYTE.sub(stand_in, body)
    yield "body-charset", "the highest bit of each byte dropped", body.translate(WITHOUT_HIGHEST_BIT)
    text = body.decode("utf-8", "replace")
    for what, mark in (("a ?", "?"), ("U+FFFD", "\ufffd")):
        units = ONE_UNIT.sub(mark, TWO_UNITS.sub(mark * 2, text))
        yield "body-charset", f"{what} for each UTF-16 unit that is not ASCII", units.encode()
    yield "body-charset", "the low byte of each UTF-16 unit", text.encode("utf-16-le")[::2]
