from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookscope.tools.diff.align import MAX_MATCHES, align


@pytest.mark.parametrize(
    ("left", "right", "pairs"),
    [
        ("", "", []),
        ("ab", "ab", [(0, 0), (1, 1)]),
        ("abc", "abXc", [(0, 0), (1, 1), (None, 2), (2, 3)]),
        ("abc", "ac", [(0, 0), (1, None), (2, 1)]),
        ("123", "234", [(0, None), (1, 0), (2, 1), (None, 2)]),
        ("abc", "xyz", [(0, 0), (1, 1), (2, 2)]),
        ("a", "xyz", [(0, 0), (None, 1), (None, 2)]),
        ("aXb", "aYb", [(0, 0), (1, 1), (2, 2)]),
        ("aa", "a", [(0, 0), (1, None)]),
    ],
)
def test_likes_stand_together_and_others_by_position(left: str, right: str, pairs: list[object]) -> None:
    assert list(align(left, right)) == pairs


@given(left=st.lists(st.integers(0, 3), max_size=12), right=st.lists(st.integers(0, 3), max_size=12))
def test_every_element_has_one_place(left: list[int], right: list[int]) -> None:
    pairs = list(align(left, right))
    assert [i for i, _ in pairs if i is not None] == list(range(len(left)))
    assert [j for _, j in pairs if j is not None] == list(range(len(right)))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (["a", *"x" * 300_000], ["b", *"y" * 300_001]),
        (["a", "b"] * 1_000, ["b", "a", "c"] * 660),
        ([*range(2_000)], [*range(1_999, -1, -1)]),
        ([i % 100 for i in range(1_000)], [i * 7 % 100 for i in range(1_000)]),
    ],
)
def test_hostile_sequences_take_bounded_work(left: list[object], right: list[object]) -> None:
    looks = 0

    class Looked:
        """An element that counts how often it is looked at."""

        def __init__(self, value: object) -> None:
            self.value = value

        def __eq__(self, other: object) -> bool:
            nonlocal looks
            looks += 1
            return isinstance(other, Looked) and self.value == other.value

        def __hash__(self) -> int:
            nonlocal looks
            looks += 1
            return hash(self.value)

    assert len(list(align([*map(Looked, left)], [*map(Looked, right)]))) >= len(right)
    assert looks <= 20 * (len(left) + len(right)) + 10 * MAX_MATCHES
