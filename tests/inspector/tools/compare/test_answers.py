from __future__ import annotations

import re
from dataclasses import replace

import pytest

from factories import NOW
from held import begun
from hookscope.model.capture import Attempt, Failure
from hookscope.tools.compare.answers import Comparison, check_places, compare, differ, place_of, shown_place
from hookscope_relay.delivery import Answer
from hookscope_relay.errors import InputError

JSON = ("Content-Type", "application/json")


def answered(body: bytes = b"", status: int = 200, *headers: tuple[str, str]) -> Attempt:
    return replace(begun("live", "http://h/", NOW), answer=Answer(status=status, headers=headers or (JSON,), body=body))


def failed(kind: str) -> Attempt:
    return replace(begun("live", "http://h/", NOW), failure=Failure(kind=kind, detail="x"))  # type: ignore[arg-type]  # a name


@pytest.mark.parametrize(
    ("one", "other", "places"),
    [
        (answered(b'{"a": 1, "b": 2}'), answered(b'{"b":2,"a":1}'), []),
        (answered(b'{"a": 1}'), answered(b'{"a": 2}'), ["body/a"]),
        (answered(b"x", 200), answered(b"x", 500), ["status"]),
        (answered(b"", 200, ("X-A", "1"), ("X-B", "1")), answered(b"", 200, ("x-b", "1"), ("X-A", "1")), []),
        (answered(b"", 200, ("X-A", "1")), answered(b"", 200, ("X-A", "2")), ["headers.x-a"]),
        (answered(b"", 200, ("Date", "a"), ("Content-Length", "0")), answered(b"", 200, ("Date", "b")), []),
        (answered(), failed("timeout"), ["outcome"]),
        (failed("timeout"), failed("timeout"), []),
        (failed("timeout"), failed("refused"), ["outcome"]),
    ],
)
def test_answers_differ_where_they_mean_something_else(one: Attempt, other: Attempt, places: list[str]) -> None:
    assert [difference.place for difference in differ(one, other)] == places


RECORDED = answered(b'{"id": 1, "items": [{"id": 1, "at": "a"}, {"id": 2, "at": "a"}], "ok": true}')
NOW_ITEMS = answered(b'{"id": 2, "items": [{"id": 1, "at": "b"}, {"id": 2, "at": "b"}], "ok": false}')


@pytest.mark.parametrize(
    ("left_out", "places"),
    [
        ((), ["body/id", "body/items/0/at", "body/items/1/at", "body/ok"]),
        (("/id",), ["body/items/0/at", "body/items/1/at", "body/ok"]),
        (("/items",), ["body/id", "body/ok"]),
        (("/items/*/at", "body/id"), ["body/ok"]),
        (("/i",), ["body/id", "body/items/0/at", "body/items/1/at", "body/ok"]),
        (("body",), []),
    ],
)
def test_places_are_left_out_with_what_lies_below(left_out: tuple[str, ...], places: list[str]) -> None:
    assert [difference.place for difference in compare(RECORDED, NOW_ITEMS, left_out)] == places


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ("body/a/~0t", "/a/~0t"),
        ("body:3", "body:3"),
        ("headers.x-a", "headers.x-a"),
        ("status", "status"),
        ("body", "body"),
    ],
)
def test_a_place_is_shown_as_it_is_left_out(place: str, shown: str) -> None:
    check_places((place, shown))
    assert shown_place(place) == shown
    assert place_of(shown) == place


@pytest.mark.parametrize(
    ("left_out", "told"), [("said", "give /said, "), ("bodyx", "bodyx"), ("$.a", "JSON Pointer"), ("", "''")]
)
def test_what_names_no_place_is_refused(left_out: str, told: str) -> None:
    with pytest.raises(InputError, match=re.escape(told)):
        check_places((left_out,))


def test_what_was_not_handed_over_took_no_time() -> None:
    assert Comparison("a", "nothing recorded").elapsed_ms == 0.0
    assert Comparison("a", "same", now=replace(answered(), elapsed_ms=12.5)).elapsed_ms == 12.5
