"""Differences between two JSON bodies: in each value, and in how they are written;
and bodies that have some of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import NamedTuple

from hookscope.tools.bisect.change import RequestDifference
from hookscope.tools.bisect.json_parts import Array, Object, Part, Spacing, read_parts, read_spacing, write_parts

BOM = "\ufeff"
WHOLE = "whole"
SPACING = "the white space between the body's values"
ORDER = "the order of the body's keys"
REPEATS = "repeated keys in the body"
ESCAPES = "the escapes in the body's texts"
EDGES = "what stands before and behind the body's JSON"


class ChangedPlace(NamedTuple):
    """What stands at a JSON Pointer on either side; None where there is nothing."""

    pointer: str
    good: Part | None
    bad: Part | None


class JsonBodies:
    """Two bodies that are JSON. `differences` is in the order of the document;
    taking over all of them gives exactly the bad body."""

    def __init__(self, good: bytes, bad: bytes, good_tree: Part, bad_tree: Part) -> None:
        self._bodies = (good, bad)
        self._trees = (good_tree, bad_tree)
        texts = [body.decode("utf-8") for body in (good, bad)]
        self._edges = [_edges(text) for text in texts]
        self._spacing = [read_spacing(_core(text)) for text in texts]
        changes = list(_changes("", good_tree, bad_tree))
        self._spellings = {change.pointer for change in changes if _is_spelling(change)}
        fields = [change for change in changes if change.pointer not in self._spellings]
        self._pointers = {change.pointer for change in fields}
        self.differences = (
            *(
                RequestDifference("field", change.pointer or WHOLE, _shown(change.good), _shown(change.bad))
                for change in fields
            ),
            *(RequestDifference("writing", name) for name in self._writings()),
        )

    def compose(self, chosen: Collection[RequestDifference]) -> bytes:
        """The good body with the chosen differences taken over from the bad one."""
        mine = [difference for difference in self.differences if difference in chosen]
        if not mine or len(mine) == len(self.differences):
            return self._bodies[1 if mine else 0]
        names = {difference.place for difference in mine if difference.kind == "writing"}
        pointers = {"" if part.place == WHOLE else part.place for part in mine if part.kind == "field"}
        return self._put_together(pointers, names).encode("utf-8", "surrogatepass")

    def _put_together(self, pointers: set[str], names: set[str], spacing: Spacing | None = None) -> str:
        wanted = pointers | (self._spellings if ESCAPES in names else set())
        tree = _merged("", *self._trees, wanted) or self._trees[0]
        tree = _ordered(tree, self._trees[1 if ORDER in names else 0])
        tree = _repeated(tree, self._trees[1 if REPEATS in names else 0])
        before, behind = self._edges[1 if EDGES in names else 0]
        return before + write_parts(tree, spacing or self._spacing[1 if SPACING in names else 0]) + behind

    def _writings(self) -> Iterator[str]:
        """The manners in which the bodies differ: each that changes the text when everything else is the bad one's."""
        names = {ORDER, REPEATS, ESCAPES, EDGES}
        whole = self._put_together(self._pointers, names)
        for name in (ORDER, REPEATS, ESCAPES, EDGES):
            if self._put_together(self._pointers, names - {name}) != whole:
                yield name
        # What is left is between the values.
        if whole.encode("utf-8", "surrogatepass") != self._bodies[1]:
            yield SPACING


def read_json_bodies(good: bytes, bad: bytes) -> JsonBodies | None:
    """Two bodies as JSON; None where one of them is none, or is too large."""
    trees = []
    for body in (good, bad):
        try:
            tree = read_parts(_core(body.decode("utf-8")))
        except UnicodeDecodeError:
            return None
        if tree is None or isinstance(tree, str):
            return None
        trees.append(tree)
    return JsonBodies(good, bad, trees[0], trees[1])


def _core(text: str) -> str:
    return text.removeprefix(BOM).strip(" \t\r\n")


