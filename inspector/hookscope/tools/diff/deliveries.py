"""What differs between two deliveries, place by place.

The order of JSON's keys and white space between its tokens are no difference.

A place says what to change in the left delivery to come nearer to the right one:

    method, path, http_version
    query.NAME         a pair of the query, decoded; the second of a name is query.NAME#2
    query              the same pairs in another order or spelling
    headers.NAME       a header, its name in lower case; the second of a name is headers.NAME#2
    headers            the order of the headers that both have
    body/a/0           a value within JSON, by JSON Pointer (RFC 6901); the second of a repeated key is body/a#2
    body               JSON's outermost value
    form.NAME          a pair of a form body, decoded
    part.NAME          a part of a multipart body
    body:LINE          a line of a text, counted from 1
    body@OFFSET        the first bytes that differ; in hexadecimal where they are no text

Numbers are compared as they are written: 1.0 is not 1. Id, time of arrival and remote address are no part of what was
said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Protocol

from hookscope.payload.forms import parse_form
from hookscope.payload.kinds import classify, looks_like_text
from hookscope.payload.multipart import parse_multipart
from hookscope.tools.diff.align import align
from hookscope.tools.diff.difference import ABSENT, Difference, named, numbered, paired
from hookscope.tools.diff.json_values import MAX_VALUES, compare_documents, holds_too_many, parse_document
from hookscope_relay.delivery import Delivery, Headers, header

MAX_DIFFERENCES = 10_000
# A text of more lines is compared as bytes.
MAX_LINES = 200_000
SHOWN_BYTES = 16

# What a part of a delivery says, by the name and how often that came before, plus one.
Said = Mapping[tuple[str, int], str]


class Message(Protocol):
    """What has headers and a body: a delivery, or an answer."""

    @property
    def headers(self) -> Headers: ...

    @property
    def body(self) -> bytes: ...


def compare(left: Delivery, right: Delivery) -> tuple[Difference, ...]:
    """The differences, at most `MAX_DIFFERENCES`: request line, headers, body; those of any two deliveries last.

    Whatever a sender wrote, nothing raises.
    """
    return tuple(sorted(islice(_all(left, right), MAX_DIFFERENCES), key=lambda one: one.is_usual))


def _all(left: Delivery, right: Delivery) -> Iterator[Difference]:
    for place, one, other in (("method", left.method, right.method), ("path", left.path, right.path)):
        if one != other:
            yield Difference(place, "changed", one, other)
    yield from _compare_queries(left.query, right.query)
    if left.http_version != right.http_version:
        yield Difference("http_version", "changed", left.http_version, right.http_version)
    yield from compare_headers(left.headers, right.headers)
    if left.body != right.body:
        yield from compare_bodies(left, right)


def left_out(left: Delivery, right: Delivery) -> str:
    """What was not compared by its meaning because it would take too much room; empty for nothing."""
    many = left.body != right.body and (holds_too_many(left.body) or holds_too_many(right.body))
    if not many or "json" not in (classify(left.headers, left.body), classify(right.headers, right.body)):
        return ""
    return f"bodies of more than {MAX_VALUES:,} values are compared as text, and not by what their JSON means"


def compare_headers(left: Headers, right: Headers) -> Iterator[Difference]:
    """Differences of values, of the case of names, and of the order of what both have."""
    here, there = numbered_headers(left), numbered_headers(right)
    yield from compare_said("headers", *({key: pair[1] for key, pair in side.items()} for side in (here, there)))
    for key in (key for key in here if key in there):
        if here[key][0] != there[key][0]:
            yield Difference(named(f"headers.{key[0]}", key[1]), "case", here[key][0], there[key][0])
    order = [here[key][0] for key in here if key in there], [there[key][0] for key in there if key in here]
    if [name.lower() for name in order[0]] != [name.lower() for name in order[1]]:
        yield Difference("headers", "order", ", ".join(order[0]), ", ".join(order[1]))


def numbered_headers(headers: Headers) -> dict[tuple[str, int], tuple[str, str]]:
    """The pairs by their name in lower case and how often that came before, plus one."""
    return numbered((pair[0].lower(), pair) for pair in headers)


def _compare_queries(left: str, right: str) -> Iterator[Difference]:
    if left == right:
        return
    pairs = compare_said("query", _pairs(_encoded(left)), _pairs(_encoded(right)))
    first = next(pairs, None)
    if first is None:
        yield Difference("query", "spelling", left, right)
    else:
        yield first
        yield from pairs


def compare_bodies(left: Message, right: Message) -> Iterator[Difference]:
    """The differences of two bodies that are not the same bytes, each by the kind that its headers and itself say."""
    kinds = {classify(left.headers, left.body), classify(right.headers, right.body)}
    if "json" in kinds and (one := parse_document(left.body)) and (other := parse_document(right.body)):
        yield from compare_documents(one, other)
    elif kinds == {"form"}:
        yield from compare_said("form", _pairs(left.body), _pairs(right.body))
    elif kinds == {"multipart"} and (parts := _parts(left)) and (others := _parts(right)):
        yield from compare_said("part", parts, others)
    elif looks_like_text(left.body) and looks_like_text(right.body) and not _has_many_lines(left.body, right.body):
        yield from _compare_lines(_lines(left.body), _lines(right.body))
    else:
        yield compare_bytes(left.body, right.body)


def compare_said(place: str, left: Said, right: Said) -> Iterator[Difference]:
    """The differences of what two parts say: the values that differ, those that are gone, and those that are new."""
    for key, one, other in paired(left, right):
        where = named(f"{place}.{key[0]}", key[1])
        if other is ABSENT:
            yield Difference(where, "removed", one, None)
        elif one is ABSENT:
            yield Difference(where, "added", None, other)
        elif one != other:
            yield Difference(where, "changed", one, other)


def _pairs(form: bytes) -> Said:
    parsed = parse_form(form, max_pairs=MAX_DIFFERENCES)
    return numbered([(pair.name, pair.value) for pair in parsed.pairs] if form else [])


def _parts(message: Message) -> Said:
    """The parts of a multipart body; empty where it is none that can be taken apart."""
    parsed = parse_multipart(header(message.headers, "content-type") or "", message.body)
    if parsed.flaw:
        return {}
    parts = []
    for part in parsed.parts:
        about = f"{part.filename} {part.content_type}: " if part.filename or part.content_type else ""
        parts.append((part.name, about + _shown(message.body[part.start : part.end])))
    return numbered(parts)


def _compare_lines(left: list[str], right: list[str]) -> Iterator[Difference]:
    for i, j in align(left, right):
        if i is None and j is not None:
            yield Difference(f"body:{j + 1}", "added", None, right[j])
        elif j is None and i is not None:
            yield Difference(f"body:{i + 1}", "removed", left[i], None)
        elif i is not None and j is not None and left[i] != right[j]:
            yield Difference(f"body:{i + 1}", "changed", left[i], right[j])


def compare_bytes(left: bytes, right: bytes) -> Difference:
    """Two bodies that differ, from the first byte that does."""
    low, high = 0, min(len(left), len(right))
    while low < high:  # the beginnings of this length are equal up to the first byte that differs, and never again
        middle = (low + high + 1) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle - 1
    return Difference(f"body@{low}", "changed", _from(left, low), _from(right, low))


def _from(body: bytes, at: int) -> str:
    first = body[at : at + SHOWN_BYTES]
    shown = (repr(_shown(first)) if looks_like_text(body) else first.hex(" ")) if first else "(ends)"
    return f"{shown}{' …' if len(body) > at + SHOWN_BYTES else ''} ({len(body)} bytes)"


def _has_many_lines(*bodies: bytes) -> bool:
    return any(body.count(b"\n") > MAX_LINES for body in bodies)


def _lines(body: bytes) -> list[str]:
    return body.decode("utf-8", "surrogateescape").split("\n")


def _shown(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _encoded(text: str) -> bytes:
    return text.encode("latin-1", "replace")
