"""The table of plants (`plants.toml`): what is asked of a server, and what the truth is about what comes back."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Truth:
    """The cause and who answered; `also` and `layers` are what the answer cannot exclude."""

    cause: str
    layer: str
    also: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """One fault (or none): the request that meets it, and the truth by outcome: a status, `2xx`,
    or a failure's kind."""

    path: str
    how: str
    outcomes: Mapping[str, Truth]
    changes: frozenset[str] = frozenset()
    method: str = "POST"
    scheme: str = "http"
    limit_s: float = 5.0


def _read(table: Mapping[str, Any]) -> dict[str, Plant]:  # Any: the values of a TOML file
    plants = {}
    for name, row in table["plant"].items():
        outcomes = dict(one for text in row["outcomes"] for one in _outcomes(text))
        changes = frozenset(row.get("changes", "").split())
        plants[name] = Plant(**row | {"outcomes": outcomes, "changes": changes})
    return plants


def _outcomes(text: str) -> Iterator[tuple[str, Truth]]:
    seen, _, rest = text.partition(": ")
    said, _, others = rest.partition(" | ")
    cause, layers = said.split()
    layer, *more = layers.split(",")
    also = tuple(word for name in others.split() for word in (GROUPS[name[1:]] if name.startswith("@") else (name,)))
    for one in seen.split():
        yield one, Truth(cause, layer, also, tuple(more))


_TABLE = tomllib.loads(Path(__file__).with_name("plants.toml").read_text("utf-8"))
GROUPS: dict[str, tuple[str, ...]] = {name: tuple(words.split()) for name, words in _TABLE["groups"].items()}
PLANTS = _read(_TABLE)