def _edges(text: str) -> tuple[str, str]:
    core = _core(text)
    before, _, behind = text.partition(core) if core else (text, "", "")
    return before, behind


def _changes(pointer: str, good: Part | None, bad: Part | None) -> Iterator[ChangedPlace]:
    """Every place at which the trees differ, as deep as both go."""
    if isinstance(good, Object) and isinstance(bad, Object):
        for name in dict.fromkeys((*good.members, *bad.members)):
            yield from _changes(_below(pointer, name), _member(good, name), _member(bad, name))
    elif isinstance(good, Array) and isinstance(bad, Array) and len(good.items) == len(bad.items):
        for index, (first, second) in enumerate(zip(good.items, bad.items, strict=True)):
            yield from _changes(f"{pointer}/{index}", first, second)
    elif good != bad:
        yield ChangedPlace(pointer, good, bad)


def _merged(pointer: str, good: Part | None, bad: Part | None, wanted: set[str]) -> Part | None:
    """The good tree with what stands at the wanted pointers as in the bad one."""
    if pointer in wanted:
        return bad
    if isinstance(good, Object) and isinstance(bad, Object):
        members: dict[str, tuple[str, Part]] = {}
        for name in dict.fromkeys((*good.members, *bad.members)):
            value = _merged(_below(pointer, name), _member(good, name), _member(bad, name), wanted)
            if value is not None:
                members[name] = ((good.members.get(name) or bad.members[name])[0], value)
        return Object(members, good.repeats)
    if isinstance(good, Array) and isinstance(bad, Array) and len(good.items) == len(bad.items):
        pairs = zip(good.items, bad.items, strict=True)
        items = (_merged(f"{pointer}/{index}", *pair, wanted) for index, pair in enumerate(pairs))
        return Array(tuple(item for item in items if item is not None))
    return good


def _ordered(tree: Part, like: Part | None) -> Part:
    """The tree with its keys in the order that another one has; those that it lacks come last."""
    if isinstance(tree, Object):
        known = like.members if isinstance(like, Object) else {}
        names = [
            *(name for name in known if name in tree.members),
            *(name for name in tree.members if name not in known),
        ]
        return replace(tree, members={name: _put(tree.members[name], _ordered, known.get(name)) for name in names})
    if isinstance(tree, Array):
        return Array(tuple(_ordered(item, _item(like, index)) for index, item in enumerate(tree.items)))
    return tree


def _repeated(tree: Part, like: Part | None) -> Part:
    """The tree with the repeated keys that another one has."""
    if isinstance(tree, Object):
        known = like if isinstance(like, Object) else Object({})
        members = {name: _put(pair, _repeated, known.members.get(name)) for name, pair in tree.members.items()}
        return Object(members, known.repeats)
    if isinstance(tree, Array):
        return Array(tuple(_repeated(item, _item(like, index)) for index, item in enumerate(tree.items)))
    return tree


def _put(
    pair: tuple[str, Part], shape: Callable[[Part, Part | None], Part], like: tuple[str, Part] | None
) -> tuple[str, Part]:
    return pair[0], shape(pair[1], like[1] if like else None)


def _item(like: Part | None, index: int) -> Part | None:
    return like.items[index] if isinstance(like, Array) and index < len(like.items) else None


def _member(part: Object, name: str) -> Part | None:
    return part.members[name][1] if name in part.members else None


def _below(pointer: str, name: str) -> str:
    return pointer + "/" + name.replace("~", "~0").replace("/", "~1")


def _is_spelling(change: ChangedPlace) -> bool:
    """Whether both sides are the same text, spelt with other escapes."""
    sides = (change.good, change.bad)
    return all(isinstance(side, str) and side.startswith('"') for side in sides) and (
        json.loads(str(change.good)) == json.loads(str(change.bad))
    )


def _shown(part: Part | None) -> str | None:
    return None if part is None else write_parts(part, Spacing())
