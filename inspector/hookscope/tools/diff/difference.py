"""A difference between two deliveries; and named values of either side, paired."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

# What a side has where it has nothing: JSON's null is a value.
ABSENT: Final[Any] = object()

_USUAL = re.compile(
    r"^headers\.(content-length|date|traceparent|age|.*(signature|hmac|timestamp|delivery|nonce).*|.*-(id|ray|time))$"
    r"|^(body|query|form).*[/.](id|uuid|nonce|timestamp|time|attempt_number|.*_(id|at|time|ts))$"
)

# The last three are manners of writing JSON, which mean nothing and are told where a body is put together from two.
DifferenceKind: TypeAlias = Literal[
    "changed", "added", "removed", "order", "case", "spelling", "escapes", "spacing", "edges"
]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs: where (see `deliveries`), how, and what either side has there, as it is written;
    None where it has nothing."""

    place: str
    kind: DifferenceKind
    left: str | None
    right: str | None

    @property
    def is_usual(self) -> bool:
        """Whether it differs between any two deliveries: ids, times, signatures and the length."""
        return self.kind == "changed" and _USUAL.search(self.place.lower().partition("#")[0]) is not None

    def to_mapping(self) -> dict[str, str | None]:
        """As plain JSON values."""
        return {"place": self.place, "kind": self.kind, "left": self.left, "right": self.right}


def named(place: str, occurrence: int) -> str:
    """The place, with its number where it is not the first of its name."""
    return place if occurrence == 1 else f"{place}#{occurrence}"


def numbered(pairs: Iterable[tuple[str, T]]) -> dict[tuple[str, int], T]:
    """The values by name and how often the name came before, plus one, so that repeats stay apart."""
    counts: dict[str, int] = {}
    values = {}
    for name, value in pairs:
        counts[name] = counts.get(name, 0) + 1
        values[name, counts[name]] = value
    return values


def paired(left: Mapping[K, T], right: Mapping[K, T]) -> Iterator[tuple[K, T, T]]:
    """What both have under each key, ABSENT for nothing: in the order of the left, then what only the right one has."""
    yield from ((key, value, right.get(key, ABSENT)) for key, value in left.items())
    yield from ((key, ABSENT, value) for key, value in right.items() if key not in left)
