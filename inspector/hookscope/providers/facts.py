"""What a delivery says, looked up by place and parsed once, on demand.

Nothing here raises for what a sender wrote. A body above `MAX_PARSED_BYTES` is not parsed: its places hold nothing.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from hookscope_relay.delivery import Delivery, Headers

MAX_PARSED_BYTES = 1 << 20
MAX_FIELDS = 1000
MAX_DEPTH = 12
BOUNDARY = re.compile(r"boundary=(?:\"([^\"]{1,70})\"|([^\s;\"]{1,70}))", re.IGNORECASE)
FIELD_NAME = re.compile(rb"form-data;[^\r\n]{0,20}? ?name=\"([^\"\r\n]{0,200})\"", re.IGNORECASE)

_UNREAD: Any = object()  # Any: stands for a value of every type until that is read


class Facts:
    """The headers, query, form and JSON of a delivery."""

    __slots__ = ("_form", "_headers", "_json", "_query", "delivery")

    def __init__(self, delivery: Delivery) -> None:
        self.delivery = delivery
        self._headers: dict[str, list[str]] | None = None
        self._json: Any = _UNREAD
        self._form: dict[str, list[str]] | None = None
        self._query: dict[str, list[str]] | None = None

    @property
    def headers(self) -> dict[str, list[str]]:
        """Header values by lower-case name, in order."""
        if self._headers is None:
            self._headers = index_headers(self.delivery.headers)
        return self._headers

    def header(self, name: str) -> str:
        """The first value of a header, its name in any case; empty where it is absent."""
        values = (self._headers or self.headers).get(name.lower())
        return values[0].strip(" \t") if values else ""

    @property
    def json(self) -> Any:  # Any: JSON is of every type
        """The body as JSON, a form's `payload` included; None where it is none, or too large."""
        if self._json is _UNREAD:
            self._json = self._read_json()
        return self._json

    @property
    def form(self) -> dict[str, list[str]]:
        """The fields of a urlencoded or multipart body; of the latter without files."""
        if self._form is None:
            kind = self.header("content-type")
            if "multipart/form-data" in kind.lower():
                self._form = parse_parts(self.delivery.body, kind)
            else:
                self._form = parse_fields(self.delivery.body) if "urlencoded" in kind.lower() else {}
        return self._form

    @property
    def query(self) -> dict[str, list[str]]:
        """The fields of the target's query."""
        if self._query is None:
            self._query = parse_fields(self.delivery.query.encode("latin-1", "replace"))
        return self._query

    def look(self, place: str) -> Any:  # Any: what stands there decides
        """The value at a place (`header.X`, `body.a.b`, `form.a`, `query.a`); None where nothing stands there."""
        where, _, name = place.partition(".")
        if where == "header":
            return self.header(name) or None
        if where == "body":
            return descend(self.json, name)
        fields = self.form if where == "form" else self.query if where == "query" else {}
        values = fields.get(name)
        return values[0] if values else None

    def text(self, place: str) -> str:
        """The value at a place as text; empty for nothing, a list or an object."""
        return as_text(self.look(place))

    def _read_json(self) -> Any:
        body = self.delivery.body
        if len(body) > MAX_PARSED_BYTES:
            return None
        if body[:1] not in b"{[ \n\r\t\xef" or not body:
            payload = self.form.get("payload") if body else None
            body = payload[0].encode("utf-8", "replace") if payload else b""
        return read_json(body)


def index_headers(headers: Headers) -> dict[str, list[str]]:
    """Header values by lower-case name, in order."""
    index: dict[str, list[str]] = {}
    for name, value in headers:
        index.setdefault(name.lower(), []).append(value)
    return index


def read_json(body: bytes) -> Any:  # Any: JSON is of every type
    """The JSON value of a body; None where it is none."""
    try:
        return msgspec.json.decode(body)
    except (ValueError, RecursionError):
        pass
    try:
        # Large integers and lone surrogates, which the fast reader refuses, still carry an id and a type.
        return json.loads(body) if body else None
    except (ValueError, RecursionError):
        return None


def parse_fields(data: bytes) -> dict[str, list[str]]:
    """The fields of urlencoded bytes; empty for more than `MAX_FIELDS` or `MAX_PARSED_BYTES`."""
    if not data or len(data) > MAX_PARSED_BYTES:
        return {}
    fields: dict[str, list[str]] = {}
    try:
        pairs = parse_qsl(data.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        return {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


def parse_parts(data: bytes, media_type: str) -> dict[str, list[str]]:
    """The fields of multipart bytes but files (RFC 7578); empty for more than `MAX_FIELDS` or `MAX_PARSED_BYTES`."""
    boundary = BOUNDARY.search(media_type)
    if boundary is None or len(data) > MAX_PARSED_BYTES:
        return {}
    parts = data.split(b"--" + (boundary[1] or boundary[2]).encode("latin-1", "replace"), MAX_FIELDS + 2)
    fields: dict[str, list[str]] = {}
    for part in parts[1:] if len(parts) <= MAX_FIELDS + 2 else ():
        head, blank, value = part.partition(b"\r\n\r\n")
        name = FIELD_NAME.search(head)
        if blank and name is not None and b"filename" not in head:
            text = value.removesuffix(b"\r\n").decode("utf-8", "replace")
            fields.setdefault(name[1].decode("utf-8", "replace"), []).append(text)
    return fields


def descend(value: Any, path: str) -> Any:
    """The value under a dotted path of keys and list numbers; None where the path leads nowhere."""
    for step in path.split(".", MAX_DEPTH):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isascii() and step.isdigit() and int(step[:6]) < len(value):
            value = value[int(step[:6])]
        else:
            return None
    return value


def as_text(value: Any) -> str:
    """A scalar as text, as JSON writes it; empty for None, a list or an object."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        try:
            return str(value)
        except ValueError:  # an integer of more digits than Python prints
            return ""
    return ""
