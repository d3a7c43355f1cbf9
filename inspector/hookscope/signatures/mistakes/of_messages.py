"""Other signed messages of the same parts: a part left out, another order, another separator, another time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import Any, NamedTuple
from urllib.parse import urlencode

from hookscope.providers.clocks import read_time
from hookscope.providers.facts import as_text, parse_fields
from hookscope.providers.provider import Scheme
from hookscope.signatures.material import Material
from hookscope.signatures.templates import join_tokens, tokens_of

SEPARATORS = ("", ".", ":", "\n", "|", ",", "-", " ", ";", "&", "_", "/")
# PayPal's webhook simulator signs with this text in the place of a webhook id.
KNOWN_PARAMETERS = {"webhook_id": ("WEBHOOK_ID",)}
TIME_LIKE = re.compile(rb"[0-9]{9,17}")


class MessageMistake(NamedTuple):
    """A mistake in the message: another template, or (where it is empty) other values for attributes of the
    material."""

    id: str
    detail: str
    template: str = ""
    values: tuple[tuple[str, Any], ...] = ()  # Any: as the attribute


def message_mistakes(scheme: Scheme, material: Material) -> Iterator[MessageMistake]:
    """Every known change of the message's make-up, the likely ones first."""
    tokens = tokens_of(scheme.message)
    parts = [token for token in tokens if token.startswith("{")]
    yield from _left_out(tokens, parts)
    if "{timestamp}" in parts:
        yield from _other_times(scheme, material)
    if len(parts) > 1:
        yield from _orders(tokens, parts)
        yield from _separators(tokens, parts)
    if "{form}" in parts:
        yield from _forms(scheme, material)
    yield from _prefix_literals(tokens)
    yield from _other_parameters(parts, material)


def _left_out(tokens: Sequence[str], parts: Sequence[str]) -> Iterator[MessageMistake]:
    for part, mistake in (("{timestamp}", "timestamp-left-out"), ("{id}", "id-left-out")):
        if part not in parts or len(parts) < 2:
            continue
        for template in _without(tokens, part):
            yield MessageMistake(mistake, f"signed is {shown(template)}", template)
        if "{body}" in parts and (len(parts) == 2 or "{id}" not in parts):
            yield MessageMistake(mistake, "signed is the body alone", "{body}")


def _without(tokens: Sequence[str], part: str) -> Iterator[str]:
    """The template without a part: with the separator after it gone, with the one before it gone, with both kept."""
    at = list(tokens).index(part)
    literal_after = at + 1 < len(tokens) and not tokens[at + 1].startswith("{")
    literal_before = at > 0 and not tokens[at - 1].startswith("{")
    if literal_after:
        yield join_tokens([*tokens[:at], *tokens[at + 2 :]])
    if literal_before:
        yield join_tokens([*tokens[: at - 1], *tokens[at + 1 :]])
    yield join_tokens([*tokens[:at], *tokens[at + 1 :]])
    if literal_before and literal_after:
        yield join_tokens([*tokens[: at - 1], *tokens[at + 2 :]])


def _other_times(scheme: Scheme, material: Material) -> Iterator[MessageMistake]:
    stated = material.timestamp
    seen = {stated}
    at = read_time(stated.decode("latin-1"))
    if at is not None:
        for name, text in (
            ("seconds", b"%d" % int(at)),
            ("milliseconds", b"%d" % round(at * 1000)),
            ("milliseconds, the last three digits 0", b"%d" % (int(at) * 1000)),
            ("microseconds", b"%d" % round(at * 1e6)),
            ("nanoseconds", b"%d" % (round(at) * 10**9)),
            ("seconds with a fraction", repr(float(at)).encode()),
            *_as_floats(stated.decode("latin-1")),
        ):
            if text not in seen:
                seen.add(text)
                yield MessageMistake("timestamp-unit", f"the timestamp in {name}", "", (("timestamp", text),))
        yield from _iso_times(at, seen)
    for where, text in _times_elsewhere(scheme, material):
        if text not in seen:
            seen.add(text)
            yield MessageMistake("timestamp-of-other-header", f"the timestamp of {where}", "", (("timestamp", text),))


def _as_floats(stated: str) -> Iterator[tuple[str, bytes]]:
    """A whole number as languages print it that hold it as a double: Python `…0`, Java and Go with an exponent."""
    if not stated.isascii() or not stated.isdigit() or not 9 <= len(stated) <= 17:
        return
    digits = stated[1:].rstrip("0")
    power = len(stated) - 1
    yield "the same unit, as a float", f"{stated}.0".encode()
    yield "the same unit, as a double of Java", f"{stated[0]}.{digits or '0'}E{power}".encode()
    yield "the same unit, as a double of Go", f"{stated[0]}{'.' if digits else ''}{digits}e+{power:02}".encode()
    yield "the same unit, as a double of C", f"{float(stated):g}".encode()


def _iso_times(at: float, seen: set[bytes]) -> Iterator[MessageMistake]:
    from datetime import UTC, datetime  # few messages get here

    try:
        moment = datetime.fromtimestamp(at, UTC)
    except (ValueError, OverflowError, OSError):
        return
    for precision in ("seconds", "milliseconds"):
        text = moment.isoformat(timespec=precision)
        for form in (text.replace("+00:00", "Z"), text):
            if form.encode() not in seen:
                seen.add(form.encode())
                yield MessageMistake("timestamp-unit", f"the timestamp as {form}", "", (("timestamp", form.encode()),))


