"""A body's secrets by the body's kind: JSON, form, multipart, words; and bodies that are packed.

A packed body (Content-Encoding) that holds a secret is kept unpacked, because no two versions of a packer write the
same bytes. One that cannot be unpacked, is in UTF-16, or is made of secrets or values without end is left out, and the
caller is told why.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from hookscope.payload.kinds import classify, media_type_of
from hookscope.payload.unpack import decompress, encodings_of
from hookscope.tools.redaction.spans import TooMuch
from hookscope.tools.redaction.sweep import Sweep, encoded
from hookscope_relay.delivery import Headers, header, without

Reading: TypeAlias = Literal["multipart", "json", "form", "words", "bytes"]

MAX_KINDS = 3

# `a=b&c=d` without a type that says so.
_FORM_LIKE = re.compile(rb"[^\s=&]{1,100}+=[^\s]*+")
_UNREAD_CHARSET = re.compile(r"utf-?(?:16|32|7)|ucs-?[24]", re.IGNORECASE)
_BOMS = (b"\xff\xfe", b"\xfe\xff")
_UTF8_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class SweptBody:
    """The body, the headers that describe it, and why it could not be looked into (then it is empty)."""

    body: bytes
    headers: Headers
    unreadable: str = ""


def sweep_body(sweep: Sweep, headers: Headers, body: bytes, at: str) -> SweptBody:
    """The body without secrets; it and the headers are the same objects where there was none."""
    if not body:
        return SweptBody(body, headers)
    packings = encodings_of(headers)
    plain = decompress(body, packings) if packings else None
    content = plain.body if plain is not None else body
    if reason := plain.flaw if plain is not None and plain.flaw else _why_unread(headers, content):
        return _left_out(sweep, headers, reason, at)
    sweep.narrow(content)
    mark = _UTF8_BOM if content.startswith(_UTF8_BOM) else b""
    try:
        new = mark + _swept(sweep, without(headers, ("content-encoding",)), content[len(mark) :], at)
    except TooMuch as much:
        return _left_out(sweep, headers, f"it {much}", at)
    finally:
        sweep.narrow(None)
    if new == content:
        return SweptBody(body, headers)
    if plain is None:
        return SweptBody(new, headers)
    sweep.places[f"{at}header:Content-Encoding"] = None
    return SweptBody(new, without(headers, ("content-encoding",)))


def _why_unread(headers: Headers, content: bytes) -> str:
    """Why the content cannot be looked into; empty where it can."""
    if content.startswith(_BOMS) or _UNREAD_CHARSET.search(media_type_of(headers)[1].get("charset", "")):
        return "its text is in UTF-16 or another encoding that is not read"
    return ""


def _left_out(sweep: Sweep, headers: Headers, reason: str, at: str) -> SweptBody:
    sweep.places[f"{at}body"] = None
    return SweptBody(b"", headers, reason)


def _swept(sweep: Sweep, headers: Headers, content: bytes, at: str) -> bytes:
    """The content without secrets; read anew where it turned into another kind,
    as bytes do that were text but for a secret."""
    for _ in range(MAX_KINDS):
        reading = _reading(headers, content)
        new = _content(sweep, reading, headers, content, at)
        if new == content or _reading(headers, new) == reading:
            return new
        content = new
    return content


def _reading(headers: Headers, content: bytes) -> Reading:
    """How the content is read."""
    kind = classify(headers, content)
    if kind == "multipart":
        return "multipart"
    if kind == "json" or (kind in ("form", "text") and content[:100].lstrip()[:1] in (b"{", b"[")):
        return "json"
    if kind == "form" or (kind == "text" and _FORM_LIKE.fullmatch(content)):
        return "form"
    return "words" if kind in ("text", "xml") else "bytes"


def _content(sweep: Sweep, reading: Reading, headers: Headers, content: bytes, at: str) -> bytes:
    if reading == "multipart":
        return sweep.multipart(header(headers, "content-type") or "", content, at)
    if reading == "form":
        return sweep.fields(content, f"{at}form")
    if reading == "bytes" and sweep.looks_for_ascii:
        # A character a byte takes half the room, or a quarter.
        return sweep.text(content.decode("latin-1"), f"{at}body").encode("latin-1")
    text = content.decode("utf-8", "surrogateescape")
    if reading == "json":
        return encoded(sweep.json(text, f"{at}body:"))
    return encoded((sweep.loose if reading == "words" else sweep.text)(text, f"{at}body"))
