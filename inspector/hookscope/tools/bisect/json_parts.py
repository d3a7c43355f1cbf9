"""JSON that keeps its spelling, and the white space between its values, so that a body can be put together from two."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from hookscope.payload.json_tokens import JsonToken, json_flaw, scan
from hookscope.payload.json_tree import Node, members, root
from hookscope.tools.diff.difference import numbered
from hookscope.tools.diff.json_values import JsonDocument, Number

MAX_BYTES = 256 << 10
MAX_VALUES = 3000


class Text(str):
    """A text that knows how it is written, quotes included; it equals every other spelling of itself."""

    written: str

    @classmethod
    def read(cls, written: str) -> Text:
        """The text that is written so."""
        text = cls(json.loads(written))
        text.written = written
        return text


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


def read_parts(text: str) -> JsonDocument | None:
    """The document with each `Text` as it is written; None where the text is no JSON or too large to be put together
    from parts."""
    if len(text) > MAX_BYTES or json_flaw(text.encode("utf-8", "surrogatepass")) is not None:
        return None
    if sum(1 for token in scan(text) if token.kind not in ("comma", "colon")) > MAX_VALUES:
        return None
    return JsonDocument(_part(text, root(text)))


def read_spacing(text: str) -> Spacing:
    """The white space of a well-formed JSON text, without what surrounds it."""
    found: dict[tuple[str, int], Counter[str]] = {}
    tokens = list(scan(text))
    for before, after in pairwise(tokens):
        gap = text[before.end : after.start]
        for mark, depth in _marks(before, after):
            found.setdefault((mark, depth), Counter())[gap] += 1
    return Spacing({key: counter.most_common(1)[0][0] for key, counter in found.items()})


def write_parts(document: JsonDocument, spacing: Spacing) -> str:
    """A document as text with a white space."""
    return "".join(_written(document.value, spacing, 1))


def _part(text: str, node: Node) -> Any:
    inner = ((member.key, _part(text, member)) for member in members(text, node, 0, sys.maxsize))
    spelt = text[node.start : node.end]
    match node.kind:
        case "object":
            return numbered((Text.read(key), value) for key, value in inner)
        case "array":
            return [value for _, value in inner]
        case "string":
            return Text.read(spelt)
        case "number":
            return Number(spelt)
        case _:
            return json.loads(spelt)


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


def _written(value: Any, spacing: Spacing, depth: int) -> Iterator[str]:
    if not isinstance(value, dict | list):
        yield value.written if isinstance(value, Text | Number) else json.dumps(value)
        return
    is_object = isinstance(value, dict)
    names = [key.written for key, _ in value] if is_object else []
    yield "{" if is_object else "["
    for index, held in enumerate(value.values() if isinstance(value, dict) else value):
        yield "," + spacing.at("after comma", depth) if index else spacing.at("open", depth)
        if is_object:
            yield f"{names[index]}{spacing.at('before colon', 0)}:{spacing.at('after colon', 0)}"
        yield from _written(held, spacing, depth + 1)
        yield spacing.at("before comma", depth) if index < len(value) - 1 else spacing.at("close", depth)
    yield "}" if is_object else "]"
