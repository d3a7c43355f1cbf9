"""What templates, shells and `.env` files make of a secret's characters: each yields (mistake id, detail, text)."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

SecretText: TypeAlias = tuple[str, str, bytes]

# What a shell puts in the place of `$1`, `$@` and the like is nothing; `$$` becomes the number of its process.
SHELL_NAMES = "123456789@#*!_"
PROCESS = re.compile(rb"[1-9][0-9]{0,6}")
MAX_EXPANDED_BYTES = 128
SCRIPT = re.compile(r"\\u([0-9A-Fa-f]{4})|\\x([0-9A-Fa-f]{2})|\\([/\"'`\\$=])")
COMMENT = re.compile(rb"[ \t]+#.*$")
VERSION = re.compile(rb"v[0-9][a-z]?[,:=]")
CHANNEL = re.compile(rb"(?:Bearer|Basic|Token|HMAC)[ :]+", re.IGNORECASE)

# Characters as template engines write them; `=` is what the secrets end with.
HTML_FORMS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("HTML, &quot; and &#x27;", html.escape),
    ("HTML, &#34; and &#39;", lambda text: html.escape(text, quote=False).replace('"', "&#34;").replace("'", "&#39;")),
    ("HTML, = too", lambda text: _named(text, "&<>\"'`=/", lambda code: f"&#x{code:X};", {38: "&amp;"})),
    ("HTML, but for quotes", lambda text: html.escape(text, quote=False)),
    ("HTML, + too", lambda text: html.escape(text).replace("+", "&#43;")),
)
SCRIPT_FORMS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("JavaScript", lambda text: _named(text, "\\'\"<>&=-;`", lambda code: f"\\u{code:04X}", {})),
    ("JavaScript, lower case", lambda text: _named(text, "\\'\"<>&=-;`+", lambda code: f"\\u{code:04x}", {})),
    ("JavaScript, \\x", lambda text: _named(text, "\\'\"<>&=-;`+/", lambda code: f"\\x{code:02X}", {})),
    ("JSON", lambda text: text.replace("\\", "\\\\").replace('"', '\\"')),
    ("JSON, slashes too", lambda text: text.replace("\\", "\\\\").replace('"', '\\"').replace("/", "\\/")),
)


def escape_mistakes(value: bytes) -> Iterator[SecretText]:
    """The secret with escapes undone and put in, and as files and templates leave it."""
    yield from _unescaped(value)
    yield from _escaped(value)
    yield from _doubled(value)
    yield from _files(value)


def expansion_mistakes(value: bytes) -> Iterator[SecretText]:
    """Secrets that a shell may have made this one of: `$$` became a number, `$1` nothing.

    Guesses, and so many that they come last.
    """
    if len(value) > MAX_EXPANDED_BYTES:
        return
    restored = [("", value)]
    for match in PROCESS.finditer(value):
        text = value[: match.start()] + b"$$" + value[match.end() :]
        restored.append((f"$$ became {match[0].decode()}", text))
        yield "secret-expanded", f"a shell expanded it: {restored[-1][0]}", text
    for told, text in restored:
        for at in range(len(text) + 1):
            for name in SHELL_NAMES:
                gone = f"${name} became nothing"
                yield (
                    "secret-expanded",
                    f"a shell expanded it: {told + ', ' if told else ''}{gone}",
                    b"%s$%s%s" % (text[:at], name.encode(), text[at:]),
                )


def _unescaped(value: bytes) -> Iterator[SecretText]:
    text = value.decode("latin-1")
    if "&" in text:
        yield "secret-escaped", "without its HTML escapes", html.unescape(text).encode("latin-1", "replace")
    if "\\" in text:
        plain = SCRIPT.sub(lambda match: chr(int(match[1] or match[2], 16)) if match[1] or match[2] else match[3], text)
        yield "secret-escaped", "without its JavaScript escapes", plain.encode("latin-1", "replace")
        yield "secret-escaped", "without its backslashes", text.replace("\\", "").encode("latin-1")


def _escaped(value: bytes) -> Iterator[SecretText]:
    text = value.decode("latin-1")
    for name, escape in (*HTML_FORMS, *SCRIPT_FORMS):
        yield "secret-escaped", f"escaped as in {name}", escape(text).encode("latin-1")
    for name, characters in (("a shell", "$\\`\"'!&;<>|()*?#~ "), ("a regular expression", "$.*+?^()[]{}|\\/-")):
        escaped = _named(text, characters, lambda code: f"\\{chr(code)}", {})
        yield "secret-escaped", f"escaped as for {name}", escaped.encode("latin-1")


def _doubled(value: bytes) -> Iterator[SecretText]:
    """`$$` of Compose files and make, `%%` of batch files and systemd, doubled quotes and backslashes."""
    for mark in (b"$", b"%", b"'", b'"', b"\\", b"{", b"}"):
        if mark in value:
            shown = mark.decode()
            yield "secret-escaped", f"{shown}{shown} made {shown}", value.replace(mark * 2, mark)
            yield "secret-escaped", f"{shown} made {shown}{shown}", value.replace(mark, mark * 2)


def _files(value: bytes) -> Iterator[SecretText]:
    """What stands beside a secret in `.env`, YAML and header files."""
    for name, pattern, front in (("the comment after it", COMMENT, False), ("the scheme before it", CHANNEL, True)):
        found = pattern.match(value) if front else pattern.search(value)
        if found:
            yield "secret-quoted", f"without {name}", value[found.end() :] if front else value[: found.start()]
    for mark in (b"#", b" #"):
        yield "secret-quoted", "with a # after it", value + mark
    if match := VERSION.match(value):
        yield "secret-prefix-kept", f"without {match[0].decode()} before it", value[match.end() :]


def _named(text: str, characters: str, write: Callable[[int], str], known: dict[int, str]) -> str:
    return "".join(known.get(ord(one)) or write(ord(one)) if one in characters else one for one in text)
