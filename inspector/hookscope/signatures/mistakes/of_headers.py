"""Reads a received signature leniently: every digest that its header may stand for,
with the mistakes of form that reading it so implies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

from hookscope.providers.facts import Facts, as_text, descend
from hookscope.providers.provider import ASYMMETRIC, Scheme
from hookscope.signatures.keys import BASE64, BASE64URL, HEX, decode_base64, decode_hex
from hookscope.signatures.receive import MAX_ITEMS, MAX_SIGNATURES

Faults: TypeAlias = tuple[tuple[str, str], ...]

DIGEST_SIZES = frozenset({16, 20, 28, 32, 48, 64})
OTHER_PREFIX = re.compile(r"([A-Za-z][A-Za-z0-9_-]{0,19})\s*[=:,]\s*")
MAX_VALUE = 8192


class DigestReading(NamedTuple):
    """A digest (or signature) that the header may stand for, its text, and the faults of form, as (mistake id,
    detail)."""

    digest: bytes
    text: str
    faults: Faults = ()
    timestamp: str = ""
    item: Any = None  # Any: JSON is of every type


def read_leniently(scheme: Scheme, facts: Facts) -> list[DigestReading]:
    """Every reading of the scheme's signatures, those without faults first, each digest once."""
    readings: dict[bytes, DigestReading] = {}
    for text, faults, timestamp, item in _texts(scheme, facts):
        for digest, wrong in _decodings(scheme, text):
            reading = DigestReading(digest, text, faults + wrong, timestamp, item)
            known = readings.get(digest)
            if known is None or len(known.faults) > len(reading.faults):
                readings[digest] = reading
    return sorted(readings.values(), key=lambda reading: len(reading.faults))


def raw_texts(scheme: Scheme, facts: Facts) -> list[str]:
    """The received signature texts, without digest sizes being looked at: for a signature that was cut short."""
    return [text for text, faults, _, _ in _texts(scheme, facts) if not faults]


def stated_times(scheme: Scheme, facts: Facts) -> list[str]:
    """The timestamps that go with the signatures, readable or not, each once; one empty text where there is none."""
    return list(dict.fromkeys(timestamp for _, _, timestamp, _ in _texts(scheme, facts))) or [""]


def _texts(scheme: Scheme, facts: Facts) -> Iterator[tuple[str, Faults, str, Any]]:
    if scheme.items:
        listed, _, inner = scheme.items.partition(".*.")
        items = descend(facts.json, listed)
        for entry in items[:MAX_ITEMS] if isinstance(items, list) else ():
            item = descend(entry, inner) if inner else entry
            yield as_text(descend(item, scheme.field.removeprefix("item."))), (), "", item
        return
    outer = "" if scheme.timestamp_key or not scheme.timestamp else facts.text(scheme.timestamp)
    for value in _values(scheme, facts):
        if scheme.layout == "pairs":
            yield from _in_pairs(scheme, value, outer)
        else:
            for text, faults in _in_value(scheme, value):
                yield text, faults, outer, None


def _values(scheme: Scheme, facts: Facts) -> list[str]:
    if scheme.field:
        return [facts.text(scheme.field)]
    values: list[str] = []
    for name in scheme.headers:
        lower = name.lower()
        for key, found in facts.headers.items():
            if key == lower or (lower.endswith("*") and key.startswith(lower[:-1])):
                values += found
    return [value.strip()[:MAX_VALUE] for value in values[:MAX_SIGNATURES]]


def _in_value(scheme: Scheme, value: str) -> Iterator[tuple[str, Faults]]:
    entries = value.split(scheme.separator) if scheme.layout == "list" else [value]
    for entry in entries[:MAX_SIGNATURES]:
        yield from _after_prefix(scheme.prefix, entry.strip())
    if scheme.layout == "list" and len(entries) > 1:
        yield from _after_prefix(scheme.prefix, value)
    yield from _duplicated(scheme, value)


def _after_prefix(prefix: str, value: str) -> Iterator[tuple[str, Faults]]:
    bare = value.strip("\"'")
    if bare != value and bare:
        yield from (
            (text, (("header-malformed", "in quotes"), *faults)) for text, faults in _after_prefix(prefix, bare)
        )
        return
    if prefix and value.startswith(prefix):
        rest = value[len(prefix) :]
        yield rest, ()
        if rest.startswith(prefix):
            yield rest[len(prefix) :], (("prefix-doubled", f"{prefix} stands there twice"),)
        elif match := OTHER_PREFIX.match(rest):
            yield rest[match.end() :], (("prefix-other", f"{match[0].strip()} follows {prefix}"),)
        return
    match = OTHER_PREFIX.match(value)
    if match and value[match.end() :].strip("="):
        wanted = f"in the place of {prefix}" if prefix else "where none belongs"
        same = prefix and match[0].lower() == prefix.lower()
        detail = f"{match[0].strip()} {wanted}" + (", in another case" if same else "")
        yield value[match.end() :], (("prefix-other", detail),)
        yield from _twice(value, match[0])
    if prefix:
        yield value, (("prefix-missing", f"{prefix} is missing"),)
        if prefix[:-1] and value.startswith(prefix[:-1]):
            yield value[len(prefix) - 1 :].lstrip(" =:,"), (("prefix-other", f"written otherwise than {prefix}"),)
    else:
        yield value, ()


