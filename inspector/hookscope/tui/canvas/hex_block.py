"""A body as hex and ASCII, row by row as they are seen."""

from __future__ import annotations

from collections.abc import Sequence

from hookscope.tui.canvas.document import Block, Rows
from hookscope.tui.canvas.line import Line, fit, line

# A row holds as many bytes, in groups of eight, as the width has room for with their ASCII.
PER_ROW = (32, 16, 8, 4)
GROUP = 8


class HexBlock(Block):
    """The rows of a body's hex dump."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def rows(self, width: int) -> Sequence[Line]:
        return HexRows(self._body, width)


class HexRows(Rows):
    """Offset, bytes and ASCII, as many bytes to a row as there is room for."""

    def __init__(self, body: bytes, width: int) -> None:
        self._body = body
        self._width = width
        self._count = next((count for count in PER_ROW if row_width(count) <= width), PER_ROW[-1])

    def __len__(self) -> int:
        return (len(self._body) + self._count - 1) // self._count

    def row(self, index: int) -> Line:
        offset = index * self._count
        row = self._body[offset : offset + self._count]
        groups = [row[start : start + GROUP].hex(" ") for start in range(0, self._count, GROUP)]
        wide = hex_width(self._count)
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in row)
        shown = line((f"{offset:08x}", "dim"), "  ", "  ".join(groups).ljust(wide), "  ", (text, "string"))
        return shown if shown.width <= self._width else fit(shown, self._width)


def hex_width(count: int) -> int:
    """The cells of so many bytes in hex, two between groups and one between bytes."""
    return 3 * count - 1 + max(0, -(-count // GROUP) - 1)


def row_width(count: int) -> int:
    """The cells of a whole row of so many bytes."""
    return 8 + 2 + hex_width(count) + 2 + count
