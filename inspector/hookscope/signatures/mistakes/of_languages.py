"""A body as a language writes the value that holds it: bytes and texts that were turned into text once more."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from urllib.parse import unquote

MOST_BYTES = 1 << 18

LanguageMistake = tuple[str, str, bytes]


def language_mistakes(body: bytes) -> Iterator[LanguageMistake]:
    """The texts that Python, JavaScript and others make of a body's bytes, each as (mistake id, detail, bytes)."""
    if not body or len(body) > MOST_BYTES:
        return
    yield "body-reserialized", "bytes turned into text by Python, b'…'", repr(body).encode()
    listed = json.dumps({"type": "Buffer", "data": list(body)}, separators=(",", ":"))
    yield "body-reserialized", "a Buffer turned into JSON by JavaScript", listed.encode()
    yield "body-reserialized", "the bytes' numbers joined by commas", ",".join(map(str, body)).encode()
    yield "body-reserialized", "the bytes as hexadecimal digits", body.hex().encode()
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return
    for name, is_ascii in (("unicode", False), ("escaped", True)):
        written = json.dumps(text, ensure_ascii=is_ascii)
        yield "body-reserialized", f"the text as one JSON string, {name}", written.encode("utf-8", "surrogatepass")
    for name, quote in (("", True), (", but for quotes", False)):
        yield "body-reserialized", f"escaped for HTML{name}", html.escape(text, quote).encode()
    yield "body-reserialized", "escaped for HTML as PHP does", html.escape(text).replace("&#x27;", "&#039;").encode()
    if "=" in text and text[:1] not in "{[<":
        decoded = unquote(text).encode("utf-8", "surrogatepass")
        yield "body-form-reencoded", "decoded as by decodeURIComponent, plus signs kept", decoded
