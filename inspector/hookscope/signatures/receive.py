"""Takes the received signatures and their timestamps out of a delivery, strictly as the scheme says.

None means that the delivery does not carry this scheme's signature at all; a `Trouble` that it does, and it cannot be
read.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from hookscope.providers.facts import Facts, as_text, descend
from hookscope.providers.provider import Scheme
from hookscope.signatures.keys import decode_base64, decode_hex

MAX_SIGNATURES = 50
MAX_ITEMS = 1000


class Received(NamedTuple):
    """One received signature as text without its prefix, with the timestamp that goes with it,
    and its item in a batch."""

    signature: str
    timestamp: str = ""
    item: Any = None  # Any: JSON is of every type


class Trouble(NamedTuple):
    """Why signatures that are there cannot be read: a verdict's reason, and a sentence."""

    reason: str
    detail: str


def place_of(scheme: Scheme) -> str:
    """What holds the scheme's signature, for a sentence: its (first) header, or a place in the body or query."""
    return scheme.headers[0] if scheme.headers else scheme.field


def header_present(scheme: Scheme, facts: Facts) -> str:
    """The lower-case name of the first of the scheme's headers that the delivery has; empty where it has none."""
    index = facts.headers
    for name in scheme.headers:
        lower = name.lower()
        if lower.endswith("*"):
            found = sorted(key for key in index if key.startswith(lower[:-1]))
            if found:
                return found[0]
        elif lower in index:
            return lower
    return ""


def applies(scheme: Scheme, facts: Facts) -> bool:
    """Whether the scheme's condition on other headers holds."""
    return all(matches(facts.header(name), wanted) for name, wanted in scheme.when)


def matches(value: str, wanted: str) -> bool:
    """Whether a header's value is the wanted one; an empty one means absent,
    a `*` at an end stands for whatever is there."""
    if wanted.startswith("*"):
        return bool(value) and wanted[1:].removesuffix("*") in value
    return value.startswith(wanted[:-1]) if wanted.endswith("*") else value == wanted


def receive(scheme: Scheme, facts: Facts) -> tuple[Received, ...] | Trouble | None:
    """The received signatures of a scheme, in order."""
    if scheme.items:
        return _from_items(scheme, facts)
    if scheme.field:
        return _from_field(scheme, facts)
    values = _header_values(scheme, facts)
    return _from_header(scheme, values, facts) if values else None


def _from_header(scheme: Scheme, values: list[str], facts: Facts) -> tuple[Received, ...] | Trouble:
    if len(values) > 1 and not scheme.repeated and scheme.layout == "plain":
        return Trouble("malformed", f"{scheme.headers[0]} occurs {len(values)} times")
    timestamp = "" if scheme.layout == "pairs" and scheme.timestamp_key else _timestamp(scheme, facts)
    if timestamp is None:
        return Trouble("missing-header", f"{scheme.timestamp.partition('.')[2]}, which is signed, is missing")
    if scheme.layout == "pairs":
        return _pairs(scheme, ",".join(values) if scheme.separator.startswith(",") else values[0], timestamp)
    if scheme.layout == "list":
        return _list(scheme, scheme.separator.join(values), timestamp)
    return _plain(scheme, values, timestamp)


def _header_values(scheme: Scheme, facts: Facts) -> list[str]:
    index = facts.headers
    values: list[str] = []
    for name in scheme.headers:
        lower = name.lower()
        if lower.endswith("*"):
            for key in sorted(index):
                if key.startswith(lower[:-1]):
                    values += index[key]
        elif lower in index:
            values += index[lower]
        if values and not scheme.repeated:
            break
    return [value.strip(" \t") for value in values[:MAX_SIGNATURES]]


def _timestamp(scheme: Scheme, facts: Facts) -> str | None:
    """The timestamp beside the signature; None where it should be there and is not,
    empty where there is none to look for."""
    if not scheme.timestamp or scheme.timestamp.startswith(("claim.", "pair.")):
        return ""
    text = facts.text(scheme.timestamp)
    return text if text or "{timestamp}" not in scheme.message else None


def _plain(scheme: Scheme, values: list[str], timestamp: str) -> tuple[Received, ...] | Trouble:
    found = tuple(
        Received(value[len(scheme.prefix) :], timestamp) for value in values if value.startswith(scheme.prefix)
    )
    if not found:
        return Trouble("malformed", f"{scheme.headers[0]} does not begin with {scheme.prefix!r}")
    if not any(received.signature for received in found):
        return Trouble("malformed", f"{scheme.headers[0]} is empty")
    return found


