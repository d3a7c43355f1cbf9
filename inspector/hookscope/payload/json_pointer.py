"""JSON Pointers (RFC 6901) into JSON text: the value at a place is read or written,
and every other byte stays as it is."""

from __future__ import annotations

import json
import sys

from hookscope.payload.json_tokens import json_flaw
from hookscope.payload.json_tree import Node, members, root
from hookscope_relay.errors import InputError

APPEND = "-"


def replace_at(text: str, pointer: str, value: str) -> str:
    """The text with `value` (JSON text) at the place that the pointer names.

    A name that an object lacks is added at its end; `-` or the index after the last one adds to an array. InputError
    where the text is no JSON, the pointer is none, or it leads nowhere.
    """
    if (flaw := json_flaw(text.encode("utf-8", "surrogatepass"))) is not None:
        raise InputError(f"the body is not JSON: {flaw.reason}", "give a whole body instead")
    node = root(text)
    names = parse_pointer(pointer)
    for depth, name in enumerate(names):
        found = find_member(text, node, name)
        if found is None and depth == len(names) - 1:
            return _added(text, node, name, value, pointer)
        if found is None:
            raise _nowhere(pointer, name)
        node = found
    return text[: node.start] + value + text[node.end :]


def parse_pointer(pointer: str) -> tuple[str, ...]:
    """The names on a pointer's way, unescaped; none for the whole text.

    InputError for what does not begin with a slash.
    """
    if pointer == "":
        return ()
    if not pointer.startswith("/"):
        raise InputError(f"{pointer!r} is not a JSON Pointer", "begin with a slash, such as /data/object/id")
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/"))


def find_member(text: str, node: Node, name: str) -> Node | None:
    """A container's member: of an object by its name (the last where it is repeated, as parsers take it),
    of an array by its index."""
    if node.kind == "array":
        index = int(name) if name.isascii() and name.isdigit() and len(name) < 12 else -1
        found = members(text, node, index, 1) if index >= 0 else []
        return found[0] if found else None
    if node.kind != "object":
        return None
    named = [member for member in members(text, node, 0, sys.maxsize) if json.loads(member.key) == name]
    return named[-1] if named else None


def _added(text: str, node: Node, name: str, value: str, pointer: str) -> str:
    if node.kind == "object":
        addition = f"{json.dumps(name, ensure_ascii=False)}: {value}"
    elif node.kind == "array" and (name == APPEND or name == str(len(members(text, node, 0, sys.maxsize)))):
        addition = value
    else:
        raise _nowhere(pointer, name)
    inside = text[node.start + 1 : node.end - 1].rstrip()
    at = node.start + 1 + len(inside)
    return text[:at] + (", " if inside else "") + addition + text[at:]


def _nowhere(pointer: str, name: str) -> InputError:
    return InputError(f"the body has no {name!r} for {pointer}", "see its fields with `hookscope show`")
