"""Request and answer as rules read them: headers by lower-case name, the body as text whose offsets are byte offsets.

Texts for matching are latin-1, so that a position in them is a byte offset. Only the first 64 KiB of an answer's body
and, above 1 MiB, only the form of a request's body are looked at. Nothing here raises, whatever the bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import msgspec

from hookscope.diagnosis.body_bytes import (
    PARSE_BYTES,
    READ_BYTES,
    SPACE,
    dechunked,
    inflated,
    json_error,
    json_value,
    one_line,
    valid_json,
    words_of,
)
from hookscope.diagnosis.names import told
from hookscope.diagnosis.once import once
from hookscope_relay.delivery import Answer, Delivery, Headers

MESSAGE_CHARACTERS = 600

JsonState: TypeAlias = Literal["empty", "json", "broken", "other", "partial"]

_TITLE = re.compile(r"<title[^<>]{0,200}>(.{0,300}?)</title>", re.I | re.S)
_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style|head|svg|noscript)\b.*?(?:</\1\s*>|\Z)", re.I | re.S)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_AROUND_SIGNS = re.compile(r" *([{}\[\],:]) *")
_BLANKS = bytes.maketrans(b"\t\r\n\f", b"    ")


def first_values(headers: Headers) -> dict[str, str]:
    """The first value of each header by lower-case name."""
    values: dict[str, str] = {}
    for name, value in headers:
        values.setdefault(name.lower(), value)
    return values


def media_type(content_type: str) -> str:
    """A content type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def is_json_type(media: str) -> bool:
    """Whether a media type says JSON (RFC 6839's +json included)."""
    return media in {"application/json", "text/json", "application/x-json"} or media.endswith("+json")


