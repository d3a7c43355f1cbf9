from __future__ import annotations

import pytest

from hookscope.tools.filters.build import STATES, BadValueError, status, when, word
from hookscope.tools.filters.keys import KEYS


@pytest.mark.parametrize(
    ("key", "value"),
    [("status", "x"), ("status", "1000"), ("is", "nothing"), ("since", "soon"), ("elapsed", ">"), ("header", "a b")],
)
def test_a_value_that_makes_no_sense_says_what_does(key: str, value: str) -> None:
    with pytest.raises(BadValueError):
        KEYS[key].build(value)


def test_a_sender_s_text_never_becomes_sql() -> None:
    hostile = "x' OR 1=1 --"
    for build in (*(KEYS[name].build for name in ("provider", "type", "path", "method", "finding", "body")), word):
        assert hostile not in build(hostile).text


def test_an_age_moves_on_with_the_time_and_an_instant_does_not() -> None:
    assert "julianday('now')" in when(">=")("10m").text
    assert when(">=")("1970-01-01T00:01:00Z").parameters == (60.0,)


@pytest.mark.parametrize(
    ("value", "parameters"), [("404", (404,)), ("5xx", (500, 599)), ("200-204", (200, 204)), (">=400", (400,))]
)
def test_statuses(value: str, parameters: tuple[int, ...]) -> None:
    assert status(value).parameters == parameters


def test_states_need_no_parameters() -> None:
    assert all(condition.parameters == () for _, condition in STATES.values())
