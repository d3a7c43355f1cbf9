"""A document: what a tab shows, in blocks that are laid out for a width and give their rows one by one.

A block of a large body computes only the rows that are asked for, so opening it costs the same whatever its size.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import overload

from hookscope.tui.canvas.line import Line, wrap


class Rows(Sequence[Line]):
    """Rows that are made when they are looked at."""

    @overload
    def __getitem__(self, index: int) -> Line: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Line]: ...
    def __getitem__(self, index: int | slice) -> Line | Sequence[Line]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        return self.row(index)

    @abstractmethod
    def row(self, index: int) -> Line:
        """The row of a number that there is."""


class Block(ABC):
    """A part of a document; without more, one in which nothing can be folded."""

    @abstractmethod
    def rows(self, width: int) -> Sequence[Line]:
        """The rows of at most `width` cells; looking at a few of many must be cheap."""

    def toggle(self, tag: Hashable) -> bool:
        """Fold or unfold what the tag names; False where it names nothing here."""
        return False

    @property
    def folds(self) -> bool:
        """Whether anything in it can be folded."""
        return False


@dataclass(frozen=True)
class Prose(Block):
    """A few lines of our own words and of headers, wrapped at once."""

    lines: tuple[Line, ...]

    def rows(self, width: int) -> Sequence[Line]:
        return [row for value in self.lines for row in wrap(value, width)]


class Layout:
    """A document's rows at one width."""

    def __init__(self, blocks: Sequence[Block], width: int) -> None:
        self.width = width
        self._parts = [block.rows(width) for block in blocks]

    def __len__(self) -> int:
        return sum(len(part) for part in self._parts)

    def row(self, index: int) -> Line:
        """The row at `index`, counted from 0; IndexError beyond the last."""
        # Counted anew each time: a block may have more rows once somebody looked at its last ones.
        ends = list(accumulate(len(part) for part in self._parts))
        part = bisect_right(ends, index)
        if index < 0 or part == len(self._parts):
            raise IndexError(index)
        return self._parts[part][index - (ends[part - 1] if part else 0)]


@dataclass(frozen=True, slots=True)
class Document:
    """Blocks from top to bottom."""

    blocks: tuple[Block, ...] = ()

    def layout(self, width: int) -> Layout:
        """The document laid out for `width` cells."""
        return Layout(self.blocks, max(width, 2))

    @property
    def folds(self) -> bool:
        """Whether anything in it can be folded."""
        return any(block.folds for block in self.blocks)

    def toggle(self, tag: Hashable) -> bool:
        """Fold or unfold what the tag names, in whichever block it is."""
        return any(block.toggle(tag) for block in self.blocks)

    def text(self, width: int = 80, limit: int = 1000) -> str:
        """The first rows as text, for tests and copies."""
        layout = self.layout(width)
        return "\n".join(layout.row(index).plain for index in range(min(len(layout), limit)))


def prose(*lines: Line) -> Document:
    """A document of these lines only."""
    return Document((Prose(lines),))
