"""A difference between two deliveries, told to a person;
those that a bisection takes over one by one are in `tools.bisect.change`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

T = TypeVar("T")

_USUAL = re.compile(
    r"^headers\.(content-length|date|traceparent|age|.*(signature|hmac|timestamp|delivery|nonce).*|.*-(id|ray|time))$"
    r"|^(body|query|form).*[/.](id|uuid|nonce|timestamp|time|attempt_number|.*_(id|at|time|ts))$"
)

DifferenceKind: TypeAlias = Literal["changed", "added", "removed", "order", "case", "spelling"]


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
