from __future__ import annotations

from hookscope.tools.diff.difference import Difference, named


def test_a_difference_is_plain_json_values() -> None:
    assert Difference("method", "changed", "GET", None).to_mapping() == {
        "place": "method",
        "kind": "changed",
        "left": "GET",
        "right": None,
    }


def test_only_a_repeated_name_is_numbered() -> None:
    assert (named("a", 1), named("a", 2)) == ("a", "a#2")
