"""The white space, order and escapes with which languages and databases write JSON:
one parsed value as every text they make of it.

The text is written by the standard library's fast encoder and escaped afterwards, which is exact since the escaped
characters occur in strings only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

# DEL too: Python escapes it with what is not ASCII.
NOT_ASCII = re.compile(r"[^\x00-\x7e]")
HIGH = re.compile(r"[\U00010000-\U0010ffff]")
LOW_ESCAPE = re.compile(r"(?<!\\)((?:\\\\)*)\\u([0-9a-f]{4})")
MAX_WRITTEN_SLOWLY = 1 << 17


class JsonLayout(NamedTuple):
    """White space and order of a rewrite. `rare` ones come after everything else."""

    name: str
    separators: tuple[str, str] = (",", ":")
    indent: int | str | None = None
    order: Callable[[Any], Any] | None = None
    newline: str = "\n"
    inline_lists: bool = False


def in_order(value: Any) -> Any:  # Any: JSON is of every type
    """The value with every object's keys sorted."""
    return _reordered(value, lambda key: key)


def by_length(value: Any) -> Any:
    """The value with every object's keys in the order of Postgres' `jsonb`: by length in bytes, then bytewise."""
    return _reordered(value, lambda key: (len(encoded := key.encode("utf-8", "surrogatepass")), encoded))


def _reordered(value: Any, place: Callable[[str], Any]) -> Any:
    if isinstance(value, list):
        return [_reordered(item, place) for item in value]
    if isinstance(value, dict):
        return {key: _reordered(value[key], place) for key in sorted(value, key=place)}
    return value


