from __future__ import annotations

from typing import Any

import pytest

from hookscope.tools.bisect.fields import Fields

CASES: tuple[Any, ...] = (
    ("a=1&b=2", "a=1&b=3", ["query.b"]),
    ("a=1", "a=1&c=", ["query.c"]),
    ("a=1&a=2", "a=1", ["query.a#2"]),
    ("a=1&b=2", "b=2&a=1", ["query"]),
    ("a=", "a", ["query"]),
    ("a%20b=1", "a%20b=2", ["query.a%20b"]),
    ("a%20b=1", "a+b=1", ["query.a%20b", "query.a+b"]),
    ("a=%20", "a=+", ["query.a"]),
    ("", "a=1", ["query.a"]),
    ("a=1", "a=1", []),
)


@pytest.mark.parametrize(("good", "bad", "names"), CASES)
def test_each_value_that_differs_as_it_is_spelt_is_one_difference(good, bad, names):
    fields = Fields("query", good, bad)
    assert [difference.place for difference in fields.differences] == names
    assert fields.compose(fields.differences) == bad
    assert fields.compose(()) == good


def test_a_mixture_has_the_chosen_ones():
    fields = Fields("query", "a=1&b=2&c=3", "a=9&b=8&d=7")
    chosen = [difference for difference in fields.differences if difference.place in ("query.a", "query.d")]
    assert fields.compose(chosen) == "a=9&b=2&c=3&d=7"
