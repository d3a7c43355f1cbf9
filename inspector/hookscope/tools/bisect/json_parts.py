"""JSON as a tree of spellings, and the white space between them,
so that a body can be put together from parts of two."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

from hookscope.payload.json_tokens import JsonToken, json_flaw, scan
from hookscope.payload.json_tree import Node, members, root

MAX_BYTES = 256 << 10
MAX_VALUES = 3000


@dataclass(frozen=True, slots=True)
class Object:
    """An object's members as spelt, by name; of a name that is repeated the last one counts,
    `repeats` holds the earlier ones."""

    members: dict[str, tuple[str, Part]]
    repeats: tuple[tuple[str, Part], ...] = ()


@dataclass(frozen=True, slots=True)
class Array:
    """An array's items."""

    items: tuple[Part, ...]


Part: TypeAlias = Object | Array | str


@dataclass(slots=True)
class Spacing:
    """The white space of a text: the commonest behind and before each mark, by depth."""

    gaps: dict[tuple[str, int], str] = field(default_factory=dict)

    def at(self, mark: str, depth: int) -> str:
        """What stands at a mark of that depth; as at the nearest depth where this one does not occur."""
        if (mark, depth) in self.gaps:
            return self.gaps[mark, depth]
        known = [key for key in self.gaps if key[0] == mark]
        return self.gaps[min(known, key=lambda key: abs(key[1] - depth))] if known else ""


def read_parts(text: str) -> Part | None:
    """The tree of a JSON text; None where it is none or too large to be put together from parts."""
    if len(text) > MAX_BYTES or json_flaw(text.encode("utf-8", "surrogatepass")) is not None:
        return None
    if sum(1 for token in scan(text) if token.kind not in ("comma", "colon")) > MAX_VALUES:
        return None
    return _part(text, root(text))


def read_spacing(text: str) -> Spacing:
    """The white space of a well-formed JSON text, without what surrounds it."""
    found: dict[tuple[str, int], Counter[str]] = {}
    tokens = list(scan(text))
    for before, after in pairwise(tokens):
        gap = text[before.end : after.start]
        for mark, depth in _marks(before, after):
            found.setdefault((mark, depth), Counter())[gap] += 1
    return Spacing({key: counter.most_common(1)[0][0] for key, counter in found.items()})


def write_parts(part: Part, spacing: Spacing) -> str:
    """A tree as text with a white space."""
    return "".join(_written(part, spacing, 1))


def _part(text: str, node: Node) -> Part:
    if node.kind == "array":
        return Array(tuple(_part(text, member) for member in members(text, node, 0, sys.maxsize)))
    if node.kind != "object":
        return text[node.start : node.end]
    found: dict[str, tuple[str, Part]] = {}
    repeats: list[tuple[str, Part]] = []
    for member in members(text, node, 0, sys.maxsize):
        name = json.loads(member.key)
        if name in found:
            repeats.append(found.pop(name))
        found[name] = (member.key, _part(text, member))
    return Object(found, tuple(repeats))


def _marks(before: JsonToken, after: JsonToken) -> Iterator[tuple[str, int]]:
    """The place that a gap between two tokens belongs to."""
    if before.kind == "colon":
        yield "after colon", 0
    elif after.kind == "colon":
        yield "before colon", 0
    elif before.kind == "open" and after.kind != "close":
        yield "open", before.depth + 1
    elif after.kind == "close" and before.kind != "open":
        yield "close", after.depth + 1
    elif before.kind == "comma":
        yield "after comma", before.depth
    elif after.kind == "comma":
        yield "before comma", after.depth


def _written(part: Part, spacing: Spacing, depth: int) -> Iterator[str]:
    if isinstance(part, str):
        yield part
        return
    is_object = isinstance(part, Object)
    items: list[tuple[str, Part]] = (
        [*part.repeats, *part.members.values()] if isinstance(part, Object) else [("", item) for item in part.items]
    )
    yield "{" if is_object else "["
    for index, (key, value) in enumerate(items):
        yield "," + spacing.at("after comma", depth) if index else spacing.at("open", depth)
        if is_object:
            yield f"{key}{spacing.at('before colon', 0)}:{spacing.at('after colon', 0)}"
        yield from _written(value, spacing, depth + 1)
        yield spacing.at("before comma", depth) if index < len(items) - 1 else spacing.at("close", depth)
    yield "}" if is_object else "]"
