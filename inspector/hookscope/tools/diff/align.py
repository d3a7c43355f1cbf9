"""Which elements of two sequences belong together, in bounded time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import TypeAlias

# An index on either side; None where that side has no partner.
Pair: TypeAlias = tuple[int | None, int | None]

# Beyond these, what lies between the common beginning and end is taken by position: alignment costs their product.
MAX_ELEMENTS = 2_000
MAX_MATCHES = 10_000


def align(left: Sequence[Hashable], right: Sequence[Hashable]) -> Iterator[Pair]:
    """Pairs of indices in order: equal elements together where that leaves little over,
    others by their position between them."""
    low = 0
    while low < min(len(left), len(right)) and left[low] == right[low]:
        yield low, low
        low += 1
    end = 0
    while end < min(len(left), len(right)) - low and left[-1 - end] == right[-1 - end]:
        end += 1
    for one, other in _between(left[low : len(left) - end], right[low : len(right) - end]):
        yield None if one is None else one + low, None if other is None else other + low
    yield from ((len(left) - count, len(right) - count) for count in range(end, 0, -1))


def _between(left: Sequence[Hashable], right: Sequence[Hashable]) -> Iterator[Pair]:
    if not _affordable(left, right):
        yield from _by_position(0, len(left), 0, len(right))
        return
    for _, i, i_end, j, j_end in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        yield from _by_position(i, i_end, j, j_end)


def _affordable(left: Sequence[Hashable], right: Sequence[Hashable]) -> bool:
    if max(len(left), len(right)) > MAX_ELEMENTS:
        return False
    here, there = Counter(left), Counter(right)
    return sum(count * there[element] for element, count in here.items()) <= MAX_MATCHES


def _by_position(i: int, i_end: int, j: int, j_end: int) -> Iterator[Pair]:
    for step in range(max(i_end - i, j_end - j)):
        yield (i + step if i + step < i_end else None), (j + step if j + step < j_end else None)
