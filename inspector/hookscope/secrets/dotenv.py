"""`.env` files, read as python-dotenv reads them: quotes over several lines, comments, `export`,
`${NAME}` and `${NAME:-default}`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from hookscope.config.regular_file import read_regular
from hookscope_relay.errors import InputError

MAX_BYTES = 1 << 20
_BLANK = re.compile(r"(?:\s|#[^\n]*(?:\n|$))*")
_NAME = re.compile(r"(?:export[ \t]+)?(?:'([^'\n]+)'|([^=#\s]+))[ \t]*(=[ \t]*)?")
# Each quote with what it holds; what may be escaped in it.
_QUOTED = {
    "'": (re.compile(r"'((?:\\.|[^'\\])*)'", re.DOTALL), re.compile(r"\\([\\'])")),
    '"': (re.compile(r'"((?:\\.|[^"\\])*)"', re.DOTALL), re.compile(r"\\([\\'\"abfnrtv])")),
    "`": (re.compile(r"`([^`]*)`"), re.compile(r"(?!)")),
}
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_LINE = re.compile(r"[^\n]*")
_NOTE = re.compile(r"(?:^|\s+)#.*")
_REST = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|$)")
_VARIABLE = re.compile(r"\$\{([^}:\n]*)(?::-([^}\n]*))?\}")


def parse_dotenv(text: str, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables of a `.env` file, by name; a line that is none is passed over.

    `${NAME}` means a variable of the file that stands before it, else one of `environ`, else nothing.
    """
    values: dict[str, str] = {}
    for name, raw in _assignments(text.replace("\r\n", "\n").replace("\r", "\n")):
        values[name] = _expanded(raw, {**(environ or {}), **values})
    return values


def with_dotenv(environ: Mapping[str, str], name: str) -> Mapping[str, str]:
    """The environment, and what a `.env` file adds to it; as it is where no file is named.

    `InputError` for a file that cannot be read.
    """
    if not name:
        return environ
    try:
        text = read_regular(Path(name), MAX_BYTES, "name a .env file").decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{name} cannot be read: it is not UTF-8 text", "name a .env file") from None
    return {**environ, **parse_dotenv(text, environ)}


def _assignments(text: str) -> Iterator[tuple[str, str]]:
    place = 0
    while (place := _after(_BLANK, text, place)) < len(text):
        name = _NAME.match(text, place)
        if name is None or name[3] is None:
            place = _after(_LINE, text, place)
            continue
        value, place = _value(text, name.end())
        if value is not None:
            yield name[1] or name[2], value


def _value(text: str, place: int) -> tuple[str | None, int]:
    """The value at a place and where it ends; None for a quoted one that something follows,
    as python-dotenv passes over."""
    form, escaped = _QUOTED.get(text[place : place + 1], (None, None))
    quoted = form.match(text, place) if form is not None else None
    if quoted is not None and escaped is not None:
        end = _REST.match(text, quoted.end())
        value = escaped.sub(lambda match: _ESCAPES.get(match[1], match[1]), quoted[1])
        return (value, end.end()) if end is not None else (None, _after(_LINE, text, quoted.end()))
    line = _LINE.match(text, place)
    assert line is not None
    return _NOTE.sub("", line[0]).rstrip(), line.end()


def _after(form: re.Pattern[str], text: str, place: int) -> int:
    match = form.match(text, place)
    return match.end() if match is not None else place


def _expanded(value: str, known: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda match: known.get(match[1], match[2] or ""), value)