def _list(scheme: Scheme, value: str, timestamp: str) -> tuple[Received, ...] | Trouble:
    entries = [entry.strip() for entry in value.split(scheme.separator)[:MAX_SIGNATURES]]
    found = tuple(
        Received(entry[len(scheme.prefix) :], timestamp) for entry in entries if entry.startswith(scheme.prefix)
    )
    if found:
        return found
    mark = scheme.prefix[-1:]
    if mark and all(mark in entry for entry in entries):
        return Trouble("unknown-version", f"{scheme.headers[0]} has no entry that begins with {scheme.prefix!r}")
    return Trouble("malformed", f"{scheme.headers[0]} is no list of entries that begin with {scheme.prefix!r}")


def _pairs(scheme: Scheme, value: str, timestamp: str) -> tuple[Received, ...] | Trouble:
    groups = value.split(scheme.group) if scheme.group else [value]
    found: list[Received] = []
    seen_keys: set[str] = set()
    for group in groups[:MAX_SIGNATURES]:
        pairs = [part.strip().partition("=") for part in group.split(scheme.separator.strip() or " ")[:MAX_SIGNATURES]]
        seen_keys |= {key for key, mark, _ in pairs if mark}
        times = [text for key, _, text in pairs if key == scheme.timestamp_key] if scheme.timestamp_key else [timestamp]
        if times:
            found += [Received(text, times[0]) for key, _, text in pairs if key == scheme.signature_key and text]
    if found:
        return tuple(found)
    if scheme.timestamp_key in seen_keys and len(seen_keys) > 1 and scheme.signature_key not in seen_keys:
        return Trouble("unknown-version", f"{scheme.headers[0]} has no {scheme.signature_key}=")
    missing = [key for key in (scheme.timestamp_key, scheme.signature_key) if key and key not in seen_keys]
    return Trouble("malformed", f"{scheme.headers[0]} has no {'= and no '.join(missing) or scheme.signature_key}=")


def _from_field(scheme: Scheme, facts: Facts) -> tuple[Received, ...] | Trouble | None:
    signature = facts.text(scheme.field)
    if not signature:
        return None
    timestamp = _timestamp(scheme, facts)
    if timestamp is None:
        return Trouble("missing-header", f"{scheme.timestamp}, which is signed, is missing")
    if not signature.startswith(scheme.prefix):
        return Trouble("malformed", f"{scheme.field} does not begin with {scheme.prefix!r}")
    return (Received(signature[len(scheme.prefix) :], timestamp),)


def _from_items(scheme: Scheme, facts: Facts) -> tuple[Received, ...] | Trouble | None:
    listed, _, inner = scheme.items.partition(".*.")
    items = descend(facts.json, listed)
    if not isinstance(items, list) or not items:
        return None
    if len(items) > MAX_ITEMS:
        return Trouble("malformed", f"{listed} has more than {MAX_ITEMS} items")
    values = [descend(item, inner) if inner else item for item in items]
    found = [Received(as_text(descend(value, scheme.field.removeprefix("item."))), "", value) for value in values]
    if not any(received.signature for received in found):
        return None
    if not all(received.signature for received in found):
        return Trouble("malformed", f"an item of {listed} has no {scheme.field.removeprefix('item.')}")
    return tuple(found)


def decode_signature(scheme: Scheme, text: str) -> bytes | None:
    """The bytes of a received signature in the scheme's encoding; None where it is not in it."""
    data = text.encode("latin-1", "replace")
    return decode_hex(data) if scheme.encoding == "hex" else decode_base64(data)


def is_exact(scheme: Scheme, text: str) -> bool:
    """Whether a received signature is written just as the scheme's encoding has it,
    but for the case of hexadecimal digits."""
    return scheme.encoding != "base64" or (len(text) % 4 == 0 and not set("-_") & set(text))


def malformed_signature(scheme: Scheme, received: tuple[Received, ...]) -> str:
    """A sentence where no received signature is in the scheme's encoding at all; else empty."""
    if any(decode_signature(scheme, one.signature) is not None for one in received):
        return ""
    return f"the signature is not {scheme.encoding}"
