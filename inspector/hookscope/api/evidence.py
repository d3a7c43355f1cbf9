"""Evidence: the ids in a delivery and in a call, in one spelling, so that the one can be found in the other."""

from __future__ import annotations

import re
from urllib.parse import unquote

# So much of a body is looked at, and so many ids are kept of one message.
LOOKED_AT = 64 * 1024
MOST = 400

# A UUID with or without dashes; else a word that is long enough to name one thing, with a digit in it.
_UUID = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}(?![0-9a-fA-F])")
_WORD = re.compile(r"(?<![A-Za-z0-9_])(?=[A-Za-z0-9_]*[0-9])[A-Za-z0-9_]{4,64}(?![A-Za-z0-9_])")
_DASHED = re.compile(r"(?<![\w-])(?=[\w-]*[0-9])[A-Za-z0-9]+(?:[-.][A-Za-z0-9]+){1,6}(?![\w-])")
# Dates, times and versions name nothing.
_NO_ID = re.compile(r"(?:19|20)\d\d(?:-?\d\d(?:-?\d\d)?)?|v\d{1,3}|\d+\.\d+.*|[0-9a-fA-F]{4}")
_TIME = re.compile(r"(?:19|20)\d\d-\d\d-\d\dT[\d:.]{2,20}(?:Z|[+-]\d\d:?\d\d)?")
_BOT = re.compile(rb'\{\s*"id"\s*:\s*"([0-9a-f-]{32,36})"\s*,\s*"type"\s*:\s*"bot"')
_TRACE = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


def ids_in(*texts: str | bytes) -> frozenset[str]:
    """The ids that stand in texts, at most `MOST`: UUIDs without dashes in lower case, other words as they are."""
    found: dict[str, None] = {}
    for text in texts:
        part = text[:LOOKED_AT]
        whole = part.decode("utf-8", "replace") if isinstance(part, bytes) else unquote(part)
        for match in _UUID.finditer(whole):
            found[match[0].replace("-", "").lower()] = None
        rest = _TIME.sub(" ", _UUID.sub(" ", whole))
        for pattern in (_DASHED, _WORD):
            for match in pattern.finditer(rest):
                if not _NO_ID.fullmatch(match[0]):
                    found[match[0]] = None
        if len(found) > MOST:
            break
    return frozenset(list(found)[:MOST])


def trace_of(value: str | None) -> str:
    """The trace id of a `traceparent` header (W3C Trace Context); empty where there is none."""
    match = _TRACE.fullmatch((value or "").strip().lower())
    return match[1] if match else ""


def bots_in(body: bytes) -> frozenset[str]:
    """The bots that a delivery of Notion lists under `accessible_by`; none where it lists nobody."""
    start = body.find(b'"accessible_by"', 0, LOOKED_AT)
    listed = body[start : body.find(b"]", start)] if start >= 0 else b""
    return frozenset(match[1].decode("ascii", "replace") for match in _BOT.finditer(listed))
