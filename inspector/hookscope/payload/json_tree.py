"""JSON as a tree that opens level by level: a node is a span of the text,
and its members are found when it is opened."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Literal, NamedTuple, TypeAlias

from hookscope.text.pattern import compile_pattern

NodeKind: TypeAlias = Literal["object", "array", "string", "number", "literal"]

PAGE = 200

# Inside a well-formed text only strings can hide brackets and commas.
_MARK = compile_pattern(r'"(?:[^"\\]++|\\.)*+"|[{}\[\],:]', re.DOTALL)
_KINDS: dict[str, NodeKind] = {
    "{": "object",
    "[": "array",
    '"': "string",
    "t": "literal",
    "f": "literal",
    "n": "literal",
}


class Node(NamedTuple):
    """A value of the text: `text[start:end]`. `key` is its name as spelt, quotes included, or its index in an array."""

    key: str
    kind: NodeKind
    start: int
    end: int


def root(text: str) -> Node:
    """The whole text as a node; the text must be well-formed (see `json_flaw`)."""
    start, end = _trim(text, 0, len(text))
    return Node("", _kind(text, start), start, end)


def members(text: str, node: Node, first: int = 0, count: int = PAGE) -> list[Node]:
    """The node's members from number `first` on, at most `count`; none for a value that is no container."""
    if node.kind not in ("object", "array"):
        return []
    return list(islice(_members(text, node), first, first + count))


def _members(text: str, node: Node) -> Iterator[Node]:
    depth = 0
    start = node.start + 1
    key = ""
    index = 0
    for mark in _MARK.finditer(text, node.start, node.end):
        character = text[mark.start()]
        if character in "{[":
            depth += 1
            continue
        if character in "}]":
            depth -= 1
        if depth == 0 or (depth == 1 and character == ","):
            low, high = _trim(text, start, mark.start())
            if low < high:
                yield Node(key or str(index), _kind(text, low), low, high)
            start, key, index = mark.end(), "", index + 1
        elif depth == 1 and character == ":" and node.kind == "object":
            low, high = _trim(text, start, mark.start())
            key, start = text[low:high], mark.end()


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start] in " \t\r\n":
        start += 1
    while end > start and text[end - 1] in " \t\r\n":
        end -= 1
    return start, end


def _kind(text: str, start: int) -> NodeKind:
    return _KINDS.get(text[start : start + 1], "number")
