"""A JSON body parsed and written again, as Python, JavaScript, Go, Ruby, PHP, Java and .NET do it.

Numbers keep the digits they had unless a language changes them; then the rewrite is of another kind. They travel
through the encoder as marked strings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hookscope.signatures.mistakes.json_batches import batches
from hookscope.signatures.mistakes.json_layouts import ESCAPES, LIKELY, RARE, JsonLayout, written
from hookscope.signatures.mistakes.json_numbers import FURTHER_LANGUAGES, LANGUAGES

MARK = "\ue000\ue001"
UNMARK = re.compile(f'"{MARK}(-?[0-9][0-9.eE+-]*|null|NaN|-?Infinity)"')
MAX_BYTES = 4 << 20
MAX_NUMBERS = 20_000
MAX_IN_PLACE = 1 << 18
MAX_PLACES = 30
ESCAPE = re.compile(r"\\(?:(/)|u((?:[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|[0-9a-fA-F]{4})|.)")
NUMBER = re.compile(r'"(?:[^"\\]|\\.)*"|-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?')


def rewrites(body: bytes) -> Iterator[tuple[str, str, bytes]]:
    """Rewrites of a body as (mistake id, detail, bytes), the likely ones first; none where it is not JSON,
    is a bare scalar, or is large."""
    if len(body) > MAX_BYTES or body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"["):
        return
    numbers = _Numbers()
    kept = _read(body, numbers)
    if kept is None:
        return
    changing = {language: write for language, write in LANGUAGES.items() if numbers.change(write)}
    ordered = _numbers_first(kept)
    for layouts in (LIKELY, RARE):
        yield from _written(kept, "body-reserialized", "", layouts)
        if ordered is not None:
            yield from _written(ordered, "body-reserialized", ", keys that are numbers first", layouts)
        for language, write in changing.items():
            value = _read(body, write)
            yield from _written(value, "body-number-changed", f", numbers as {language} writes them", layouts)
            if ordered is not None and language == "JavaScript":
                how = ", numbers and keys that are numbers as JavaScript writes them"
                yield from _written(_numbers_first(value), "body-number-changed", how, layouts)
        if layouts is LIKELY:
            yield from _numbers_in_place(body, numbers)
            for language, write in FURTHER_LANGUAGES.items():
                if numbers.change(write):
                    how = f", numbers as {language} writes them"
                    yield from _written(_read(body, write), "body-number-changed", how, LIKELY[:2])
            yield from _escapes_in_place(body)
            for how, text in batches(kept, _unmarked):
                yield "body-reserialized", how, text.encode("utf-8", "surrogatepass")
    if isinstance(kept, dict):
        yield "body-reserialized", "an object turned into text by JavaScript", b"[object Object]"
        yield "body-reserialized", "a dictionary turned into text by Python", _python_text(body)


class _Numbers:
    """Lets numbers through and remembers them, so that a language that changes none is passed over."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    def __call__(self, lexeme: str) -> str:
        if len(self.seen) < MAX_NUMBERS:
            self.seen.add(lexeme)
        return lexeme

    def change(self, write: Callable[[str], str]) -> bool:
        """Whether a language writes any of them otherwise."""
        return any(write(lexeme) != lexeme for lexeme in self.seen)


def _numbers_in_place(body: bytes, numbers: _Numbers) -> Iterator[tuple[str, str, bytes]]:
    """The body as it is but for its numbers: all as a language writes them,
    and single ones with a zero fraction more or less."""
    text = body.decode("utf-8", "surrogateescape")

    def rewritten(write: Callable[[str], str]) -> bytes:
        changed = NUMBER.sub(lambda match: match[0] if match[0][0] == '"' else write(match[0]), text)
        return changed.encode("utf-8", "surrogateescape")

    for language, write in (*LANGUAGES.items(), *FURTHER_LANGUAGES.items()):
        if numbers.change(write):
            how = f"only the numbers, as {language} writes them"
            yield "body-number-changed", how, rewritten(write)
    if len(text) > MAX_IN_PLACE:
        return
    places = [match for match in NUMBER.finditer(text) if match[0][0] != '"'][:MAX_PLACES]
    for match in places:
        other = match[0].removesuffix(".0") if match[0].endswith(".0") else match[0] + ".0"
        if match[0].lstrip("-").replace(".", "", 1).isdigit() and ("." not in match[0] or match[0].endswith(".0")):
            changed = text[: match.start()] + other + text[match.end() :]
            yield "body-number-changed", f"{match[0][:30]} as {other[:30]}", changed.encode("utf-8", "surrogateescape")


def _escapes_in_place(body: bytes) -> Iterator[tuple[str, str, bytes]]:
    """The body with its white space kept and its characters escaped otherwise."""
    text = body.decode("utf-8", "surrogateescape")
    plain = ESCAPE.sub(_character, text) if "\\" in text else text
    for name, escape in ESCAPES if len(text) <= MAX_IN_PLACE else ():
        changed = escape(plain)
        if changed != text:
            yield "body-reserialized", f"only the escapes, {name}", changed.encode("utf-8", "surrogatepass")


def _character(match: re.Match[str]) -> str:
    """What an escape of a printable character stands for; what JSON must escape stays, halves of a pair are joined."""
    if match[1] == "/":
        return "/"
    if match[2] is None:
        return match[0]
    units = bytes.fromhex(match[2].replace("\\u", ""))
    text = units.decode("utf-16-be", "surrogatepass")
    return match[0] if text < " " or text in ('"', "\\") else text


def _read(body: bytes, number: Callable[[str], str]) -> Any:  # Any: JSON is of every type
    def marked(lexeme: str) -> str:
        return f"{MARK}{number(lexeme)}"

    try:
        return json.loads(
            body.decode("utf-8-sig"), parse_int=marked, parse_float=marked, parse_constant=lambda name: MARK + name
        )
    except (ValueError, RecursionError):
        return None


def _written(value: Any, mistake: str, how: str, layouts: Sequence[JsonLayout]) -> Iterator[tuple[str, str, bytes]]:
    for layout in layouts:
        for name, text in written(value, layout, _unmarked):
            yield mistake, f"{layout.name}, {name}{how}", text.encode("utf-8", "surrogatepass")


def _unmarked(text: str) -> str:
    return UNMARK.sub(r"\1", text) if MARK in text else text


def _numbers_first(value: Any) -> Any:
    """The value with keys that are whole numbers in front, ascending, as JavaScript orders them;
    None where none moves."""
    moved = False

    def order(item: Any) -> Any:
        nonlocal moved
        if isinstance(item, list):
            return [order(part) for part in item]
        if not isinstance(item, dict):
            return item
        numbers = sorted((key for key in item if _is_index(key)), key=int)
        keys = [*numbers, *(key for key in item if not _is_index(key))]
        moved = moved or keys != list(item)
        return {key: order(item[key]) for key in keys}

    try:
        ordered = order(value)
    except RecursionError:
        return None
    return ordered if moved else None


def _is_index(key: str) -> bool:
    return key.isascii() and key.isdigit() and len(key) < 10 and (key == "0" or key[0] != "0")


def _python_text(body: bytes) -> bytes:
    try:
        return str(json.loads(body)).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):
        return b""
