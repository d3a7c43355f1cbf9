"""A difference between two deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

DifferenceKind: TypeAlias = Literal["changed", "added", "removed", "order", "case", "spelling"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs: where (see `comparing`), how, and what either side has there, as it is written; None where it has nothing."""

    place: str
    kind: DifferenceKind
    left: str | None
    right: str | None

    def to_mapping(self) -> dict[str, str | None]:
        """As plain JSON values."""
        return {"place": self.place, "kind": self.kind, "left": self.left, "right": self.right}


def named(place: str, occurrence: int) -> str:
    """The place, with its number where it is not the first of its name."""
    return place if occurrence == 1 else f"{place}#{occurrence}"
