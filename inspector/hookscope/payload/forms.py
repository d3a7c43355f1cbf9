"""A form body as names and values (`application/x-www-form-urlencoded`)."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_PAIRS = 1000
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_BYTES = tuple(bytes((value,)) for value in range(256))


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
    """The bytes with their percent-escapes undone; in the room of the result,
    where the standard library keeps every piece apart."""
    return _ESCAPE.sub(lambda match: _BYTES[int(match[1], 16)], raw) if b"%" in raw else raw


def _decode(text: bytes) -> str:
    return unquote(text.replace(b"+", b" ")).decode("utf-8", "surrogateescape")
