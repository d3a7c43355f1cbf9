"""A form body as names and values (`application/x-www-form-urlencoded`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from hookscope.text.pattern import compile_pattern

MAX_PAIRS = 1000
_ESCAPES = compile_pattern(rb"(?:%[0-9A-Fa-f]{2})++")
# A substitution keeps every piece apart until it ends, so a large text is taken block by block.
_BLOCK = 64 * 1024


@dataclass(frozen=True, slots=True)
class FormPair:
    """A name and its value, decoded; a byte that is not UTF-8 is a lone surrogate,
    which safe text shows as the byte."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Form:
    """The pairs in order, repeats included, and how many more there are than are listed."""

    pairs: tuple[FormPair, ...]
    more: int = 0


def parse_form(body: bytes, max_pairs: int = MAX_PAIRS) -> Form:
    """The form that the body holds; anything at all is some form."""
    total = body.count(b"&") + 1
    fields = body.split(b"&", max_pairs)[:max_pairs]
    pairs = tuple(_pair(field) for field in fields if field)
    return Form(pairs, max(0, total - max_pairs))


def _pair(field: bytes) -> FormPair:
    name, _, value = field.partition(b"=")
    return FormPair(_decode(name), _decode(value))


def unquote(raw: bytes) -> bytes:
    """The bytes with their percent-escapes undone, in no more room than the result takes."""
    if b"%" not in raw:
        return raw
    plain = bytearray()
    at = 0
    while at < len(raw):
        end = at + _BLOCK
        cut = raw.find(b"%", end - 2, end)
        end = cut if cut >= 0 else end
        block = raw[at:end]
        is_dense = block.count(b"%") * 3 > 0.9 * len(block)
        # The library takes time by the escape, ours by the run of them.
        plain += _ESCAPES.sub(_bytes, block) if is_dense else unquote_to_bytes(block)
        at = end
    return bytes(plain)


def _bytes(escapes: re.Match[bytes]) -> bytes:
    return bytes.fromhex(escapes[0].replace(b"%", b"").decode("ascii"))


def _decode(text: bytes) -> str:
    return unquote(text.replace(b"+", b" ")).decode("utf-8", "surrogateescape")
