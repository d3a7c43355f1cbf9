"""JSON text as tokens (RFC 8259), for views that must keep every spelling: numbers, escapes, key order, repeated keys.

Nothing is parsed into values, so nothing is lost, and nothing nests in our own stack. Text that is not JSON gives
tokens up to the place where it goes wrong, and then one token of the kind `flaw`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

import msgspec

from hookscope.text.pattern import compile_pattern

TokenKind: TypeAlias = Literal["open", "close", "colon", "comma", "key", "string", "number", "literal", "flaw"]

MAX_DEPTH = 500
MAX_NUMBER = 1000
LARGE = 1024 * 1024


class JsonToken(NamedTuple):
    """One token: `text[start:end]` of the text it came from.

    `depth` counts the containers around it; `reason` is a flaw's.
    """

    kind: TokenKind
    start: int
    end: int
    depth: int
    reason: str = ""


class Flaw(NamedTuple):
    """Why a text is not JSON, or not one that we look into; `offset` counts characters, -1 where it is unknown."""

    reason: str
    offset: int = -1


_SPACE = re.compile(r"[ \t\n\r]*+")
_TOKEN = compile_pattern(
    r'(?P<string>"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+")'
    r"|(?P<number>-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?)"
    r"|(?P<literal>true|false|null)"
    r"|(?P<open>[{\[])|(?P<close>[}\]])|(?P<colon>:)|(?P<comma>,)"
)
_AFTER_WORD = re.compile(r"[0-9A-Za-z_.+-]")

# What may come next: in the place of a value, of a first value (or an end), of a key, of a first key (or an end), …
_VALUES = frozenset({"string", "number", "literal", "open"})
_WANTED = {
    "value": (_VALUES, "a value"),
    "first-value": (_VALUES | {"close"}, "a value or ]"),
    "key": (frozenset({"string"}), "a name in double quotes"),
    "first-key": (frozenset({"string", "close"}), "a name in double quotes or }"),
    "colon": (frozenset({"colon"}), "a colon"),
    "after": (frozenset({"comma", "close"}), "a comma or the end of the container"),
}


def scan(text: str, max_depth: int = MAX_DEPTH) -> Iterator[JsonToken]:
    """The tokens of the text; after a token of the kind `flaw` there is none."""
    stack: list[str] = []
    wanted = "value"
    at = _skip(text, 0)
    while wanted != "end":
        match = _TOKEN.match(text, at)
        kind = match.lastgroup if match else None
        flaw = _flaw(text, at, match, wanted, stack, max_depth)
        if flaw or match is None or kind is None:
            yield JsonToken("flaw", at, len(text), len(stack), flaw)
            return
        end = match.end()
        if kind == "open":
            yield JsonToken("open", at, end, len(stack))
            stack.append(text[at])
            wanted = "first-key" if text[at] == "{" else "first-value"
        elif kind == "close":
            stack.pop()
            yield JsonToken("close", at, end, len(stack))
            wanted = "after" if stack else "end"
        elif kind == "comma":
            yield JsonToken("comma", at, end, len(stack))
            wanted = "key" if stack[-1] == "{" else "value"
        elif kind == "colon":
            yield JsonToken("colon", at, end, len(stack))
            wanted = "value"
        elif kind == "string" and wanted in ("key", "first-key"):
            yield JsonToken("key", at, end, len(stack))
            wanted = "colon"
        else:
            yield JsonToken(
                "string" if kind == "string" else "number" if kind == "number" else "literal", at, end, len(stack)
            )
            wanted = "after" if stack else "end"
        at = _skip(text, end)
    if at < len(text):
        yield JsonToken("flaw", at, len(text), 0, "something follows the end of the JSON value")


def json_flaw(body: bytes) -> Flaw | None:
    """Why the body is not JSON that we look into; None where it is. Over 1 MiB by a fast check that gives no offset."""
    if len(body) > LARGE:
        return _fast_flaw(body)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        return Flaw(f"byte {error.start} is not UTF-8")
    return next((Flaw(token.reason, token.start) for token in scan(text) if token.kind == "flaw"), None)


def _fast_flaw(body: bytes) -> Flaw | None:
    try:
        body.decode("utf-8")
        msgspec.json.decode(body, type=msgspec.Raw)
    except UnicodeDecodeError as error:
        return Flaw(f"byte {error.start} is not UTF-8")
    except RecursionError:
        return Flaw("nested too deep")
    except msgspec.DecodeError as error:
        return Flaw(str(error)[:200])
    return None


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _flaw(text: str, at: int, match: re.Match[str] | None, wanted: str, stack: list[str], max_depth: int) -> str:
    """What is wrong with the token at hand in this place; empty where nothing is."""
    allowed, described = _WANTED[wanted]
    if match is None:
        return _no_token(text, at, described)
    kind = match.lastgroup
    if kind not in allowed:
        return f"{described} is wanted"
    reason = ""
    if kind == "close":
        reason = "" if stack[-1] + text[at] in ("{}", "[]") else "the wrong kind of bracket closes"
    elif kind == "open":
        reason = f"nested deeper than {max_depth} levels" if len(stack) >= max_depth else ""
    elif kind in ("number", "literal"):
        reason = _word_flaw(text, at, match.end())
    return reason


def _word_flaw(text: str, start: int, end: int) -> str:
    if end - start > MAX_NUMBER:
        return f"a number of more than {MAX_NUMBER} characters"
    return "a number or a word that JSON does not have" if _AFTER_WORD.match(text, end) else ""


def _no_token(text: str, at: int, described: str) -> str:
    if at >= len(text):
        return f"the text ends where {described} is wanted"
    return "a string that does not end, or holds a control character" if text[at] == '"' else f"{described} is wanted"