def _twice(value: str, prefix: str) -> Iterator[tuple[str, Faults]]:
    if value.startswith(prefix * 2):
        yield value[2 * len(prefix) :], (("prefix-doubled", f"{prefix} stands there twice"),)


def _duplicated(scheme: Scheme, value: str) -> Iterator[tuple[str, Faults]]:
    """One value written twice: repeated headers joined by a proxy, or pasted twice."""
    halves = [part.strip() for part in value.split(",")]
    half = len(value) // 2
    single = ""
    if len(halves) > 1 and len(set(halves)) == 1 and scheme.layout != "list":
        single = halves[0]
    elif value and value[:half] == value[half:]:
        single = value[:half]
    for text, faults in _after_prefix(scheme.prefix, single) if single else ():
        yield text, (("signature-duplicated", "the value stands there twice"), *faults)


def _in_pairs(scheme: Scheme, value: str, outer: str) -> Iterator[tuple[str, Faults, str, Any]]:
    groups = value.split(scheme.group) if scheme.group and scheme.timestamp_key else [value]
    everywhere = (
        re.findall(rf"(?:^|[,; ]){re.escape(scheme.timestamp_key)}=([^,; ]*)", value) if scheme.timestamp_key else []
    )
    for group in groups[:MAX_SIGNATURES]:
        times = (
            re.findall(rf"(?:^|[,; ]){re.escape(scheme.timestamp_key)}=([^,; ]*)", group)
            if scheme.timestamp_key
            else []
        )
        timestamp = (times or everywhere or [outer])[0]
        for part in re.split(r"[,; ]+", group)[:MAX_SIGNATURES]:
            for text, faults in _in_pair(scheme, part):
                yield text, faults, timestamp, None


def _in_pair(scheme: Scheme, part: str) -> Iterator[tuple[str, Faults]]:
    key, mark, text = part.partition("=")
    wanted = f"{scheme.signature_key}="
    if key == scheme.timestamp_key and scheme.timestamp_key:
        return
    if mark and text.strip("="):
        if key == scheme.signature_key:
            yield text, ()
            if text.startswith(wanted):
                yield text.removeprefix(wanted), (("prefix-doubled", f"{wanted} stands there twice"),)
            elif match := OTHER_PREFIX.match(text):
                yield text[match.end() :], (("prefix-other", f"{match[0]} follows {wanted}"),)
        else:
            yield text, (("prefix-other", f"{key[:20]}= in the place of {wanted}"),)
    elif part:
        yield part, (("prefix-missing", f"{wanted} is missing"),)


def _decodings(scheme: Scheme, text: str) -> Iterator[tuple[bytes, Faults]]:
    data = text.strip().encode("latin-1", "replace")
    if not data:
        return
    any_size = scheme.kind in ASYMMETRIC
    if HEX.fullmatch(data) and (digest := decode_hex(data)) and (any_size or len(digest) in DIGEST_SIZES):
        yield digest, _hex_faults(scheme, text)
    if (digest := decode_base64(data)) is not None:
        if any_size or len(digest) in DIGEST_SIZES:
            yield digest, _base64_faults(scheme, data)
        if HEX.fullmatch(digest) and (inner := decode_hex(digest)) and len(inner) in DIGEST_SIZES:
            yield inner, (("encoding-hex-base64", "base64 of the hexadecimal text"),)
    if b"%" in data or b" " in data:
        from urllib.parse import unquote_to_bytes  # few headers get here

        plain = unquote_to_bytes(data.replace(b" ", b"+"))
        if (digest := decode_base64(plain)) is not None and len(digest) in DIGEST_SIZES:
            yield digest, (("header-malformed", "the signature is percent-encoded, or lost its plus signs"),)


def _hex_faults(scheme: Scheme, text: str) -> Faults:
    if scheme.encoding != "hex":
        return (("encoding-hex-base64", f"hexadecimal in the place of {scheme.encoding}"),)
    if text != text.lower() and not scheme.any_case and scheme.kind not in ASYMMETRIC:
        return (("encoding-case", "hexadecimal digits in upper case"),)
    return ()


def _base64_faults(scheme: Scheme, data: bytes) -> Faults:
    if scheme.encoding == "hex":
        return (("encoding-hex-base64", "base64 in the place of hexadecimal"),)
    url_safe = bool(BASE64URL.fullmatch(data)) and not BASE64.fullmatch(data)
    padded = data.endswith(b"=") or len(data) % 4 == 0
    if scheme.encoding == "base64":
        if url_safe:
            return (("encoding-base64url", "the URL-safe alphabet"),)
        return () if padded else (("encoding-padding", "the equals signs at the end are missing"),)
    if not url_safe and not BASE64URL.fullmatch(data):
        return (("encoding-base64url", "the ordinary alphabet in the place of the URL-safe one"),)
    return (("encoding-padding", "equals signs at the end"),) if data.endswith(b"=") else ()
