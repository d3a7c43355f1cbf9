"""A body as text, in rows that are cut out of it when they are seen: 25 MB open as fast as 25 bytes."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate, islice, pairwise
from typing import TypeAlias

from rich.cells import get_character_cell_size

from hookscope.text.safe import safe_text
from hookscope.tui.canvas.document import Block, Rows
from hookscope.tui.canvas.line import Line, Span, cuts, line

# Up to this size everything is made safe first, so that no row is longer than it was counted.
SMALL = 256 * 1024
# A body with more lines than this is shown as one run of characters, its line ends as pictures.
MAX_LINES = 200_000
MAX_COLOURED = 2000
TAB = 4
# What takes two cells is found among these; a text with more of them than this counts as one that has such.
MAYBE_WIDE = re.compile("[\u1100-\U0010ffff]")
MAX_LOOKED_AT = 10_000
# A longer line with such characters has rows of half as many characters.
MAX_MEASURED = 64 * 1024

Colouring: TypeAlias = Callable[[str], Sequence[Span]]


class TextBlock(Block):
    """The rows of a body that is text: its own line ends, every other control character made visible.

    `colour` gives the spans of one line of safe text; it is asked only for lines that are seen and not very long.
    """

    def __init__(self, body: bytes, colour: Colouring | None = None) -> None:
        text = body.decode("utf-8", "surrogateescape")
        self._text = safe_text(text, multiline=True).expandtabs(TAB) if len(text) <= SMALL else text
        self._colour = colour

    def rows(self, width: int) -> Sequence[Line]:
        return TextRows(self._text, width, self._colour)


class TextRows(Rows):
    """Rows that fill the width. Where characters take one cell each, which of them a row has is arithmetic."""

    def __init__(self, text: str, width: int, colour: Colouring | None = None) -> None:
        self._text = text
        self._colour = colour
        self._lines = _lines(text)
        narrow = not has_wide(text)
        self._starts = [row_starts(text, start, end, width, narrow) for start, end in self._lines]
        self._ends = list(accumulate(map(len, self._starts)))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def row(self, index: int) -> Line:
        number = bisect_right(self._ends, index)
        start, end = self._lines[number]
        starts = self._starts[number]
        row = index - (self._ends[number - 1] if number else 0)
        first, last = starts[row], starts[row + 1] if row + 1 < len(starts) else end
        if self._colour is None or end - start > MAX_COLOURED:
            return line(safe_text(self._text[first:last]))
        whole = Line(tuple(self._colour(safe_text(self._text[start:end]))))
        return Line(whole.cut(first - start, last - start))


def has_wide(text: str) -> bool:
    """Whether a character of the text takes two cells; also True where too many would have to be looked at to tell."""
    if text.isascii():
        return False
    found = list(islice(MAYBE_WIDE.finditer(text), MAX_LOOKED_AT))
    return len(found) == MAX_LOOKED_AT or any(get_character_cell_size(match.group()) > 1 for match in found)


def row_starts(text: str, start: int, end: int, width: int, narrow: bool = False) -> Sequence[int]:
    """Where each row of the line from `start` to `end` begins; there is at least one."""
    stop = max(end, start + 1)
    if narrow or not has_wide(text[start:end]):
        return range(start, stop, max(width, 1))
    if end - start > MAX_MEASURED:
        return range(start, stop, max(width // 2, 1))
    return [start, *(start + cut for cut in cuts(text[start:end], width, width, True))]


def _lines(text: str) -> list[tuple[int, int]]:
    """Where each line starts and ends; a final line end starts no line of its own."""
    if text.count("\n") > MAX_LINES:
        return [(0, len(text))]
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    lines = [(start, end - 1) for start, end in pairwise(starts)]
    return [*lines, (starts[-1], len(text))] if starts[-1] < len(text) else lines