LIKELY = (
    JsonLayout("compact"),
    JsonLayout("spaced", (", ", ": ")),
    JsonLayout("compact, sorted", order=in_order),
    JsonLayout("spaced, sorted", (", ", ": "), order=in_order),
)
RARE = (
    JsonLayout("indent of 2", (",", ": "), indent=2),
    JsonLayout("indent of 4", (",", ": "), indent=4),
    JsonLayout("indent of a tab", (",", ": "), indent="\t"),
    JsonLayout("indent of 2, sorted", (",", ": "), indent=2, order=in_order),
    JsonLayout("indent of 4, sorted", (",", ": "), indent=4, order=in_order),
    JsonLayout("indent of a tab, sorted", (",", ": "), indent="\t", order=in_order),
    JsonLayout("half spaced", (",", ": ")),
    JsonLayout("spaced, keys by length", (", ", ": "), order=by_length),  # Postgres
    JsonLayout("indent of 2, lists in one line", (", ", " : "), indent=2, inline_lists=True),  # Jackson
    JsonLayout("indent of 2, colons spaced", (",", " : "), indent=2),  # Swift
    JsonLayout("indent of 3, colons spaced", (",", " : "), indent=3),  # Perl
    JsonLayout("indent of 2, CRLF", (",", ": "), indent=2, newline="\r\n"),  # .NET on Windows
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


def _line_ends(text: str) -> str:
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _html(text: str) -> str:
    return _line_ends(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def _dotnet(text: str) -> str:
    text = text.replace('\\"', "\\u0022").replace("'", "\\u0027").replace("+", "\\u002b").replace("`", "\\u0060")
    return _upper(_ascii(_html(text)))


def _meta(text: str) -> str:
    """As Meta writes it: also `<`, `%` and `@` as escapes
    (developers.facebook.com/docs/graph-api/webhooks/getting-started)."""
    return _signs(_slashes(_ascii(text)))


def _signs(text: str) -> str:
    return text.replace("<", "\\u003C").replace("%", "\\u0025").replace("@", "\\u0040")


def _html_capitals(text: str) -> str:
    return text.replace("<", "\\u003C").replace(">", "\\u003E")


def _php_hex(text: str) -> str:
    text = text.replace('\\"', "\\u0022").replace("'", "\\u0027").replace("&", "\\u0026")
    return _html_capitals(text)


def _high(text: str) -> str:
    """Only what lies beyond 16 bits as escapes."""
    return HIGH.sub(lambda match: "".join(f"\\u{unit:04x}" for unit in _units(match[0])), text)


# The names say what is done; the languages that do so by default stand behind.
ESCAPES: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("unicode", lambda text: text),  # JavaScript, Ruby, Java; Python with ensure_ascii=False
    ("ascii", _ascii),  # Python
    ("slashes, ascii", lambda text: _slashes(_ascii(text))),  # PHP
    ("slashes", _slashes),  # Swift
    ("html", _html),  # Go, Rails
    ("ascii in capitals", lambda text: _upper(_ascii(text))),
    ("unicode, escapes in capitals", _upper),
    ("html, ascii in capitals", _dotnet),  # .NET
    ("html, = and ' too", lambda text: _html(text).replace("=", "\\u003d").replace("'", "\\u0027")),  # Gson
    ("slash after < escaped", lambda text: text.replace("</", "<\\/")),  # org.json
    ("html, ascii", lambda text: _ascii(_html(text))),
    ("slashes, line separators", lambda text: _slashes(_line_ends(text))),  # PHP with JSON_UNESCAPED_UNICODE
    ("line separators", _line_ends),  # PHP with JSON_UNESCAPED_SLASHES too
    ("slashes, ascii, < % and @", _meta),  # Meta
    ("slashes, ascii, @", lambda text: _slashes(_ascii(text)).replace("@", "\\u0040")),
    ("slashes, ascii, < % and @ in lower case", lambda text: _meta(text).replace("\\u003C", "\\u003c")),
    ("ascii, < % and @", lambda text: _signs(_ascii(text))),
    (
        "slashes, ascii, hex for < > & ' and quotes",
        lambda text: _slashes(_ascii(_php_hex(text))),
    ),  # PHP with JSON_HEX_*
    ("slashes, ascii, hex for < and >", lambda text: _slashes(_ascii(_html_capitals(text)))),
    ("unicode, escapes beyond 16 bits", _high),
    ("unicode, escapes beyond 16 bits in capitals", lambda text: _upper(_high(text))),  # .NET, relaxed
)


def written(value: Any, layout: JsonLayout, finish: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """Each different text of a value in one layout, with the name of its escapes; none for what is nested too deeply.

    `finish` sees the text before it is escaped.
    """
    try:
        text = finish(_laid_out(layout.order(value) if layout.order else value, layout))
    except (ValueError, RecursionError):
        return
    if layout.newline != "\n":
        text = text.replace("\n", layout.newline)
    seen: set[str] = set()
    for name, escape in ESCAPES:
        escaped = escape(text)
        if escaped not in seen:
            seen.add(escaped)
            yield name, escaped


def _laid_out(value: Any, layout: JsonLayout) -> str:
    if layout.inline_lists:
        budget = [MAX_WRITTEN_SLOWLY]
        return _with_inline_lists(value, layout, "\n", budget)
    return json.dumps(value, ensure_ascii=False, separators=layout.separators, indent=layout.indent)


def _with_inline_lists(value: Any, layout: JsonLayout, margin: str, budget: list[int]) -> str:
    """Objects over several lines, lists within one, as Jackson's default printer has it;
    `ValueError` for what is too large."""
    comma, colon = layout.separators
    if isinstance(value, dict) and value:
        inner = margin + "  "
        members = (
            f"{inner}{json.dumps(key, ensure_ascii=False)}{colon}{_with_inline_lists(item, layout, inner, budget)}"
            for key, item in value.items()
        )
        return "{" + ",".join(members) + margin + "}"
    if isinstance(value, list) and value:
        return "[ " + comma.join(_with_inline_lists(item, layout, margin, budget) for item in value) + " ]"
    text = {"dict": "{ }", "list": "[ ]"}.get(type(value).__name__) or json.dumps(value, ensure_ascii=False)
    budget[0] -= len(text) + 1
    if budget[0] < 0:
        raise ValueError("too large to be written in this layout")
    return text
