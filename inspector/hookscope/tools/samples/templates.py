"""Fills the placeholders of a sample.

A placeholder is `${KIND}`, with a length where the kind has one (`${alnum24}`), a shift in seconds where it is a time
(`${seconds+3600}`) and a name (`${uuid:page}`). What is named belongs to the object that events tell of and is the same
wherever it stands, and in every event of that object; what is not named belongs to one event. The same seed always
gives the same values. A text that is one placeholder and nothing else becomes a number where the kind is one.
"""

from __future__ import annotations

import hashlib
import json
import re
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from hookscope.providers.facts import BOUNDARY
from hookscope.tools.samples.sample import Sample, Writing
from hookscope_relay.errors import InputError

PLACEHOLDER = re.compile(r"\$\{([a-z_]+)(\d*)([+-]\d+)?(?::([\w.-]+))?\}")
LETTERS = string.ascii_letters + string.digits
DEFAULT_LENGTH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceholderValues:
    """What the placeholders of one delivery stand for.

    `at` is when the event happened; `items` is how many edits an aggregating list holds.
    """

    seed: bytes
    object_seed: bytes
    at: float
    event: str
    attempt: int = 1
    items: int = 1
    secret: str = ""


def fill(template: Any, values: PlaceholderValues, path: str = "") -> Any:  # Any: JSON is of every type
    """A JSON template with its placeholders filled; `InputError` for one of an unknown kind."""
    if isinstance(template, dict):
        return {key: fill(value, values, f"{path}.{key}") for key, value in template.items()}
    if isinstance(template, list):
        return [fill(value, values, f"{path}.{index}") for index, value in enumerate(template)]
    return _fill_text(template, values, path) if isinstance(template, str) else template


def fill_text(template: str, values: PlaceholderValues, path: str = "") -> str:
    """A text with its placeholders filled."""
    return str(_fill_text(template, values, path))


def write_body(sample: Sample, values: PlaceholderValues) -> bytes:
    """The body's bytes, as the provider writes them."""
    if sample.form is not None:
        fields = {name: _field(value, sample.writing, values, name) for name, value in sample.form.items()}
        boundary = BOUNDARY.search(dict(sample.headers).get("Content-Type", ""))
        return write_parts(fields, boundary[1] or boundary[2]) if boundary else urlencode(fields).encode()
    if sample.text is not None:
        return fill_text(sample.text, values).encode()
    if sample.body is None:
        return b""
    body = _repeated(sample.body, sample.aggregates, values.items) if sample.aggregates else sample.body
    return _json(fill(body, values), sample.writing).encode()


def write_parts(fields: Mapping[str, str], boundary: str) -> bytes:
    """A multipart body of text fields (RFC 7578); a field whose name begins with `attachment-` goes in as a file."""
    parts = []
    for name, value in fields.items():
        file = f'; filename="{name}.txt"\r\nContent-Type: text/plain' if name.startswith("attachment-") else ""
        parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n{value}\r\n')
    return "".join([*parts, f"--{boundary}--\r\n"]).encode()


def _field(value: Any, writing: Writing, values: PlaceholderValues, name: str) -> str:
    filled = fill(value, values, name)
    return filled if isinstance(filled, str) else _json(filled, writing)


def _json(value: Any, writing: Writing) -> str:
    """JSON in the provider's hand; `escaped` is what PHP's json_encode writes, `lines` one event a line with CRLF."""
    if writing == "pretty":
        return json.dumps(value, indent=2, ensure_ascii=False)
    if writing == "spaced":
        return json.dumps(value)
    if writing == "lines" and isinstance(value, list):
        return "[" + ",\r\n".join([_json(one, "compact") for one in value]) + "]\r\n"
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=writing not in {"compact", "lines"})
    return text.replace("/", "\\/") if writing == "escaped" else text


def _repeated(body: Any, path: str, items: int) -> Any:
    """The body template whose list at a path holds its first item so many times."""
    name, _, rest = path.partition(".")
    if not name:
        return body[:1] * items
    return {**body, name: _repeated(body[name], rest, items)}


def _fill_text(template: str, values: PlaceholderValues, path: str) -> Any:
    if (whole := PLACEHOLDER.fullmatch(template)) is not None:
        return _value(whole, values, path)
    count = iter(range(len(template)))
    return PLACEHOLDER.sub(lambda match: str(_value(match, values, f"{path}#{next(count)}")), template)


def _value(match: re.Match[str], values: PlaceholderValues, path: str) -> Any:
    kind, length, shift, name = match.groups()
    if kind in MADE_UP:
        seed, key = (values.object_seed, name) if name else (values.seed, path)
        digest = hashlib.shake_256(seed + b"\0" + key.encode()).digest(64)
        return MADE_UP[kind](digest, int(length or DEFAULT_LENGTH))
    if kind in TIMES:
        return TIMES[kind](values.at + int(shift or 0))
    if kind in GIVEN:
        return GIVEN[kind](values)
    raise InputError(f"{match[0]} is not a placeholder of samples", f"use one of {', '.join(sorted(KINDS))}")


def _uuid(digest: bytes, _: int) -> str:
    digits = (digest[:6] + bytes([digest[6] & 15 | 64, digest[7], digest[8] & 63 | 128]) + digest[9:16]).hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _digits(digest: bytes, length: int) -> str:
    return str(int.from_bytes(digest[:32], "big") % (9 * 10 ** (length - 1)) + 10 ** (length - 1))


def _instant(at: float, timespec: str) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec=timespec).replace("+00:00", "Z")


MADE_UP: dict[str, Callable[[bytes, int], Any]] = {
    "uuid": _uuid,
    "hex": lambda digest, length: digest.hex()[:length],
    "upper": lambda digest, length: "".join(LETTERS[26:][byte % 36] for byte in digest[:length]),
    "alnum": lambda digest, length: "".join(LETTERS[byte % 62] for byte in digest[:length]),
    "digits": _digits,
    "number": lambda digest, length: int(_digits(digest, length)),
}
TIMES: dict[str, Callable[[float], Any]] = {
    "iso": lambda at: _instant(at, "milliseconds"),
    "iso_seconds": lambda at: _instant(at, "seconds"),
    "seconds": int,
    "millis": lambda at: int(at * 1000),
    "micros": lambda at: f"{at:.6f}",
    "date": lambda at: _instant(at, "seconds")[:10],
}
GIVEN: dict[str, Callable[[PlaceholderValues], Any]] = {
    "event": lambda values: values.event,
    "attempt": lambda values: values.attempt,
    "retry": lambda values: values.attempt - 1,
    "secret": lambda values: values.secret,
}
KINDS = frozenset({*MADE_UP, *TIMES, *GIVEN})
