"""JSON laid out for reading, one member a line: the spelling of every number and string, order and repeated keys stay.

Lines are made one after the other, so that the first page of a large body costs no more than that of a small one. Text
that is not JSON is laid out up to the place where it goes wrong; the rest follows as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from hookscope.payload.json_tokens import TokenKind, scan

INDENT = 2
MAX_INDENTED = 60
MAX_SHOWN = 10_000
RAW_LINE = 1_000


class Shown(NamedTuple):
    """A piece of a line: its kind, for a colour, and the text to show."""

    kind: TokenKind
    text: str


class JsonLine(NamedTuple):
    """One line: its depth, and its pieces in order."""

    depth: int
    pieces: tuple[Shown, ...]

    @property
    def text(self) -> str:
        """The line as text, indented."""
        return " " * (INDENT * min(self.depth, MAX_INDENTED)) + "".join(piece.text for piece in self.pieces)


def pretty_json(body: bytes) -> str:
    """The whole body laid out; for large bodies take lines from `json_lines` instead."""
    return "\n".join(line.text for line in json_lines(body))


def json_lines(body: bytes) -> Iterator[JsonLine]:
    """The lines of the body, made when asked for."""
    text = body.decode("utf-8", "surrogateescape")
    pieces: list[Shown] = []
    depth = 0
    opened = False
    for token in scan(text):
        if token.kind == "flaw":
            if pieces:
                yield JsonLine(depth, tuple(pieces))
            yield from _rest(text, token.start, token.depth)
            return
        if token.kind == "close":
            if not opened:
                yield JsonLine(depth, tuple(pieces))
                pieces, depth = [], token.depth
        elif opened:
            yield JsonLine(depth, tuple(pieces))
            pieces, depth = [], token.depth
        opened = token.kind == "open"
        pieces.append(Shown(token.kind, _shown(text, token.start, token.end, token.kind)))
        if token.kind == "comma":
            yield JsonLine(depth, tuple(pieces))
            pieces, depth = [], token.depth
    if pieces:
        yield JsonLine(depth, tuple(pieces))


def _shown(text: str, start: int, end: int, kind: TokenKind) -> str:
    if kind == "colon":
        return ": "
    if end - start <= MAX_SHOWN:
        return text[start:end]
    return f"{text[start : start + MAX_SHOWN]}… ({end - start - MAX_SHOWN:,} characters more)"


def _rest(text: str, start: int, depth: int) -> Iterator[JsonLine]:
    """What follows a flaw, in the sender's own lines; a line without an end is cut into several."""
    while start < len(text):
        end = text.find("\n", start, start + RAW_LINE)
        end = min(start + RAW_LINE, len(text)) if end < 0 else end
        yield JsonLine(depth, (Shown("flaw", text[start:end]),))
        start = end + 1 if text[end : end + 1] == "\n" else end
