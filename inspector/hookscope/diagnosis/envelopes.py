"""What the JSON body of a success says of itself: which of its keys says that it is none."""

from __future__ import annotations

import re
from typing import Any

# Why a handler may leave an event be, and be right.
_LEFT_BE = re.compile(
    r"\b(ignor\w+|skipp\w+|irrelevant|no action|duplicate|already|unhandled|not (subscribed|relevant|interested|needed|of interest))\b",
    re.I,
)
_NOTHING: tuple[object, ...] = (None, "", [], {}, False, 0, "none", "None", "null", "no error", "No error")
_FALSE_KEYS = ("ok", "success", "successful", "succeeded", "accepted", "processed", "received")
_BAD_STATES = frozenset(
    {"error", "err", "fail", "failed", "failure", "rejected", "invalid", "denied", "unauthorized", "forbidden", "ko"}
)

# Keys of an envelope that carries an event onwards, and not what became of it (CloudEvents 1.0).
_CLOUD_EVENT = frozenset({"specversion", "id", "source", "type"})


def envelope(body: Any) -> dict[str, Any] | None:  # Any: JSON values
    """The object that says how it went: the first of a batch (tRPC, JSON-RPC), or what a CloudEvent carries."""
    first = body[0] if isinstance(body, list) and body else body
    if not isinstance(first, dict):
        return None
    if first.keys() >= _CLOUD_EVENT:
        first = first.get("data")
    return first if isinstance(first, dict) else None


def false_key(body: dict[str, Any]) -> str:  # Any: JSON values
    """The key by which a JSON body says that it is no success; empty where it says no such thing."""
    said = {key: body.get(key) for key in _FALSE_KEYS if key in body}
    acknowledged = any(value is True for value in said.values())
    for key, value in said.items():
        left_be = key == "processed" and (acknowledged or any(map(_says_why, body.values())))
        if (value is False or value == "false") and not left_be:
            return key
    if acknowledged:
        return ""
    for key in ("status", "result", "state", "outcome"):
        value = body.get(key)
        if isinstance(value, str) and value.lower() in _BAD_STATES:
            return key
        if key == "status" and isinstance(value, int) and not isinstance(value, bool) and 400 <= value < 600:
            return key
    code = body.get("statusCode", body.get("status_code", body.get("code")))
    if isinstance(code, int) and not isinstance(code, bool) and 400 <= code < 600:
        return next(key for key in ("statusCode", "status_code", "code") if key in body)
    return next((key for key in ("error", "errors", "exception") if body.get(key) not in _NOTHING), "")


def _says_why(value: Any) -> bool:  # Any: a JSON value
    return isinstance(value, str) and _LEFT_BE.search(value) is not None
