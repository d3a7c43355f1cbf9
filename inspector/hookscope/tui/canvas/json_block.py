"""A JSON body laid out one member a row, its containers folding; rows are made as far as somebody looks."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from itertools import islice
from typing import overload

from hookscope.payload.json_text import JsonLine, json_lines
from hookscope.tui.canvas.document import Block
from hookscope.tui.canvas.line import Line, Role, Span, said, wrap

INDENT = 2
MAX_INDENTED = 20
# Rows beyond what was looked at are made in steps of this many lines.
STEP = 400
MAX_LINES = 50_000
MAX_PIECE = 4000
ROLES: dict[str, Role] = {
    "open": "",
    "close": "",
    "colon": "dim",
    "comma": "dim",
    "key": "key",
    "string": "string",
    "number": "number",
    "literal": "literal",
    "flaw": "bad",
}
OPEN, FOLDED, PLAIN = "▾ ", "▸ ", "  "


class JsonBlock(Block):
    """The lines of a body, and which of its containers are folded. A line's tag is `("json", its number)`."""

    def __init__(self, body: bytes) -> None:
        self._source = json_lines(body)
        self._lines: list[JsonLine] = []
        self._folded: set[int] = set()
        self._ended = False

    def rows(self, width: int) -> Sequence[Line]:
        return JsonRows(self, width)

    @property
    def folds(self) -> bool:
        return True

    def toggle(self, tag: Hashable) -> bool:
        """Fold or unfold the container that opens on the tagged line."""
        if not (isinstance(tag, tuple) and len(tag) == 2 and tag[0] == "json" and isinstance(tag[1], int)):
            return False
        number = tag[1]
        if not self._opens(number):
            return False
        self._folded ^= {number}
        return True

    def shown(self, width: int) -> Iterator[Line]:
        """The rows from the top, folded lines left out."""
        number = 0
        while self._has(number):
            folded = number in self._folded
            yield from wrap(self._row(number, folded), width)
            number = self._close(number) + 1 if folded else number + 1
        if number >= MAX_LINES:
            yield Line((("… the rest is not laid out; the Raw tab has every byte", "dim"),))

    def _has(self, number: int) -> bool:
        """Whether there is a line of that number; makes it where it was not made yet."""
        if number >= MAX_LINES:
            return False
        if number >= len(self._lines) and not self._ended:
            more = list(islice(self._source, max(STEP, number + 1 - len(self._lines))))
            self._ended = not more
            self._lines.extend(more)
        return number < len(self._lines)

    def _opens(self, number: int) -> bool:
        return self._has(number) and self._lines[number].pieces[-1].kind == "open"

    def _close(self, number: int) -> int:
        """The line that closes the container that opens on this one; the last line where none does."""
        depth = self._lines[number].depth
        close = number + 1
        while self._has(close) and self._lines[close].depth > depth:
            close += 1
        return min(close, len(self._lines) - 1)

    def _row(self, number: int, folded: bool) -> Line:
        value = self._lines[number]
        opens = value.pieces[-1].kind == "open"
        marker = (FOLDED if folded else OPEN) if opens else PLAIN
        indent = INDENT * min(value.depth, MAX_INDENTED)
        spans: list[Span] = [(" " * indent, ""), (marker, "dim")]
        spans += [(said(piece.text, MAX_PIECE), ROLES[piece.kind]) for piece in value.pieces]
        if folded:
            close = self._close(number)
            inside = (line for line in self._lines[number + 1 : close] if line.depth == value.depth + 1)
            members = sum(line.pieces[0].kind != "close" for line in inside)
            spans.append((f" … {members} ", "dim"))
            spans += [(said(piece.text, MAX_PIECE), ROLES[piece.kind]) for piece in self._lines[close].pieces]
        return Line(tuple(spans), indent=indent + 2 + INDENT, hard=True, tag=("json", number) if opens else None)


class JsonRows(Sequence[Line]):
    """The rows made so far, and a few more than anybody has asked for: the length grows while one scrolls down."""

    def __init__(self, block: JsonBlock, width: int) -> None:
        self._source = block.shown(width)
        self._rows: list[Line] = []
        self._ended = False
        self._make(STEP)

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Line: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Line]: ...
    def __getitem__(self, index: int | slice) -> Line | Sequence[Line]:
        if isinstance(index, slice):
            return self._rows[index]
        if index + STEP // 2 >= len(self._rows):
            self._make(index + STEP)
        return self._rows[index]

    def _make(self, count: int) -> None:
        if not self._ended:
            wanted = count - len(self._rows)
            more = list(islice(self._source, max(wanted, 0)))
            self._ended = len(more) < wanted
            self._rows.extend(more)
