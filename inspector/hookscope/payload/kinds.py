"""What a body is, for the choice of a view: what the headers say, corrected by what the bytes are."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from hookscope.payload.images import IMAGE_MAGIC
from hookscope_relay.delivery import Headers, header

Kind: TypeAlias = Literal["json", "form", "multipart", "xml", "text", "image", "binary", "empty"]

LOOKED_AT = 4096
MAX_MEDIA_TYPE = 1000

# By the whole media type, else by its structured suffix (RFC 6839), else by its first half.
BY_TYPE: dict[str, Kind] = {
    "application/json": "json",
    "application/x-ndjson": "text",
    "text/json": "json",
    "application/csp-report": "json",
    "application/x-www-form-urlencoded": "form",
    "application/xml": "xml",
    "text/xml": "xml",
    "text/html": "text",
    "image/svg+xml": "xml",
    "application/javascript": "text",
    "application/yaml": "text",
}
BY_SUFFIX: dict[str, Kind] = {"json": "json", "xml": "xml", "yaml": "text"}
BY_FAMILY: dict[str, Kind] = {"multipart": "multipart", "text": "text"}

_PARAMETER = re.compile(r';\s*([!#$%&\'*+\-.^_`|~\w]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))', re.ASCII)
_TEXT_CONTROLS = bytes(set(range(0x20)) - set(b"\t\n\f\r\x1b"))


def classify(headers: Headers, body: bytes) -> Kind:
    """The kind of the body. A type that the bytes contradict (a PNG called JSON) gives way to the bytes."""
    if not body:
        return "empty"
    if any(body.startswith(magic) for magic in IMAGE_MAGIC) or _is_webp(body):
        return "image"
    media_type, _ = media_type_of(headers)
    said = _said(media_type)
    if said in ("json", "text", "xml", "form") and not looks_like_text(body):
        return "binary"
    if said is not None:
        return said
    return _guess(body)


def media_type_of(headers: Headers) -> tuple[str, dict[str, str]]:
    """The media type in lower case, and its parameters by lower-case name; empty where the headers do not say."""
    return parse_parameters(header(headers, "content-type") or "")


def parse_parameters(value: str) -> tuple[str, dict[str, str]]:
    """The first part of a header value in lower case, and the parameters after it, the first of a name kept."""
    value = value[:MAX_MEDIA_TYPE]
    first, _, _ = value.partition(";")
    parameters: dict[str, str] = {}
    for match in _PARAMETER.finditer(value, len(first)):
        name, quoted, plain = match.groups()
        text = plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        parameters.setdefault(name.lower(), text)
    return first.strip().lower(), parameters


def looks_like_text(body: bytes) -> bool:
    """Whether the beginning of the body is UTF-8 without control characters that text does not have."""
    start = body[:LOOKED_AT]
    if start.translate(None, _TEXT_CONTROLS) != start:
        return False
    try:
        start.decode("utf-8")
    except UnicodeDecodeError as error:
        # A character cut off by our own limit is no fault of the body.
        return len(body) > LOOKED_AT and error.start >= LOOKED_AT - 3
    return True


def _said(media_type: str) -> Kind | None:
    if media_type in BY_TYPE:
        return BY_TYPE[media_type]
    if (kind := BY_SUFFIX.get(media_type.rpartition("+")[2])) and "+" in media_type:
        return kind
    return BY_FAMILY.get(media_type.partition("/")[0])


def _guess(body: bytes) -> Kind:
    if not looks_like_text(body):
        return "binary"
    start = body[:LOOKED_AT].lstrip()
    if start[:1] in (b"{", b"["):
        return "json"
    if start.startswith(b"<?xml"):
        return "xml"
    return "text"


def _is_webp(body: bytes) -> bool:
    return body[:4] == b"RIFF" and body[8:12] == b"WEBP"


def is_utf8(body: bytes) -> bool:
    """Whether the bytes are valid UTF-8."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