class RequestView:
    """The delivery, as rules read it."""

    def __init__(self, delivery: Delivery) -> None:
        self.delivery = delivery
        self.method = delivery.method.upper()
        self.headers = first_values(delivery.headers)
        self.media = media_type(self.headers.get("content-type", ""))

    def get(self, name: str) -> str:
        """A header's first value by lower-case name; empty where it is absent."""
        return self.headers.get(name, "")

    @property
    def path(self) -> str:
        return self.delivery.path

    @once
    def charset(self) -> str:
        """The charset that Content-Type names, in lower case; empty where it names none."""
        found = re.search(r'charset\s*=\s*"?([^\s";]+)', self.get("content-type"), re.I)
        return found[1].lower() if found else ""

    @once
    def body(self) -> bytes:
        """The body without chunk framing that an importer left in it."""
        body = self.delivery.body
        return dechunked(body) if "chunked" in self.get("transfer-encoding").lower() else body

    @once
    def partial(self) -> bool:
        """Whether the capture holds less than Content-Length announces."""
        announced = self.get("content-length").strip()
        return announced.isdecimal() and len(announced) < 16 and int(announced) > len(self.delivery.body)

    @once
    def size(self) -> int:
        """How many bytes the sender announced or sent, the larger of the two."""
        announced = self.get("content-length").strip()
        return max(len(self.body), int(announced) if announced.isdecimal() and len(announced) < 16 else 0)

    @once
    def looks_json(self) -> bool:
        """Whether the body begins as a JSON object or array."""
        return self.body[:200].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["}

    @once
    def state(self) -> JsonState:
        """What the body is as JSON; `other` where neither it nor its content type claims to be."""
        return self._read[0]

    @property
    def json(self) -> Any:
        """The body's JSON value; None where it has none, or is larger than 1 MiB. Any:
        it is whatever the sender wrote."""
        return self._read[1]

    @once
    def json_error(self) -> tuple[str, int]:
        """Why the body is not JSON, and the byte at which it stops being; only for the state `broken`."""
        return json_error(self.body[:PARSE_BYTES])

    @once
    def _read(self) -> tuple[JsonState, Any]:
        if not self.body.strip():
            return "empty", None
        if self.get("content-encoding") or not (self.looks_json or is_json_type(self.media)):
            return "other", None
        if self.partial:
            return "partial", None
        return self._parsed()

    def _parsed(self) -> tuple[JsonState, Any]:
        try:
            if len(self.body) > PARSE_BYTES:
                msgspec.json.decode(self.body, type=msgspec.Raw)
                return "json", None
            return "json", msgspec.json.decode(self.body)
        except (ValueError, RecursionError):  # msgspec.DecodeError and UnicodeDecodeError are ValueErrors
            return ("json", json_value(self.body)) if valid_json(self.body) else ("broken", None)


class AnswerView:
    """The handler's answer, as rules read it."""

    def __init__(self, answer: Answer, method: str = "POST") -> None:
        self.answer = answer
        self.status = answer.status
        self.reason = answer.reason
        self.headers = first_values(answer.headers)
        self.media = media_type(self.headers.get("content-type", ""))
        self.method = method
        self._asked: dict[Callable[[AnswerView], bool], bool] = {}

    def get(self, name: str) -> str:
        """A header's first value by lower-case name; empty where it is absent."""
        return self.headers.get(name, "")

    def shared(self, question: Callable[[AnswerView], bool]) -> bool:
        """The answer to a question about this view alone: asked once, for all cases that share the view."""
        found = self._asked.get(question)
        if found is None:
            found = self._asked[question] = question(self)
        return found

    def spelt(self, name: str) -> str:
        """A header's name as it was written."""
        return next((key for key, _ in self.answer.headers if key.lower() == name), name)

    @once
    def told(self) -> str:
        """What the headers say of who made or carried the answer, in lower case."""
        return told(self.headers)

    @once
    def encoded(self) -> bool:
        """Whether `text` is not the body's own bytes, so that positions in it mean nothing outside."""
        return self.get("content-encoding").lower() not in {"", "identity"}

    @once
    def body(self) -> bytes:
        """The first 64 KiB of the body, unpacked where it is gzip or deflate; empty for other encodings."""
        coding = self.get("content-encoding").strip().lower()
        if not self.encoded:
            return self.answer.body[:READ_BYTES]
        if coding not in {"gzip", "x-gzip", "deflate"}:
            return b""
        return inflated(self.answer.body)

    @once
    def text(self) -> str:
        """The body as latin-1: a position in it is a byte offset."""
        return self.body.decode("latin-1")

    @once
    def low(self) -> str:
        """The text in lower case with every white space as a blank, of the same length."""
        return self.body.lower().translate(_BLANKS).decode("latin-1")

    @once
    def compact(self) -> str:
        """A JSON body in lower case without blanks around its signs, so that one text fits however it was written;
        else empty."""
        return _AROUND_SIGNS.sub(r"\1", self.stripped) if self.stripped[:1] in {"{", "["} else ""

    def says(self, text: str) -> bool:
        """Whether the body holds a text in lower case, JSON however it is spaced."""
        return text in self.low or text in self.compact

    @once
    def stripped(self) -> str:
        """The text in lower case without white space around it."""
        return self.low.strip()

    @once
    def empty(self) -> bool:
        return not self.answer.body.strip()

    @once
    def is_html(self) -> bool:
        start = self.low[:512].lstrip()
        return start.startswith(("<!doctype html", "<html", "<head", "<!--")) or (
            self.media in {"text/html", "application/xhtml+xml"} and "<" in start and ">" in self.low
        )

    @once
    def json(self) -> Any:
        """The body's JSON value, or None. Any: it is whatever the handler wrote."""
        if self.body.lstrip()[:1] not in {b"{", b"["} or len(self.answer.body) > READ_BYTES:
            return None
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @once
    def title(self) -> str:
        """The HTML title, unescaped and on one line; empty where there is none."""
        found = _TITLE.search(self.text)
        return one_line(found[1]) if found else ""

    @once
    def visible(self) -> str:
        """What a person reads of the body: HTML without markup, else the text; on one line, of bounded length."""
        text = self.text
        if self.is_html:
            text = _TAG.sub(" ", _HIDDEN.sub(" ", text[: READ_BYTES // 2]))
        return one_line(text)[:MESSAGE_CHARACTERS]

    @once
    def message(self) -> str:
        """What the answer says in words: a JSON body's message, an HTML page's title and text, the text of XML,
        or the plain text."""
        if self.json is not None:
            words = words_of(self.json) or (words_of([self.json]) if self.answer.status >= 400 else [])
            return SPACE.sub(" ", " · ".join(words)).strip()[:MESSAGE_CHARACTERS]
        if self.is_html:
            return f"{self.title} {self.visible}".strip()[:MESSAGE_CHARACTERS]
        if self.low.lstrip().startswith("<?xml"):
            return one_line(_TAG.sub(" ", self.text[: READ_BYTES // 2]))[:MESSAGE_CHARACTERS]
        return self.visible


# What equal answers share: few and short ones, since handlers say the same again and again.
VIEWS = 128
VIEW_BYTES = 2048
_views: dict[tuple[object, ...], AnswerView] = {}


def view_of(answer: Answer, method: str) -> AnswerView:
    """The view of an answer; equal answers, whatever their Date, share one and what was read from it."""
    if len(answer.body) > VIEW_BYTES or len(answer.headers) > VIEWS:
        return AnswerView(answer, method)
    undated = tuple(
        [(name, "") if name in _DATES and len(value) == 29 else (name, value) for name, value in answer.headers]
    )
    key = (answer.status, answer.reason, answer.body, method, undated)
    found = _views.get(key)
    if found is None:
        if len(_views) >= VIEWS:
            _views.clear()
        found = _views[key] = AnswerView(answer, method)
    return found


_DATES = frozenset({"Date", "date"})