def _times_elsewhere(scheme: Scheme, material: Material) -> Iterator[tuple[str, bytes]]:
    facts = material.facts
    for name, value in facts.delivery.headers[:100]:
        data = value.strip().encode("latin-1", "replace")[:64]
        lower = name.lower()
        if TIME_LIKE.fullmatch(data) or lower == "date" or "time" in lower or "date" in lower:
            yield name, data
        for number in TIME_LIKE.findall(data) if "=" in value else ():
            yield name, number
    body = facts.json
    if isinstance(body, dict):
        for key, value in list(body.items())[:100]:
            text = as_text(value)
            if text and read_time(text) is not None and len(text) >= 9:
                yield f"the body's {key[:40]}", text.encode("utf-8", "surrogatepass")
    received = facts.delivery.received_at
    yield "our own clock", b"%d" % int(received)


def _orders(tokens: Sequence[str], parts: Sequence[str]) -> Iterator[MessageMistake]:
    if len(parts) > 4:
        return
    slots = [index for index, token in enumerate(tokens) if token.startswith("{")]
    for order in permutations(parts):
        changed = list(tokens)
        for slot, part in zip(slots, order, strict=True):
            changed[slot] = part
        template = join_tokens(changed)
        if list(order) != list(parts):
            yield MessageMistake("message-order", f"signed is {shown(template)}", template)


def _separators(tokens: Sequence[str], parts: Sequence[str]) -> Iterator[MessageMistake]:
    first = tokens[0] if not tokens[0].startswith("{") else ""
    leading = first.rstrip(".:|-_,; \n")
    for separator in SEPARATORS:
        joined = separator.join(parts)
        yield MessageMistake("message-separator", f"signed is {shown(joined)}", joined)
        if leading:
            whole = separator.join([leading, *parts])
            yield MessageMistake("message-separator", f"signed is {shown(whole)}", whole)
            yield MessageMistake("message-separator", f"signed is {shown(first + joined)}", first + joined)
    last = list(tokens)
    for at, token in enumerate(tokens):
        if token.startswith("{") or not at:
            continue
        for separator in SEPARATORS:
            changed = join_tokens([*last[:at], separator, *last[at + 1 :]])
            yield MessageMistake("message-separator", f"signed is {shown(changed)}", changed)


def _forms(scheme: Scheme, material: Material) -> Iterator[MessageMistake]:
    literal = material.body.replace(b"+", b"%2B")
    if literal != material.body:
        yield MessageMistake("body-form-reencoded", "plus signs are meant, not spaces", "", (("body", literal),))
    yield MessageMistake("params-unsorted", "fields as they came", scheme.message.replace("{form}", "{plain_form}"))
    yield MessageMistake("params-unsorted", "the raw form", scheme.message.replace("{form}", "{body}"))
    yield MessageMistake("params-dropped", "the form's fields left out", scheme.message.replace("{form}", ""))
    fields = parse_fields(material.body)
    pairs = [(name, value) for name, values in fields.items() for value in values]
    filled = [(name, value) for name, value in pairs if value]
    firsts = [(name, values[0]) for name, values in fields.items()]
    lasts = [(name, values[-1]) for name, values in fields.items()]
    for what, kept in (("empty fields left out", filled), ("only first values", firsts), ("only last values", lasts)):
        yield MessageMistake("params-dropped", what, "", (("body", urlencode(kept).encode()),))
    for dropped in list(fields)[:40]:
        kept = [pair for pair in pairs if pair[0] != dropped]
        body = urlencode(kept, errors="surrogatepass").encode()
        yield MessageMistake("params-dropped", f"without the field {dropped[:40]}", "", (("body", body),))


def _prefix_literals(tokens: Sequence[str]) -> Iterator[MessageMistake]:
    """A literal such as `v0:` in front left out, or of another version."""
    first = tokens[0]
    if first.startswith("{"):
        return
    rest = join_tokens(tokens[1:])
    yield MessageMistake("message-separator", f"signed is {shown(rest)}", rest)
    for version in ("v0", "v1", "v2"):
        other = version + first.lstrip("v0123456789")
        yield MessageMistake("message-separator", f"signed is {shown(other + rest)}", other + rest)


def _other_parameters(parts: Sequence[str], material: Material) -> Iterator[MessageMistake]:
    """A parameter such as PayPal's webhook id as its sender may have had it."""
    for name in [part[7:-1] for part in parts if part.startswith("{param.")]:
        value = material.params.get(name, "")
        for other in (*KNOWN_PARAMETERS.get(name, ()), value.strip(), value.upper(), value.lower(), ""):
            if other != value:
                told = f"{name} is {other or 'left out'}"
                yield MessageMistake("parameter-other", told, "", (("params", {**material.params, name: other}),))


def shown(template: str) -> str:
    """A template in one line, for a detail."""
    return (template.replace("\n", "\\n") or "nothing")[:120]
