"""Templates of signed messages: `{timestamp}.{body}` compiled to a function of the material and the key."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeAlias

from hookscope.signatures import canonical
from hookscope.signatures.material import Material, to_bytes

Part: TypeAlias = Callable[[Material, bytes], bytes]

TOKENS = re.compile(r"\{[^{}]+\}|[^{}]+")

PARTS: dict[str, Part] = {
    "{body}": lambda material, key: material.body,
    "{timestamp}": lambda material, key: material.timestamp,
    "{id}": lambda material, key: material.id,
    "{method}": lambda material, key: material.method.encode("latin-1", "replace"),
    "{url}": lambda material, key: material.url.encode("utf-8", "surrogatepass"),
    "{path}": lambda material, key: canonical.path_of(material).encode("utf-8", "surrogatepass"),
    "{secret}": lambda material, key: key,
    "{crc32}": lambda material, key: b"%d" % zlib.crc32(material.body),
    "{form}": lambda material, key: canonical.sorted_form(material),
    "{plain_form}": lambda material, key: canonical.plain_form(material.body),
    "{sns}": lambda material, key: canonical.sns_text(material),
    "{path_escaped_twice}": lambda material, key: canonical.path_escaped_twice(material),
    "{sorted_url}": lambda material, key: canonical.sorted_url(material),
    "{sorted_fields}": lambda material, key: canonical.sorted_fields(material),
    "{bare_url}": lambda material, key: material.url.partition("?")[0].encode("utf-8", "surrogatepass"),
    "{jws_headers}": lambda material, key: canonical.listed_headers(material),
    "{signed_headers}": lambda material, key: canonical.signed_headers(material),
}


def tokens_of(template: str) -> tuple[str, ...]:
    """The placeholders and the literal text of a template, in order."""
    return tuple(TOKENS.findall(template))


def build_message(template: str, material: Material, key: bytes) -> bytes:
    """What is signed, by a template."""
    if template == "{body}":
        return material.body
    return b"".join([part(material, key) for part in _compiled(template)])


def join_tokens(tokens: Sequence[str]) -> str:
    """The template that tokens make."""
    return "".join(tokens)


@lru_cache(maxsize=4096)
def _compiled(template: str) -> tuple[Part, ...]:
    return tuple(_part(token) for token in tokens_of(template))


def _part(token: str) -> Part:
    if token in PARTS:
        return PARTS[token]
    if token.startswith("{"):
        place = token[1:-1]
        return lambda material, key: to_bytes(place, material.look(place))
    literal = token.encode("utf-8")
    return lambda material, key: literal
