from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hookscope.pytest_plugin.form import RequestForm, edited, with_headers
from hookscope_relay.delivery import Headers
from hookscope_relay.errors import InputError
from plugin_projects.making import make_capture

FORM = RequestForm(delivery=make_capture().delivery)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (FORM, ""),
        (replace(FORM, is_tampered=True), "tampered with"),
        (replace(FORM, is_unsigned=True, is_stale=True, copy=2), "unsigned, stale, sent again"),
    ],
)
def test_what_was_made_of_a_delivery_is_said(form: RequestForm, words: str) -> None:
    assert form.words == words


@pytest.mark.parametrize(
    ("by_hand", "expected"),
    [
        ([], (("A", "1"), ("b", "2"), ("a", "3"))),
        ([("B", "9")], (("A", "1"), ("b", "9"), ("a", "3"))),
        ([("a", "9")], (("A", "9"), ("b", "2"))),
        ([("a", "8"), ("A", "9")], (("A", "8"), ("A", "9"), ("b", "2"))),
        ([("a", None)], (("b", "2"),)),
        ([("c", "9"), ("d", None)], (("A", "1"), ("b", "2"), ("a", "3"), ("c", "9"))),
    ],
)
def test_headers_set_by_hand_take_the_place_of_the_first(
    by_hand: list[tuple[str, str | None]], expected: Headers
) -> None:
    assert with_headers((("A", "1"), ("b", "2"), ("a", "3")), by_hand) == expected


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"values": {"data": 1}}, "'data' is not a JSON Pointer"),
        ({"values": {"/no/where/x": 1}}, "the body has no 'no'"),
        ({"values": {"/a": 1}, "body": "text"}, "the body is not JSON"),
        ({"path": "hooks"}, "does not begin with /"),
    ],
)
def test_an_edit_that_makes_no_sense_is_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    given = {"values": None, "headers": None, "body": None, "method": None, "path": None} | changes
    with pytest.raises(InputError, match=sentence):
        edited(FORM, **given)


def test_edits_add_up() -> None:
    once = edited(FORM, {"/type": "a"}, {"X-A": "1"}, None, "PUT", "/x")
    twice = edited(once, {"/attempt_number": 2}, {"x-a": "2", "X-B": None}, None, None, None)
    assert (twice.delivery.method, twice.path) == ("PUT", "/x")
    assert b'"type":"a"' in twice.delivery.body
    assert b'"attempt_number":2' in twice.delivery.body
    assert twice.by_hand == (("x-a", "2"), ("X-B", None))
