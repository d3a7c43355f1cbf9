"""What is done to a body between signing and checking, and undone here: each yields (mistake id, detail, bytes)."""

from __future__ import annotations

import gzip
import unicodedata
import zlib
from collections.abc import Iterator
from typing import TypeAlias
from urllib.parse import parse_qsl, quote, quote_plus, urlencode

from hookscope.providers.facts import MAX_FIELDS, Facts
from hookscope.signatures.mistakes.json_layouts import LIKELY, written
from hookscope.signatures.mistakes.json_rewrites import rewrites
from hookscope.signatures.mistakes.of_gateways import ascii_mistakes, base64_mistakes
from hookscope.signatures.mistakes.of_languages import language_mistakes

BodyMistake: TypeAlias = tuple[str, str, bytes]

BOM = b"\xef\xbb\xbf"
MAX_UNPACKED = 16 << 20
CHARSETS = ("latin-1", "cp1252", "utf-16-le", "utf-16-be", "utf-16", "shift_jis", "gb18030", "iso8859-15", "cp1251")


def body_mistakes(body: bytes, facts: Facts) -> Iterator[BodyMistake]:
    """Every known change of a body but itself, the cheap and likely ones first, each result once."""
    seen = {hash(body)}
    for source in (_edges, _line_ends, _packing, _base64, _forms, _charsets, _unicode_forms, _languages, _rewritten):
        for mistake, detail, changed in source(body, facts):
            if (mark := hash(changed)) not in seen:
                seen.add(mark)
                yield mistake, detail, changed


def edge_mistakes(body: bytes) -> Iterator[BodyMistake]:
    """The changes that come on top of others: a trailing newline, white space, a byte-order mark."""
    return ((mistake, detail, changed) for mistake, detail, changed in _edge_table(body) if changed != body)


def _edge_table(body: bytes) -> Iterator[BodyMistake]:
    if body:
        yield "body-newline-added", "a newline at the end more", body + b"\n"
        yield "body-newline-removed", "a newline at the end less", body.removesuffix(b"\n")
        yield "body-newline-removed", "a CRLF at the end less", body.removesuffix(b"\r\n")
        yield "body-newline-added", "a CRLF at the end more", body + b"\r\n"
        yield "body-trimmed", "white space around it removed", body.strip()
        yield "body-trimmed", "white space before it removed", body.lstrip()
        yield "body-trimmed", "white space after it removed", body.rstrip()
        yield "body-bom", "without the byte-order mark", body.removeprefix(BOM)
        yield "body-bom", "with a byte-order mark", BOM + body


def _edges(body: bytes, facts: Facts) -> Iterator[BodyMistake]:
    yield from _edge_table(body)
    yield "body-empty", "an empty body", b""
    if body in (b"", b"{}", b"null", b'""'):
        for stand_in in (b"{}", b"null", b'""', b"\n", b"[]"):
            yield "body-empty", f"{stand_in.decode().strip() or 'a newline'} in the place of an empty body", stand_in


def _line_ends(body: bytes, facts: Facts) -> Iterator[BodyMistake]:
    if b"\n" in body or b"\r" in body:
        bare = body.replace(b"\r\n", b"\n")
        yield "body-crlf", "CRLF made LF", bare
        yield "body-crlf", "LF made CRLF", bare.replace(b"\n", b"\r\n")
        yield "body-crlf", "CR made LF", bare.replace(b"\r", b"\n")
        yield "body-crlf", "line ends removed", bare.replace(b"\n", b"")


def _packing(body: bytes, facts: Facts) -> Iterator[BodyMistake]:
    for name, window in (("gzip", 31), ("deflate", 15), ("raw deflate", -15)):
        looks = (window == 31 and body[:2] == b"\x1f\x8b") or (window == 15 and body[:1] == b"\x78") or window == -15
        if looks and (window > 0 or "deflate" in facts.header("content-encoding")):
            unpacked = _unpack(body, window)
            if unpacked is not None:
                yield "body-decompressed", f"the body unpacked ({name})", unpacked
    if body and body[:2] != b"\x1f\x8b" and len(body) <= 1 << 18:
        for level in (6, 9, 1):
            packed = gzip.compress(body, level, mtime=0)
            yield "body-compressed", f"the body packed (gzip, level {level})", packed
            # Python writes "unknown" where zlib and Node name the system (RFC 1952, OS).
            yield "body-compressed", f"the body packed (gzip, level {level})", packed[:9] + b"\xff" + packed[10:]
        yield "body-compressed", "the body packed (deflate)", zlib.compress(body)


