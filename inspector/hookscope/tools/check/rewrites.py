"""Bodies that mean what they meant and are written unusually;
and bodies as a handler writes them that parses JSON and prints it again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from hookscope.signatures.mistakes.json_numbers import FURTHER_LANGUAGES
from hookscope.signatures.mistakes.json_rewrites import rewrites
from hookscope_relay.delivery import Delivery, header

MOST_TWINS = 14
MEGABYTE = 1 << 20
PADDING = "hookscope_padding"
LARGE_NUMBERS = '"hookscope_numbers":[12345678901234567890123,1.0,1e2,0.1000000000000000055]'

# What the usual languages print by default, the likeliest first (JavaScript, Python, PHP, and Go, which sorts keys),
# and then with sorted keys or an indent, as people ask them to.
LIKELY = (
    "compact, unicode",
    "spaced, ascii",
    "compact, ascii",
    "spaced, unicode",
    "compact, sorted, unicode",
    "spaced, sorted, ascii",
    "compact, slashes, ascii",
    "compact, sorted, html",
    "compact, html",
    "compact, sorted, ascii",
    "spaced, sorted, unicode",
    "indent of 2, unicode",
)

# What a value is as text where nobody asked for JSON: a handler may sign it, and cannot read it.
AS_TEXT = ("a dictionary turned into text by Python", "an object turned into text by JavaScript")

# Manners of programs that handlers are seldom written in.
RARELY = tuple(f"numbers as {language} writes them" for language in FURTHER_LANGUAGES)

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"(\s*:)?')


class Unusual(NamedTuple):
    """A body that JSON allows and serialisers do not write, with a name for what is unusual."""

    name: str
    body: bytes


class Twin(NamedTuple):
    """The same value as a serialiser prints it; `how` names its manner."""

    how: str
    body: bytes


def is_json_object(delivery: Delivery) -> bool:
    """Whether the body is a JSON object with something in it, not compressed."""
    if (header(delivery.headers, "content-encoding") or "identity") != "identity":
        return False
    return bool(_members(delivery.body))


def unusual(body: bytes) -> Iterator[Unusual]:
    """A JSON object's body in unusual manners, each for itself;
    the value is the same but for the numbers that one adds."""
    members = _members(body)
    pairs = [(json.dumps(key, ensure_ascii=False), json.dumps(value, ensure_ascii=False)) for key, value in members]
    yield Unusual("unusual spacing", _joined([(key, f" {value} ") for key, value in pairs], "\t:", ",\r\n  "))
    yield Unusual("unusual key order", _joined(list(reversed(pairs)), ":", ","))
    yield Unusual("unicode escapes", _STRING.sub(_escaped, _joined(pairs, ":", ",").decode()).encode())
    yield Unusual("large numbers", _joined(pairs, ":", ",")[:-1] + f",{LARGE_NUMBERS}}}".encode())
    yield Unusual("duplicate keys", _joined([pairs[0], *pairs], ":", ","))


def twins(body: bytes, manner: str = "") -> tuple[Twin, ...]:
    """The body re-serialised, the likeliest manners first, each result once;
    only those of a `manner` where one is named."""
    found: dict[bytes, str] = {}
    for _, how, rewritten in rewrites(body):
        if how.endswith(RARELY):
            continue
        if rewritten not in found and (not manner or how == manner or how.startswith(f"{manner}, numbers")):
            found[rewritten] = how
    listed = [Twin(how, rewritten) for rewritten, how in found.items()]
    return tuple(sorted(listed, key=_likelihood)[:MOST_TWINS])


def rewritten(body: bytes, manner: str) -> bytes:
    """The body in one manner; as it is where that manner is unknown."""
    return next((text for _, how, text in rewrites(body) if how == manner), body) if manner else body


def padded(delivery: Delivery, size: int = MEGABYTE) -> bytes | None:
    """The body filled up to a size by one more field; None where it has no fields."""
    room = max(size - len(delivery.body) - len(PADDING) - 6, 1)
    if members := _members(delivery.body):
        return json.dumps(dict([*members, (PADDING, "x" * room)]), separators=(",", ":"), ensure_ascii=False).encode()
    if "urlencoded" in (header(delivery.headers, "content-type") or "").lower() and delivery.body:
        return delivery.body + f"&{PADDING}={'x' * room}".encode()
    return None


def malformed(body: bytes) -> bytes:
    """A JSON body that ends too early."""
    return body.rstrip()[:-1] + b',"'


def _members(body: bytes) -> list[tuple[str, Any]]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return []
    return list(value.items()) if isinstance(value, dict) else []


def _joined(pairs: list[tuple[str, str]], colon: str, comma: str) -> bytes:
    return ("{" + comma.join(f"{key}{colon}{value}" for key, value in pairs) + "}").encode("utf-8", "surrogatepass")


def _escaped(match: re.Match[str]) -> str:
    """A string value with its first character as an escape; keys stay."""
    text = match[0]
    if match[1] or len(text) < 3 or text[1] == "\\" or not text[1].isascii():
        return text
    return f'"\\u{ord(text[1]):04X}{text[2:]}'


def _likelihood(twin: Twin) -> int:
    return next((place for place, manner in enumerate(LIKELY) if twin.how == manner), len(LIKELY))
