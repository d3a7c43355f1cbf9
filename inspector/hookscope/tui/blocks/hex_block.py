"""A body as hex and ASCII, row by row as they are seen."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import overload

from hookscope.payload.hexdump import hex_line, hex_line_count
from hookscope.tui.line import Line, crop, line

OFFSET = 8
HEX_END = 58


class HexBlock:
    """The rows of a body's hex dump."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def rows(self, width: int) -> Sequence[Line]:
        return HexRows(self._body, width)

    def toggle(self, tag: Hashable) -> bool:
        return False

    @property
    def folds(self) -> bool:
        return False


class HexRows(Sequence[Line]):
    """Rows of sixteen bytes each; a screen too narrow for the ASCII column loses that."""

    def __init__(self, body: bytes, width: int) -> None:
        self._body = body
        self._width = width

    def __len__(self) -> int:
        return hex_line_count(self._body)

    @overload
    def __getitem__(self, index: int) -> Line: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Line]: ...
    def __getitem__(self, index: int | slice) -> Line | Sequence[Line]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        text = crop(hex_line(self._body, index), self._width)
        return line((text[:OFFSET], "dim"), text[OFFSET:HEX_END], (text[HEX_END:], "string"))