def _unpack(body: bytes, window: int) -> bytes | None:
    unpacker = zlib.decompressobj(window)
    try:
        unpacked = unpacker.decompress(body, MAX_UNPACKED)
    except zlib.error:
        return None
    return unpacked if unpacker.eof else None


def _forms(body: bytes, facts: Facts) -> Iterator[BodyMistake]:
    kind = facts.header("content-type").lower()
    if b"=" not in body or body[:1] in b"{[<" or ("urlencoded" not in kind and kind) or len(body) > 1 << 20:
        return
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        return
    filled = [(name, value) for name, value in pairs if value]
    for order, items in (("", pairs), (", sorted", sorted(pairs)), (", empty fields dropped", filled)):
        yield "body-form-reencoded", f"space as +{order}", urlencode(items, quote_via=quote_plus).encode()
        yield "body-form-reencoded", f"space as %20{order}", urlencode(items, quote_via=quote).encode()
        browser = urlencode(items, quote_via=quote_plus, safe="*-._").replace("~", "%7E")
        yield "body-form-reencoded", f"as browsers write it{order}", browser.encode()
        script = urlencode(items, quote_via=quote, safe="!'()*~")
        yield "body-form-reencoded", f"as encodeURIComponent writes it{order}", script.encode()
        bare = "&".join(f"{name}={value}" for name, value in items)
        yield "body-form-reencoded", f"decoded, not encoded again{order}", bare.encode("utf-8", "surrogatepass")
    yield from _form_as_json(pairs)
    for name, value in pairs[:20]:
        if value[:1] in ("{", "["):
            yield "body-form-reencoded", f"the field {name[:40]} alone", value.encode("utf-8", "surrogatepass")


def _form_as_json(pairs: list[tuple[str, str]]) -> Iterator[BodyMistake]:
    """The fields as the JSON object that frameworks make of them: of a repeated one all values, or the last."""
    every: dict[str, list[str]] = {}
    for name, value in pairs:
        every.setdefault(name, []).append(value)
    listed = {name: values if len(values) > 1 else values[0] for name, values in every.items()}
    for fields in (listed, dict(pairs)):
        for layout in LIKELY[:2]:
            for escapes, text in written(fields, layout, str):
                yield "body-form-reencoded", f"as JSON, {layout.name}, {escapes}", text.encode("utf-8", "surrogatepass")


def _base64(body: bytes, facts: Facts) -> Iterator[BodyMistake]:
    return base64_mistakes(body)


def _languages(body: bytes, facts: Facts) -> Iterator[BodyMistake]:
    return language_mistakes(body)


def _rewritten(body: bytes, facts: Facts) -> Iterator[BodyMistake]:
    yield from rewrites(body)


def _charsets(body: bytes, facts: Facts) -> Iterator[BodyMistake]:
    if body.isascii() and b"\\u" not in body:
        for charset in ("utf-16-le", "utf-16-be", "utf-16"):
            yield "body-charset", f"written as {charset}", body.decode("ascii").encode(charset)
        return
    for charset in CHARSETS:
        yield from _recoded(body, charset)
    for name, errors in (("ignored", "ignore"), ("replaced by ?", "replace")):
        text = body.decode("utf-8", "replace")
        yield "body-charset", f"what is not ASCII {name}", text.encode("ascii", errors)
    yield "body-charset", "what is not UTF-8 replaced", body.decode("utf-8", "replace").encode()
    yield from ascii_mistakes(body)


def _recoded(body: bytes, charset: str) -> Iterator[BodyMistake]:
    for source, target in (("utf-8", charset), (charset, "utf-8")):
        for errors in ("strict", "replace"):
            try:
                text = body.decode(source)
                yield "body-charset", f"read as {source}, written as {target}", text.encode(target, errors)
                break
            except (UnicodeError, LookupError):
                continue


def _unicode_forms(body: bytes, facts: Facts) -> Iterator[BodyMistake]:
    if body.isascii():
        return
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        yield "body-unicode-form", form, unicodedata.normalize(form, text).encode("utf-8", "surrogatepass")
