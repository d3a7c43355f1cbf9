"""What is in the bytes of a body: JSON or why it is none, the words of an error, what a coding or a framing packs.

Nothing here raises, whatever the bytes, and nothing reads more of them than is said here.
"""

from __future__ import annotations

import html
import json
import re
import zlib
from typing import Any

import msgspec

READ_BYTES = 64 * 1024
PARSE_BYTES = 1024 * 1024

_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,8}(?:;[^\r\n]*)?\r\n")
SPACE = re.compile(r"\s+")

# Where JSON error bodies say what happened, most telling first.
_MESSAGE_KEYS = (
    "message",
    "error",
    "detail",
    "details",
    "error_description",
    "errorMessage",
    "msg",
    "reason",
    "reasons",
    "title",
    "description",
    "exception",
    "exc_type",
    "code",
    "status",
    "errors",
)
# An escape of half a pair of surrogates: valid JSON (RFC 8259, section 8.2), as JSON.stringify writes an emoji that was
# cut in two.
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


def valid_json(body: bytes) -> bool:
    """Whether a body is JSON that this parser only cannot hold:
    numbers of any size and halves of surrogate pairs are valid."""
    escaped = b"\\" in body and b"\\u" in body  # one byte is looked for many times as fast as two
    if len(body) > PARSE_BYTES and not escaped:
        return False  # no value was asked for: it breaks as JSON, not as this parser's
    try:
        msgspec.json.decode(_SURROGATE.sub(rb"\\u0041", body) if escaped else body, type=msgspec.Raw)
        body.decode()
    except (ValueError, RecursionError):
        return False
    return True


def json_value(body: bytes) -> Any:
    """The value of such a body as Python can hold it; None where it cannot. Any: it is whatever the sender wrote."""
    try:
        return json.loads(body) if len(body) <= PARSE_BYTES else None
    except (ValueError, RecursionError):
        return None


def one_line(text: str) -> str:
    """Latin-1 text of a page as the UTF-8 that it most likely is, unescaped, on one line."""
    return SPACE.sub(" ", html.unescape(text.encode("latin-1").decode("utf-8", "replace"))).strip()


def words_of(value: Any, depth: int = 0) -> list[str]:
    """The sentences of an error body, most telling key first. Any: any JSON value."""
    if isinstance(value, str):
        return [value]
    if depth > 3:
        return []
    if isinstance(value, list):
        return [word for item in value[:4] for word in words_of(item, depth + 1)]
    if isinstance(value, dict):
        low = {str(key): item for key, item in value.items()}
        keys = [key for key in _MESSAGE_KEYS if key in low]
        if not keys and depth:  # names of fields, each with what is wrong with it
            keys = list(low)[:4]
        return [word for key in keys for word in words_of(low[key], depth + 1)]
    return []


def inflated(body: bytes) -> bytes:
    """The first 64 KiB of what gzip or deflate packed; empty where neither did."""
    for window in (47, -15):  # gzip or zlib by its header; then raw deflate, which some servers send
        try:
            return zlib.decompressobj(window).decompress(body, READ_BYTES)
        except zlib.error:
            continue
    return b""


def dechunked(body: bytes) -> bytes:
    """A body without the chunk framing that an importer left in it; as it is where it has none."""
    if _CHUNK_SIZE.match(body) is None:
        return body
    parts, at = [], 0
    while (found := _CHUNK_SIZE.match(body, at)) is not None:
        size = int(found[0].split(b";")[0].strip(), 16)
        if size == 0:
            break
        parts.append(body[found.end() : found.end() + size])
        at = found.end() + size + 2
    return b"".join(parts)


def json_error(body: bytes) -> tuple[str, int]:
    """Why a body is not JSON, and the byte at which it stops being."""
    try:
        json.loads(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        return f"byte 0x{body[error.start]:02x} is not UTF-8", error.start
    except json.JSONDecodeError as error:
        return error.msg, len(error.doc[: error.pos].encode())
    except (ValueError, RecursionError):
        return "it nests too deeply", 0
    return "it is not valid JSON", 0
