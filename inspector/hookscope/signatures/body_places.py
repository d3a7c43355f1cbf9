"""Writes a text into a body at a place, for signatures and timestamps that stand inside it."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlencode

from hookscope.providers.facts import read_json
from hookscope_relay.errors import InputError


def put_in_body(body: bytes, place: str, value: str) -> bytes:
    """The body with a text at a place (`body.a.b` of JSON, `form.a` of a urlencoded or multipart form).

    JSON is written again compactly.

    `InputError` where the body has no room for it.
    """
    where, _, path = place.partition(".")
    if where == "form" and body.startswith(b"--"):
        return _put_in_part(body, path, value)
    if where == "form":
        pairs = [pair for pair in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True) if pair[0] != path]
        return urlencode([*pairs, (path, value)], errors="replace").encode()
    data = read_json(body)
    if not isinstance(data, dict):
        raise InputError("the body is no JSON object, and the signature belongs inside it", "give another body")
    put_in_value(data, path, value)
    return write_json(data)


def _put_in_part(body: bytes, name: str, value: str) -> bytes:
    """A multipart body (RFC 7578) with another value in the part of a name."""
    part = re.compile(
        rb'(form-data; name="' + re.escape(name.encode()) + rb'"\r\n(?:[^\r\n]+\r\n)*\r\n).*?(?=\r\n--)', re.S
    )
    if part.search(body) is None:
        raise InputError(
            f"the multipart body has no field {name}, and the signature belongs there", "give another body"
        )
    return part.sub(lambda found: found[1] + value.encode("utf-8", "replace"), body, count=1)


def put_in_value(data: Any, path: str, value: str) -> None:  # Any: JSON is of every type
    """Set a text under a dotted path of a JSON value, with objects made on the way;
    `InputError` where something else stands there."""
    *steps, last = path.split(".")
    try:
        for step in steps:
            data = data[int(step)] if isinstance(data, list) else data.setdefault(step, {})
        data[last] = value
    except (AttributeError, TypeError, ValueError, IndexError):
        raise InputError(f"the body has something else where {path} belongs", "give another body") from None


def write_json(data: Any) -> bytes:
    """A JSON value as compact UTF-8."""
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")
