"""Differences between two JSON bodies: in each value, and in how they are written;
and bodies that have some of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from hookscope.tools.bisect.json_parts import Text, read_parts, read_spacing, write_parts
from hookscope.tools.diff.difference import Difference, DifferenceKind
from hookscope.tools.diff.json_values import JsonDocument, compare_documents, merge_documents

BOM = "\ufeff"
# What `writings` are told apart by doing without one of them; the white space is what is left.
WRITINGS: tuple[DifferenceKind, ...] = ("order", "escapes", "edges")


class JsonBodies:
    """Two bodies that are JSON. `differences` is in the order of the document;
    taking over all of them gives exactly the bad body."""

    def __init__(self, good: bytes, bad: bytes, good_tree: JsonDocument, bad_tree: JsonDocument) -> None:
        self._bodies = (good, bad)
        self._trees = (good_tree, bad_tree)
        texts = [body.decode("utf-8") for body in (good, bad)]
        self._edges = [_edges(text) for text in texts]
        self._spacing = [read_spacing(_core(text)) for text in texts]
        values = tuple(compare_documents(good_tree, bad_tree))
        self.differences = (*values, *(Difference("body", kind, None, None) for kind in self._writings(values)))

    def compose(self, chosen: Collection[Difference]) -> bytes:
        """The good body with the chosen differences taken over from the bad one."""
        mine = {(one.place, one.kind) for one in self.differences if one in chosen}
        if not mine or len(mine) == len(self.differences):
            return self._bodies[1 if mine else 0]
        return self._put_together(mine)

    def _put_together(self, chosen: Collection[tuple[str, str]]) -> bytes:
        side = {kind: 1 if ("body", kind) in chosen else 0 for kind in (*WRITINGS, "spacing")}
        merged = merge_documents(*self._trees, chosen).value
        tree = _written_as(merged, self._trees[side["order"]].value, self._trees[side["escapes"]].value)
        before, behind = self._edges[side["edges"]]
        text = before + write_parts(JsonDocument(tree), self._spacing[side["spacing"]]) + behind
        return text.encode("utf-8", "surrogatepass")

    def _writings(self, values: Collection[Difference]) -> Iterator[DifferenceKind]:
        """The manners in which the bodies differ: each that changes the text when everything else is the bad one's."""
        everything = {(one.place, str(one.kind)) for one in values} | {("body", str(kind)) for kind in WRITINGS}
        whole = self._put_together(everything)
        for kind in WRITINGS:
            if self._put_together(everything - {("body", kind)}) != whole:
                yield kind
        if whole != self._bodies[1]:
            yield "spacing"


def read_json_bodies(good: bytes, bad: bytes) -> JsonBodies | None:
    """Two bodies as JSON; None where one of them is none, or is too large."""
    trees = []
    for body in (good, bad):
        try:
            tree = read_parts(_core(body.decode("utf-8")))
        except UnicodeDecodeError:
            return None
        if tree is None or not isinstance(tree.value, dict | list):
            return None
        trees.append(tree)
    return JsonBodies(good, bad, *trees)


def _core(text: str) -> str:
    return text.removeprefix(BOM).strip(" \t\r\n")


def _edges(text: str) -> tuple[str, str]:
    core = _core(text)
    before, _, behind = text.partition(core) if core else (text, "", "")
    return before, behind


def _written_as(value: Any, order: Any, escapes: Any) -> Any:
    """The value with its keys in the order that one value has, those that it lacks last, and with its texts spelt as
    in another."""
    if isinstance(value, dict):
        known, like = (side if isinstance(side, dict) else {} for side in (order, escapes))
        spelt = {key: key for key in value} | {key: key for key in like}
        keys = [*(key for key in known if key in value), *(key for key in value if key not in known)]
        return {spelt[key]: _written_as(value[key], known.get(key), like.get(key)) for key in keys}
    if isinstance(value, list):
        return [_written_as(item, _item(order, index), _item(escapes, index)) for index, item in enumerate(value)]
    return escapes if isinstance(value, Text) and value == escapes else value


def _item(like: Any, index: int) -> Any:
    return like[index] if isinstance(like, list) and index < len(like) else None
