from __future__ import annotations

import pytest

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


@pytest.mark.parametrize(
    ("place", "usual"),
    [
        ("headers.content-length", True),
        ("headers.x-notion-signature", True),
        ("headers.webhook-id", True),
        ("headers.content-type", False),
        ("body/id", True),
        ("body/entity/page_id", True),
        ("body/timestamp", True),
        ("body/type", False),
        ("path", False),
    ],
)
def test_what_differs_between_any_two_deliveries_is_known(place: str, usual: bool) -> None:
    assert Difference(place, "changed", "a", "b").is_usual is usual
    assert not Difference(place, "added", None, "b").is_usual
