"""What could come next in a filter that is being typed, and the table of keys for help and documentation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hookscope.tools.filters.keys import KEYS

NOTHING: Mapping[str, Sequence[str]] = {}


def term_at(text: str, cursor: int) -> tuple[int, int]:
    """Where the term begins that the cursor stands in or behind, and the cursor itself."""
    cursor = max(0, min(cursor, len(text)))
    return max(text.rfind(space, 0, cursor) for space in " \t\n") + 1, cursor


def complete(text: str, cursor: int, known: Mapping[str, Sequence[str]] = NOTHING) -> list[str]:
    """What could take the place of the term at the cursor: keys with their colon,
    or a key with each value it is known to take.

    `known` adds values by key, such as the providers and event types that the store holds.
    """
    start, end = term_at(text, cursor)
    term = text[start:end]
    minus = "-" if term.startswith("-") else ""
    name, colon, value = term.removeprefix("-").partition(":")
    if not colon:
        return [f"{minus}{key}:" for key in KEYS if key.startswith(name.lower())]
    key = KEYS.get(name.lower())
    if key is None:
        return []
    before, comma, last = value.rpartition(",")
    values = dict.fromkeys((*key.values, *known.get(key.name, ())))
    offered = [one for one in values if one.lower().startswith(last.lower()) and one.lower() != last.lower()]
    return [f"{minus}{key.name}:{before}{comma}{_quoted(one)}" for one in offered]


def table() -> list[tuple[str, str, str]]:
    """For each key: an example, what it takes, what it means."""
    return [(key.example, key.takes, key.means) for key in KEYS.values()]


def _quoted(value: str) -> str:
    if not any(character in value for character in ' ,"'):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
