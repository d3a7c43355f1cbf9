"""`.env` files, read as python-dotenv reads them: quotes over several lines, comments, `export`,
`${NAME}` and `${NAME:-default}`.

What a file costs is bounded by its size, whatever it says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from hookscope.config.regular_file import read_regular, size_in_words
from hookscope_relay.errors import InputError

MAX_BYTES = 1 << 20
# A value may hold others several times over: so much do all of them have together.
MAX_EXPANDED = 4 << 20

# Names of python-dotenv's own grammar; each reads on where the one before it ended.
_SPACE = re.compile(r"\s*")
_KEY = re.compile(r"(?>(?:export[^\S\n]+)?)(?:'([^']+)'|(?!')([^=#\s]+))")
_EQUALS = re.compile(r"[^\S\n]*(?:(=)[^\S\n]*)?")
# Each quote with what it holds; what may be escaped in it.
_QUOTED = {
    "'": (re.compile(r"'((?:\\.|[^'\\])*)'", re.DOTALL), re.compile(r"\\([\\'])")),
    '"': (re.compile(r'"((?:\\.|[^"\\])*)"', re.DOTALL), re.compile(r"\\([\\'\"abfnrtv])")),
}
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_LINE = re.compile(r"[^\n]*")
_NOTE = re.compile(r"\s#")
_REST = re.compile(r"[^\S\n]*(?:#[^\n]*)?(?:\n|\Z)")
# A name of bounded length, so that no file makes the search for its end start over and over.
_VARIABLE = re.compile(r"\$\{([^}:]{0,1000})(?::-([^}]*))?\}")


def read_dotenv(path: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The variables of a `.env` file, by name; `InputError` for a file that cannot be read."""
    try:
        return parse_dotenv(read_regular(path, MAX_BYTES, "name a .env file").decode("utf-8"), environ)
    except UnicodeDecodeError:
        raise InputError(f"{path} cannot be read: it is not UTF-8 text", "name a .env file") from None
    except OverflowError as error:
        raise InputError(f"{path} cannot be read: {error}", "name a .env file") from None


def with_dotenv(environ: Mapping[str, str], name: str) -> Mapping[str, str]:
    """The environment, and what a `.env` file adds to it; as it is where no file is named.

    `InputError` for a file that cannot be read.
    """
    return {**environ, **read_dotenv(Path(name), environ)} if name else environ


def parse_dotenv(text: str, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables of a `.env` file, by name; a line that is none is passed over.

    `${NAME}` means a variable of the file that stands before it, else one of `environ`, else nothing. `OverflowError`
    where the values come to more than 4 MiB by that.
    """
    values: dict[str, str] = {}
    # What python-dotenv knows of a name: a line without `=` takes its value away.
    known: dict[str, str | None] = dict(environ or {})
    room = MAX_EXPANDED
    for name, raw in _assignments(text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")):
        values.pop(name, None)
        known[name] = None if raw is None else _expanded(raw, known, room)
        if (value := known[name]) is not None:
            values[name] = value
            room -= len(value)
    return values


def _assignments(text: str) -> Iterator[tuple[str, str | None]]:
    """Each name with its value, None where it has none."""
    place = 0
    while (place := _after(_SPACE, text, place)) < len(text):
        key = _KEY.match(text, place)
        if key is None:
            place = _after(_LINE, text, place)
            continue
        equals = _EQUALS.match(text, key.end())
        assert equals is not None
        value, place = _value(text, equals.end()) if equals[1] else (None, equals.end())
        end = _REST.match(text, place)
        if end is not None and (value is not None or not equals[1]):
            yield key[1] or key[2], value
        place = end.end() if end is not None else _after(_LINE, text, place)


def _value(text: str, place: int) -> tuple[str | None, int]:
    """The value at a place and where it ends; None for a quoted one without an end."""
    if text[place : place + 1] in _QUOTED:
        form, escaped = _QUOTED[text[place]]
        quoted = form.match(text, place)
        if quoted is None:
            return None, _after(_LINE, text, place)
        return escaped.sub(lambda match: _ESCAPES.get(match[1], match[1]), quoted[1]), quoted.end()
    end = _after(_LINE, text, place)
    if text[place : place + 1] == "#" and text[place - 1] != "=":
        return "", end
    note = _NOTE.search(text, place, end)
    return text[place : note.start() if note else end].rstrip(), end


def _after(form: re.Pattern[str], text: str, place: int) -> int:
    match = form.match(text, place)
    return match.end() if match is not None else place


def _expanded(value: str, known: Mapping[str, str | None], room: int) -> str:
    """The value with its variables, of at most so many characters."""
    parts: list[str] = []
    done = 0
    for match in _VARIABLE.finditer(value, 0, value.rfind("}") + 1):
        parts += value[done : match.start()], known.get(match[1], match[2]) or ""
        done = match.end()
        room -= len(parts[-1])
        if room < 0:
            break
    parts.append(value[done:])
    if room < len(value):
        raise OverflowError(f"its variables come to more than {size_in_words(MAX_EXPANDED)}")
    return "".join(parts)
