"""Changes a signed delivery so that its signature no longer holds, and little else: one character of one value.

The body stays what it was, JSON stays JSON: a handler that checks nothing takes it for a good one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

from hookscope.model.edits import with_length
from hookscope.payload.json_tokens import JsonToken, scan
from hookscope_relay.delivery import Delivery, Headers, header
from hookscope_relay.errors import InputError

MAX_TOKENS = 5_000
MAX_TRIES = 40

_DIGIT = re.compile(r"[0-9](?=[^0-9]*$)")
_LETTER = re.compile(r"[A-Za-z](?=[^A-Za-z]*$)")
_FORM_CHARACTER = re.compile(rb"(?<!%)(?<!%[0-9A-Fa-f])[0-9A-Za-z](?=[^=]*(?:&|$))")
_RUN = re.compile(r"[0-9A-Za-z+/]+")
_FLIPPED = {"true": "false", "false": "true"}


def tamper(
    delivery: Delivery, holds: Callable[[Delivery], bool], signature_headers: tuple[str, ...], covers_body: bool
) -> Delivery:
    """The delivery changed until `holds` says no: its body first, then a header that carries the signature.

    `InputError` where nothing of it is signed.
    """
    bodies = other_bodies(delivery) if covers_body else iter(())
    for body in islice(bodies, MAX_TRIES):
        changed = replace(delivery, headers=with_length(delivery.headers, body), body=body)
        if not holds(changed):
            return changed
    for name in signature_headers:
        changed = replace(delivery, headers=_with_other_value(delivery.headers, name))
        if changed != delivery and not holds(changed):
            return changed
    raise InputError("nothing of the delivery is signed, so nobody notices a change", "leave out .tampered()")


def other_bodies(delivery: Delivery) -> Iterator[bytes]:
    """Bodies that differ from the delivery's by one character, those that look most alike first;
    none for an empty one."""
    body = delivery.body
    if not body:
        return
    text = _as_json(body)
    if text is not None:
        yield from (changed.encode("utf-8", "surrogateescape") for changed in _other_json(text))
        yield body + b" "
        return
    if "urlencoded" in (header(delivery.headers, "content-type") or "").lower():
        for match in reversed(list(islice(_FORM_CHARACTER.finditer(body), MAX_TOKENS))):
            yield body[: match.start()] + _next(match[0].decode()).encode() + body[match.end() :]
    middle = len(body) // 2
    yield body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]


def other_value(value: str) -> str:
    """The text with one character changed in the middle of its longest word; as it was where it has none.

    The last character of a base64 text need not count, and a prefix such as `sha256=` is to stay.
    """
    longest = max(_RUN.finditer(value), key=lambda match: len(match[0]), default=None)
    if longest is None:
        return value
    at = (longest.start() + longest.end()) // 2
    return value[:at] + _next(value[at]) + value[at + 1 :]


def _as_json(body: bytes) -> str | None:
    if body.lstrip()[:1] not in (b"{", b"["):
        return None
    text = body.decode("utf-8", "surrogateescape")
    return None if any(token.kind == "flaw" for token in islice(scan(text), MAX_TOKENS)) else text


def _other_json(text: str) -> Iterator[str]:
    """The text with one value changed: a digit of a number or a text, else a letter, else a truth."""
    leaves = [token for token in islice(scan(text), MAX_TOKENS) if token.kind in ("number", "string", "literal")]
    # A backslash escape is left alone: changed, it may be none.
    plain = [token for token in leaves if token.kind != "literal" and "\\" not in text[token.start : token.end]]
    for pattern in (_DIGIT, _LETTER):
        for token in plain:
            if (match := pattern.search(text[token.start : token.end])) and not _is_exponent(text, token, match):
                at = token.start + match.start()
                yield text[:at] + _next(text[at]) + text[at + 1 :]
    for token in leaves:
        if (word := _FLIPPED.get(text[token.start : token.end])) is not None:
            yield text[: token.start] + word + text[token.end :]


def _is_exponent(text: str, token: JsonToken, match: re.Match[str]) -> bool:
    return token.kind == "number" and match[0] in "eE"


def _next(character: str) -> str:
    """Another character of the same kind, so that hexadecimal digits stay such: 4 for 3, 8 for 9, b for a, e for f,
    y for z."""
    if character in "9fFzZ":
        return chr(ord(character) - 1)
    return chr(ord(character) + 1) if character.isalnum() else "A"


def _with_other_value(headers: Headers, name: str) -> Headers:
    return tuple((key, other_value(value) if key.lower() == name.lower() else value) for key, value in headers)
