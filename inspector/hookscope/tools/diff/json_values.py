"""JSON compared by meaning: keys in any order, array elements next to their likes, numbers as they are written;
and merged at the places that differ."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hookscope.tools.diff.align import align
from hookscope.tools.diff.difference import ABSENT, Difference, named, numbered, paired

MAX_DEPTH = 200
# A value takes up to 400 bytes of memory here.
MAX_VALUES = 200_000


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is written."""

    written: str


@dataclass(frozen=True, slots=True)
class JsonDocument:
    """A JSON text's value: dicts by (key, how often it came before, plus one), lists, texts, `Number`, true,
    false and null."""

    value: Any  # JSON has no narrower type


def parse_document(body: bytes) -> JsonDocument | None:
    """The body's value; None where it is no JSON, nests deeper than can be compared, or `holds_too_many` values."""
    if holds_too_many(body):
        return None
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=numbered,
            parse_int=Number,
            parse_float=Number,
            parse_constant=_refuse,
        )
    except (ValueError, RecursionError):
        return None
    return JsonDocument(value) if _depth_is_bounded(value) else None


def holds_too_many(body: bytes) -> bool:
    """Whether the body may hold more values than are compared by meaning; by its commas, those in texts included."""
    return body.count(b",") > MAX_VALUES


def compare_documents(left: JsonDocument, right: JsonDocument) -> Iterator[Difference]:
    """The differences, in the order of the left text; places begin with `body`."""
    yield from _compare("body", left.value, right.value)


def merge_documents(left: JsonDocument, right: JsonDocument, chosen: Collection[tuple[str, str]]) -> JsonDocument:
    """The left document with the chosen differences taken over from the right one, each by its place and kind."""
    return JsonDocument(_merge("body", left.value, right.value, chosen))


def written(value: Any) -> str:
    """The value as compact JSON text, numbers as they were written."""
    if isinstance(value, Number):
        return value.written
    if isinstance(value, dict):
        return "{" + ",".join(f"{written(key)}:{written(held)}" for (key, _), held in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(written(element) for element in value) + "]"
    return json.dumps(value, ensure_ascii=isinstance(value, str) and not _is_encodable(value))


def _compare(place: str, left: Any, right: Any) -> Iterator[Difference]:
    if _are_containers(left, right):
        for where, _, one, other in _inner(place, left, right):
            if other is ABSENT:
                yield Difference(where, "removed", written(one), None)
            elif one is ABSENT:
                yield Difference(where, "added", None, written(other))
            else:
                yield from _compare(where, one, other)
    elif type(left) is not type(right) or left != right:
        yield Difference(place, "changed", written(left), written(right))


def _merge(place: str, left: Any, right: Any, chosen: Collection[tuple[str, str]]) -> Any:
    if not _are_containers(left, right):
        return right if (place, "changed") in chosen else left
    merged = []
    for where, key, one, other in _inner(place, left, right):
        if other is ABSENT:
            value = ABSENT if (where, "removed") in chosen else one
        elif one is ABSENT:
            value = other if (where, "added") in chosen else ABSENT
        else:
            value = _merge(where, one, other, chosen)
        if value is not ABSENT:
            merged.append((key, value))
    return dict(merged) if isinstance(left, dict) else [value for _, value in merged]


def _are_containers(left: Any, right: Any) -> bool:
    """Whether both are objects, or both arrays."""
    return type(left) is type(right) and isinstance(left, dict | list)


def _inner(place: str, left: Any, right: Any) -> Iterator[tuple[str, Any, Any, Any]]:
    """The places within two containers: each with its key, and what either side has there."""
    if isinstance(left, dict):
        yield from ((_member(place, key), key, one, other) for key, one, other in paired(left, right))
        return
    for i, j in align(_likenesses(left), _likenesses(right)):
        one, other = ABSENT if i is None else left[i], ABSENT if j is None else right[j]
        yield f"{place}/{j if i is None else i}", None, one, other


def _likenesses(elements: Sequence[Any]) -> list[str]:
    """What tells an element from its neighbours: the `id` of an object that has one, else all that it says."""
    return [_likeness(element) for element in elements]


def _likeness(element: Any) -> str:
    if isinstance(element, dict) and isinstance(own := element.get(("id", 1)), str | Number):
        return "id " + written(own)
    return _canonical(element)


def _canonical(value: Any) -> str:
    """The same text for all values that mean the same."""
    if isinstance(value, dict):
        members = sorted((f"{written(key)}#{count}", _canonical(held)) for (key, count), held in value.items())
        return "{" + ",".join(f"{key}:{held}" for key, held in members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_canonical(element) for element in value) + "]"
    return written(value)


def _member(place: str, key: tuple[str, int]) -> str:
    name, occurrence = key
    return named(f"{place}/{name.replace('~', '~0').replace('/', '~1')}", occurrence)


def _depth_is_bounded(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        inner: list[Any] = []
        for held in level:
            inner.extend(held.values() if isinstance(held, dict) else held if isinstance(held, list) else ())
        if not inner:
            return True
        level = inner
    return False


def _is_encodable(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
