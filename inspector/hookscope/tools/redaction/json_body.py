"""Secrets in JSON text, replaced token by token: every other byte stays, white space, order,
repeated keys and spelling of numbers included.

A string becomes a string and a number a number, so the text stays as valid as it was. Text that is not JSON is looked
into up to the place where it goes wrong, and the caller is told where that is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeAlias

import msgspec

from hookscope.payload.json_tokens import scan
from hookscope.text.pattern import compile_pattern
from hookscope.tools.redaction.harmless import Runs
from hookscope.tools.redaction.names import NAMED, NAMING, SCALARS_ONLY, comparable

_TOKEN = compile_pattern(
    r'(?P<string>"(?:[^"\\]++|\\.)*+")(?P<key>[ \t\n\r]*+:)?|(?P<open>[{\[])|(?P<close>[}\]])|(?P<comma>,)|(?P<number>-?[0-9][0-9.eE+-]*+)',
    re.DOTALL,
)
TO_POINTER = str.maketrans({"~": "~0", "/": "~1"})


# Names a place, when somebody wants to know.
Where: TypeAlias = Callable[[], str]


class Leaves(Protocol):
    """What becomes of a key, a string and a number; `secret` is set where a name around them says so."""

    def look(self) -> None: ...

    def names_secret(self, name: str) -> bool: ...

    def runs(self) -> Runs | None: ...

    def key(self, name: str) -> str: ...

    def string(self, name: str, value: str, secret: bool, where: Where) -> str: ...

    def number(self, name: str, spelt: str, secret: bool, where: Where) -> str: ...


class Rewritten(NamedTuple):
    """The text up to `end` (of the original, where it goes wrong; -1: nowhere) rewritten;
    `depth` is that of the flaw."""

    text: str
    end: int = -1
    depth: int = 0


@dataclass(slots=True)
class _Level:
    """One container that is open: `name` is its own, or that of the nearest object's member for an array; in a harmless
    one a short value is no secret by the names around it."""

    is_object: bool
    name: str
    secret: bool
    key: str = ""
    index: int = 0
    said: str = ""
    harmless: bool = False

    @property
    def step(self) -> str:
        return self.key if self.is_object else str(self.index)


def rewrite_json(text: str, leaves: Leaves, place: str) -> Rewritten:
    """The text with what `leaves` changes; places are JSON pointers after `place`."""
    parts: list[str] = []
    levels: list[_Level] = []
    at = 0

    def where() -> str:
        return place + "".join("/" + level.step.translate(TO_POINTER) for level in levels)

    for kind, start, end in _quick_tokens(text, levels, leaves.runs()) if _is_json(text) else _tokens(text):
        if kind == "flaw":
            parts.append(text[at:start])
            return Rewritten("".join(parts), start, len(levels))
        leaves.look()
        new = _token(kind, text[start:end], levels, leaves, where)
        if new is not None:
            parts += (text[at:start], new)
            at = end
    parts.append(text[at:])
    return Rewritten("".join(parts))


def _is_json(text: str) -> bool:
    """Whether a fast parser takes the text for JSON; where it does not, the slow way finds out how far it is some."""
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return False
    return True


def _quick_tokens(text: str, levels: list[_Level], runs: Runs | None) -> Iterator[tuple[str, int, int]]:
    """The tokens of a text that is known to be JSON, without colons and literals, and without what is harmless in the
    innermost of `levels`, which the caller keeps up to date."""
    at = 0
    while match := _TOKEN.search(text, at):
        kind = match.lastgroup or ""
        at = match.end()
        yield kind, match.start(), match.end("string") if kind == "key" else at
        if runs and levels and levels[-1].harmless and kind != "key":
            at = _end_of_runs(text, at, levels[-1], runs)


def _end_of_runs(text: str, at: int, level: _Level, runs: Runs) -> int:
    """Where what is harmless ends in this container; before its first member or behind a comma."""
    if text[at - 1] not in "[{,":
        return at
    pattern = runs.in_object if level.is_object else runs.in_array
    while match := pattern.match(text, at):
        if not level.is_object:
            level.index += 1 if match["flat"] else match[0].count(",")
        at = match.end()
    return at


def _tokens(text: str) -> Iterator[tuple[str, int, int]]:
    return ((token.kind, token.start, token.end) for token in scan(text))


def _token(kind: str, raw: str, levels: list[_Level], leaves: Leaves, where: Where) -> str | None:
    """What takes the token's place; None where it stays. Keeps `levels` up to date."""
    level = levels[-1] if levels else None
    if kind == "key" and level is not None:
        return _key(raw, level, leaves)
    if kind == "string":
        return _string(raw, level, leaves, where)
    if kind == "number":
        name, secret = _context(level, leaves)
        new = leaves.number(name, raw, secret, where)
        return new if new != raw else None
    if kind == "open":
        name, secret = _context(level, leaves)
        secret = secret or (leaves.names_secret(name) and comparable(name) not in SCALARS_ONLY)
        harmless = not secret and (raw == "{" or not leaves.names_secret(name))
        levels.append(_Level(raw == "{", name, secret, harmless=harmless))
    elif kind == "close":
        levels.pop()
    elif kind == "comma" and level is not None:
        level.index += 1
    return None


def _key(raw: str, level: _Level, leaves: Leaves) -> str | None:
    name = _decoded(raw)
    level.key = leaves.key(name)
    return _encoded(level.key, raw) if level.key != name else None


def _string(raw: str, level: _Level | None, leaves: Leaves, where: Where) -> str | None:
    value = _decoded(raw)
    name, secret = _context(level, leaves)
    new = leaves.string(name, value, secret, where)
    if level is not None and level.is_object and comparable(level.key) in NAMING:
        level.said = value
    return _encoded(new, raw) if new != value else None


def _context(level: _Level | None, leaves: Leaves) -> tuple[str, bool]:
    """The name that a value goes by, and whether what surrounds it is secret."""
    if level is None:
        return "", False
    if not level.is_object:
        return level.name, level.secret
    told = bool(level.said) and comparable(level.key) in NAMED and leaves.names_secret(level.said)
    return level.key, level.secret or told


def _decoded(raw: str) -> str:
    if "\\" not in raw:
        return raw[1:-1]
    value: str = json.loads(raw)
    return value


def _encoded(value: str, raw: str) -> str:
    """The string spelt as its neighbours are: with escapes beyond ASCII, and of slashes,
    where the original has them."""
    text = json.dumps(value, ensure_ascii="\\u" in raw)
    return text.replace("/", "\\/") if "\\/" in raw else text
