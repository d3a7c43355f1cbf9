"""A JSON body parsed and written again, as Python, JavaScript, Go, Ruby, PHP, Java and .NET do it.

Numbers keep the digits they had unless a language changes them; then the rewrite is of another kind. The text is written by the standard
library's fast encoder: numbers travel through it as marked strings, and escapes are put in afterwards, which is exact since the escaped
characters occur in strings only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from hookscope.signatures.numbers_as_written import LANGUAGES

MARK = "\ue000\ue001"
UNMARK = re.compile(f'"{MARK}([^"]*)"')
# DEL too: Python escapes it with what is not ASCII.
NOT_ASCII = re.compile(r"[^\x00-\x7e]")
LOW_ESCAPE = re.compile(r"(?<!\\)((?:\\\\)*)\\u([0-9a-f]{4})")
MAX_BYTES = 4 << 20
MAX_NUMBERS = 20_000
MAX_IN_PLACE = 1 << 18
MAX_PLACES = 30
NUMBER = re.compile(r'"(?:[^"\\]|\\.)*"|-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?')


class Layout(NamedTuple):
    """White space and order of a rewrite."""

    name: str
    separators: tuple[str, str]
    indent: int | str | None = None
    sort: bool = False


LAYOUTS = (
    Layout("compact", (",", ":")),
    Layout("spaced", (", ", ": ")),
    Layout("compact, sorted", (",", ":"), sort=True),
    Layout("spaced, sorted", (", ", ": "), sort=True),
    Layout("indent of 2", (",", ": "), indent=2),
    Layout("indent of 4", (",", ": "), indent=4),
    Layout("indent of a tab", (",", ": "), indent="\t"),
    Layout("indent of 2, sorted", (",", ": "), indent=2, sort=True),
    Layout("indent of 4, sorted", (",", ": "), indent=4, sort=True),
    Layout("half spaced", (",", ": ")),
)


def _units(character: str) -> Iterator[int]:
    data = character.encode("utf-16-be", "surrogatepass")
    return (data[at] << 8 | data[at + 1] for at in range(0, len(data), 2))


def _ascii(text: str) -> str:
    if text.isascii() and "\x7f" not in text:
        return text
    return NOT_ASCII.sub(lambda match: "".join(f"\\u{unit:04x}" for unit in _units(match[0])), text)


def _upper(text: str) -> str:
    if "\\u" not in text:
        return text
    return LOW_ESCAPE.sub(lambda match: f"{match[1]}\\u{match[2].upper()}", text)


def _slashes(text: str) -> str:
    return text.replace("/", "\\/")


def _html(text: str) -> str:
    text = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _dotnet(text: str) -> str:
    text = text.replace('\\"', "\\u0022").replace("'", "\\u0027").replace("+", "\\u002b").replace("`", "\\u0060")
    return _upper(_ascii(_html(text)))


# The names say what is done; the languages that do so by default stand behind.
ESCAPES: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("unicode", lambda text: text),  # JavaScript, Ruby, Java; Python with ensure_ascii=False
    ("ascii", _ascii),  # Python
    ("slashes, ascii", lambda text: _slashes(_ascii(text))),  # PHP
    ("slashes", _slashes),  # PHP with JSON_UNESCAPED_UNICODE
    ("html", _html),  # Go, Rails
    ("ascii in capitals", lambda text: _upper(_ascii(text))),
    ("unicode, escapes in capitals", _upper),
    ("html, ascii in capitals", _dotnet),  # .NET
    ("html, = and ' too", lambda text: _html(text).replace("=", "\\u003d").replace("'", "\\u0027")),  # Gson
    ("slash after < escaped", lambda text: text.replace("</", "<\\/")),  # org.json
    ("html, ascii", lambda text: _ascii(_html(text))),
)


def rewrites(body: bytes) -> Iterator[tuple[str, str, bytes]]:
    """Rewrites of a body as (mistake id, detail, bytes), the likely ones first; none where it is not JSON, is a bare scalar, or is large."""
    if len(body) > MAX_BYTES or body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"["):
        return
    numbers = _Numbers()
    kept = _read(body, numbers)
    if kept is None:
        return
    yield from _written(kept, "body-reserialized", "", LAYOUTS[:4])
    if (ordered := _numbers_first(kept)) is not None:
        yield from _written(ordered, "body-reserialized", ", keys that are numbers first", LAYOUTS[:4])
    for language, write in LANGUAGES.items():
        if numbers.change(write):
            value = _read(body, write)
            yield from _written(value, "body-number-changed", f", numbers as {language} writes them", LAYOUTS[:4])
    yield from _numbers_in_place(body, numbers)
    yield from _written(kept, "body-reserialized", "", LAYOUTS[4:])
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
    """The body as it is but for its numbers: all as a language writes them, and single ones with a zero fraction more or less."""
    text = body.decode("utf-8", "surrogateescape")

    def rewritten(write: Callable[[str], str]) -> bytes:
        changed = NUMBER.sub(lambda match: match[0] if match[0][0] == '"' else write(match[0]), text)
        return changed.encode("utf-8", "surrogateescape")

    for language, write in LANGUAGES.items():
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


def _read(body: bytes, number: Callable[[str], str]) -> Any:  # Any: JSON is of every type
    def marked(lexeme: str) -> str:
        return f"{MARK}{number(lexeme)}"

    try:
        return json.loads(
            body.decode("utf-8-sig"), parse_int=marked, parse_float=marked, parse_constant=lambda name: MARK + name
        )
    except (ValueError, RecursionError):
        return None


def _written(value: Any, mistake: str, how: str, layouts: tuple[Layout, ...]) -> Iterator[tuple[str, str, bytes]]:
    for layout in layouts:
        try:
            text = json.dumps(
                value,
                ensure_ascii=False,
                separators=layout.separators,
                indent=layout.indent,
                sort_keys=layout.sort,
            )
        except (ValueError, RecursionError):
            return
        text = UNMARK.sub(r"\1", text) if MARK in text else text
        written: set[str] = set()
        for name, escape in ESCAPES:
            escaped = escape(text)
            if escaped not in written:
                written.add(escaped)
                yield mistake, f"{layout.name}, {name}{how}", escaped.encode("utf-8", "surrogatepass")


def _numbers_first(value: Any) -> Any:
    """The value with keys that are whole numbers in front, ascending, as JavaScript orders them; None where none moves."""
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
