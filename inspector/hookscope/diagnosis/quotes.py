"""What to quote of an answer's body: whole words, whole JSON strings, a key with its value; never half of one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from hookscope.diagnosis.views import AnswerView
from hookscope.model.finding import Evidence

LONGEST = 160
# JSON is looked at for its strings up to this size; behind it, words are enough.
LOOKED_AT = 8 * 1024
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
_SCALAR = re.compile(rb'\s*:\s*("(?:[^"\\]|\\.)*"|[\w.+-]+)')
_STRUCTURE = re.compile(rb"\s*:\s*[\[{]")
# By which names validation of frameworks tells the place of a fault (pydantic, ajv, Bean Validation, class-validator,
# Symfony).
_PLACE_KEYS = ("loc", "path", "field", "instancePath", "property", "propertyPath", "param", "key")
_WORD_KEYS = ("msg", "message", "defaultMessage", "description", "detail")


def quote(answer: AnswerView, start: int, end: int) -> Evidence:
    """The words at a place of the body, widened to what they belong to; of a key that holds a structure,
    the words within it."""
    if answer.json is not None and len(answer.body) <= LOOKED_AT:
        widened = _in_json(answer.body, start, end)
        if widened is None and (said := spoken(answer)) is not None:
            return said
        if widened is not None and widened[1] - widened[0] <= LONGEST:
            return _evidence(answer, *widened)
    return _evidence(answer, *_whole_words(answer.body, start, end))


def spoken(answer: AnswerView) -> Evidence | None:
    """What an answer says in words: the field that it refuses and why, or its message;
    None where it says nothing that stands there literally."""
    if answer.encoded or len(answer.body) > LOOKED_AT:
        return None
    for place, words in (*_faults(answer.json), ("", answer.message.partition(" · ")[0].strip())):
        at = answer.body.find(words.encode()) if words else -1
        if at >= 0:
            of = f" of {place}" if place else ""
            return Evidence(f"the body says “{_cut(words)}”{of}", "answer.body", at, at + len(words.encode()))
    return None


def key_with_value(answer: AnswerView, key: str) -> Evidence | None:
    """A key of a JSON body as it stands there, with its value."""
    at = answer.low.find(f'"{key.lower()}"')
    return None if at < 0 or answer.encoded else quote(answer, at, at + len(key) + 2)


def _in_json(body: bytes, start: int, end: int) -> tuple[int, int] | None:
    """The place widened to whole strings, a key at its end to its value; None where that key holds a structure."""
    over = [found for found in _STRING.finditer(body, 0) if found.end() > start and found.start() < end]
    if not over:
        return _whole_words(body, start, end)
    first, last = over[0], over[-1]
    if _STRUCTURE.match(body, last.end()):
        return None if first is last else (min(start, first.start()), end)
    if value := _SCALAR.match(body, last.end()):
        return min(start, first.start()), value.end()
    if first is last and start >= first.start():
        return first.start() + 1, last.end() - 1
    return min(start, first.start()), max(end, last.end())


def _whole_words(body: bytes, start: int, end: int) -> tuple[int, int]:
    while start > 0 and end - start < LONGEST and _is_letter(body[start - 1]) and _is_letter(body[start]):
        start -= 1
    while end < len(body) and end - start < LONGEST and _is_letter(body[end]) and _is_letter(body[end - 1]):
        end += 1
    return start, end


def _is_letter(byte: int) -> bool:
    return byte >= 0x80 or bytes((byte,)).isalnum() or byte == 0x5F


def _faults(value: Any, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Each fault that validation lists: its field, and what is wrong with it. Any: a JSON value."""
    if depth > 4 or not isinstance(value, (dict, list)):
        return
    for item in value[:4] if isinstance(value, list) else value.values():
        if isinstance(value, list) and isinstance(item, dict):
            words = next((item[key] for key in _WORD_KEYS if isinstance(item.get(key), str)), "")
            place = next((_place(item[key]) for key in _PLACE_KEYS if item.get(key)), "")
            if words and place:
                yield place, words
        yield from _faults(item, depth + 1)


def _place(value: Any) -> str:
    """Any: a JSON value."""
    if isinstance(value, list):
        return ".".join(str(part) for part in value[:8] if isinstance(part, (str, int)))
    return value if isinstance(value, str) and len(value) <= 80 else ""


def _evidence(answer: AnswerView, start: int, end: int) -> Evidence:
    words = " ".join(unescape(answer.body[start:end].decode("utf-8", "replace")).split())
    return Evidence(f"the body says “{_cut(words)}”", "answer.body", start, end)


def _cut(words: str) -> str:
    """At most `LONGEST` characters, cut between words."""
    if len(words) <= LONGEST:
        return words
    return words[: LONGEST - 1].rpartition(" ")[0] + " …" if " " in words[:LONGEST] else words[: LONGEST - 1] + "…"
