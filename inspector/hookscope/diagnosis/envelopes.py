"""What JSON bodies say of themselves: by which key a success is none, and in whose form an error is written."""

from __future__ import annotations

import re
from typing import Any

# Why a handler may leave an event be, and be right.
_LEFT_BE = re.compile(
    r"\b(ignor\w+|skipp\w+|irrelevant|no action|duplicate|already|unhandled|not"
    r" (subscribed|relevant|interested|needed|of interest))\b",
    re.I,
)
_NOTHING: tuple[object, ...] = (None, "", [], {}, False, 0, "none", "None", "null", "no error", "No error")
_FALSE_KEYS = ("ok", "success", "successful", "succeeded", "accepted", "processed", "received")
_BAD_STATES = frozenset(
    {"error", "err", "fail", "failed", "failure", "rejected", "invalid", "denied", "unauthorized", "forbidden", "ko"}
)

# The keys by which validation of frameworks names the place of a fault (pydantic, ajv, msgspec, Bean Validation,
# Symfony).
_PLACES = frozenset(
    {"loc", "instancePath", "schemaPath", "keyword", "source", "defaultMessage", "propertyPath", "rule"}
)

# The keys under which middlewares say which part of a request their schema refuses (celebrate, Elysia, Flask-RESTX).
_PARTS = frozenset({"body", "payload", "query", "params", "headers", "on"})

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


_GRAPHQL = re.compile(r"\b(graphql|query|operation|mutation)\b", re.I)


def is_protocol_error(body: Any) -> bool:  # Any: a JSON value
    """Whether an error body is that of a GraphQL server that found no operation,
    or JSON-RPC's (5.1 of its specification)."""
    if not isinstance(body, dict):
        return False
    errors = body.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], dict) and "data" not in body:
        return bool(_GRAPHQL.search(str(errors[0].get("message", ""))))
    return "jsonrpc" in body and isinstance(body.get("error"), dict)


def lists_fields(body: Any) -> bool:  # Any: a JSON value
    """Whether an error body lists fields and what is wrong with them, as validation of frameworks does."""
    if not isinstance(body, dict):
        return _of_fields(body)
    named = [body.get(key) for key in ("detail", "errors", "issues", "violations", "invalidParams", "extra")]
    return (
        any(_of_fields(value) for value in named)
        or (isinstance(body.get("message"), list) and "statusCode" in body)
        or _of_parts(body.get("validation"))
        or (body.get("type") == "validation" and "on" in body)
    )


_MISSING = re.compile(r"missing[ _-]?(fields?|params?|parameters?|keys?|properties|values?)?", re.I)


def missing_key(body: Any) -> str:  # Any: a JSON value
    """The key under which an error body names what it misses (`{"missing": ["tenant"]}`); empty where it has none."""
    said = body.items() if isinstance(body, dict) else ()
    return next((key for key, value in said if _MISSING.fullmatch(key) and value and isinstance(value, str | list)), "")


def _of_parts(value: Any) -> bool:  # Any: a JSON value
    """Whether a value says for each part of a request what is wrong with it."""
    return isinstance(value, dict) and bool(_PARTS & set(value))


def _of_fields(value: Any) -> bool:  # Any: a JSON value
    if isinstance(value, dict):
        return bool(value) and all(isinstance(item, list) or _of_fields(item) for item in value.values())
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict) and bool(_PLACES & set(value[0]))
