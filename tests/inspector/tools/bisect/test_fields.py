from __future__ import annotations

from typing import Any

import pytest

from hookscope.tools.bisect.fields import ORDER, Fields

CASES: tuple[Any, ...] = (
    ("a=1&b=2", "a=1&b=3", ["b"]),
    ("a=1", "a=1&c=", ["c"]),
    ("a=1&a=2", "a=1", ["a"]),
    ("a=1&b=2", "b=2&a=1", [ORDER]),
    ("a%20b=1", "a%20b=2", ["a b"]),
    ("a=%20", "a=+", ["a"]),
    ("", "a=1", ["a"]),
    ("a=1", "a=1", []),
)


@pytest.mark.parametrize(("good", "bad", "names"), CASES)
def test_each_name_whose_values_differ_is_one_difference(good, bad, names):
    fields = Fields("query", good, bad)
    assert [difference.place for difference in fields.differences] == names
    assert fields.compose(fields.differences) == bad
    assert fields.compose(()) == good


def test_a_mixture_has_the_chosen_ones():
    fields = Fields("query", "a=1&b=2&c=3", "a=9&b=8&d=7")
    chosen = [difference for difference in fields.differences if difference.place in ("a", "d")]
    assert fields.compose(chosen) == "a=9&b=2&c=3&d=7"
