"""Values come out of JSON in their types, or the place of the wrong one is named."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hookscope.model.json_reader import JsonReader
from hookscope_relay.errors import InputError

READER = JsonReader("x.json")
ITEM = {"text": "a", "none": None, "whole": 5, "part": 0.5, "yes": True, "status": 204, "at": "1970-01-01T00:00:05Z"}


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (lambda: READER.text(ITEM, "a.text"), "a"),
        (lambda: READER.text(ITEM, "a.none", "else"), "else"),
        (lambda: READER.text(ITEM, "a.absent", ""), ""),
        (lambda: READER.choice(ITEM, "a.text", ("b", "a")), "a"),
        (lambda: READER.number(ITEM, "a[1].part", 0), 0.5),
        (lambda: READER.whole(ITEM, "a[1].absent", 3), 3),
        (lambda: READER.status(ITEM, "status"), 204),
        (lambda: READER.time(ITEM, "at"), 5.0),
        (lambda: READER.time(ITEM, "absent", 7.0), 7.0),
        (lambda: READER.headers([["A", "\xe9"], ["a", ""]], "headers"), (("A", "\xe9"), ("a", ""))),
        (lambda: READER.body({"text": "é"}, "body"), "é".encode()),
        (lambda: READER.body({"base64": "/wA="}, "body"), b"\xff\0"),
        (lambda: READER.stream(None, "stream"), None),
    ],
)
def test_what_is_right_is_given(read: Callable[[], object], value: object) -> None:
    assert read() == value


@pytest.mark.parametrize(
    ("read", "says"),
    [
        (lambda: READER.mapping([], ""), "the file must be a JSON object"),
        (lambda: READER.sequence({}, "a.b"), "a.b must be a JSON array"),
        (lambda: READER.text(ITEM, "a.whole"), "a.whole must be text"),
        (lambda: READER.text(ITEM, "a.none"), "a.none must be text"),
        (lambda: READER.text({"it": "\ud800"}, "it"), "it must be text without lone surrogates"),
        (lambda: READER.choice(ITEM, "text", ("b", "c")), "text must be one of b, c"),
        (lambda: READER.number(ITEM, "yes", 0), "yes must be a number"),
        (lambda: READER.number({"it": 1e15}, "it", 0), "it must be a number"),
        (lambda: READER.status(ITEM, "whole"), "whole must be an HTTP status between 100 and 999"),
        (lambda: READER.time(ITEM, "text"), "text must be an ISO 8601 time"),
        (lambda: READER.time(ITEM, "absent"), "absent must be an ISO 8601 time"),
        (lambda: READER.headers([["A"]], "h"), "h[0] must be a pair of name and value"),
        (lambda: READER.headers([["A", "€"]], "h"), "h[0] must be latin-1 text"),
        (lambda: READER.body({"base64": "?"}, "b"), "b.base64 must be valid base64"),
        (lambda: READER.body({"text": "\ud800"}, "b"), "b must be UTF-8 text, or base64"),
        (lambda: READER.body({}, "b"), 'b must be {"text": …} or {"base64": …}'),
        (lambda: READER.stream([], "s"), "s must be what `hookscope show --json` writes there"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(read: Callable[[], object], says: str) -> None:
    with pytest.raises(InputError) as caught:
        read()
    assert caught.value.what == f"x.json: {says}"
