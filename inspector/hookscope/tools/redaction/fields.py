"""Secrets in `name=value` pairs divided by `&`: a form's body, a query. Pairs without a secret keep every byte."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote_from_bytes

from hookscope.payload.forms import unquote
from hookscope.tools.redaction.harmless import EVERY_PAIR


def rewrite_fields(
    data: bytes,
    key: Callable[[str], str],
    value_of: Callable[[str, str], str],
    pairs: re.Pattern[bytes] = EVERY_PAIR,
) -> bytes:
    """The pairs with names rewritten by `key(name)` and values by `value_of(name, value)`, both decoded;
    `pairs` says which pairs are looked at."""
    parts: list[bytes] = []
    copied = 0
    # One by one where they stand: a body of nothing but `&` has none.
    for match in pairs.finditer(data):
        if match["pair"] is None:
            continue
        new = _pair(match[0], key, value_of)
        if new != match[0]:
            parts += (data[copied : match.start()], new)
            copied = match.end()
    return b"".join((*parts, data[copied:])) if parts else data


def _pair(pair: bytes, key: Callable[[str], str], value_of: Callable[[str, str], str]) -> bytes:
    if b"%" in pair or b"+" in pair:
        name, value = map(_decoded, pair.partition(b"=")[::2])
    else:
        name, _, value = pair.decode("utf-8", "surrogateescape").partition("=")
    new_name = key(name)
    new_value = value_of(new_name, value) if value else value
    if new_name == name and new_value == value:
        return pair
    raw_name, equals, raw_value = pair.partition(b"=")
    return (
        (raw_name if new_name == name else _encoded(new_name, raw_name))
        + equals
        + (raw_value if new_value == value else _encoded(new_value, raw_value))
    )


def _decoded(raw: bytes) -> str:
    if b"%" in raw or b"+" in raw:
        raw = unquote(raw.replace(b"+", b" "))
    return raw.decode("utf-8", "surrogateescape")


def _encoded(value: str, raw: bytes) -> bytes:
    """The value percent-encoded, with spaces as the original writes them."""
    text = quote_from_bytes(value.encode("utf-8", "surrogatepass" if _has_pair(value) else "surrogateescape"), safe="")
    return (text.replace("%20", "+") if b"+" in raw else text).encode("ascii")


def _has_pair(value: str) -> bool:
    """Whether a lone surrogate came out of JSON and not out of a byte."""
    return any("\ud800" <= letter <= "\udfff" and not "\udc80" <= letter <= "\udcff" for letter in value)
