"""Bytes as lines of hex and ASCII; a caller asks only for the lines that are seen."""

from __future__ import annotations

WIDTH = 16


def hex_line_count(body: bytes) -> int:
    """How many lines the whole body has."""
    return -(-len(body) // WIDTH)


def hex_lines(body: bytes, first: int, count: int) -> list[str]:
    """The lines from number `first` (0 is the top) on, at most `count`; fewer at the end."""
    last = min(first + count, hex_line_count(body))
    return [hex_line(body, number) for number in range(max(first, 0), last)]


def hex_line(body: bytes, number: int) -> str:
    """One line: offset, sixteen bytes in two groups, and the printable ASCII among them."""
    row = body[number * WIDTH : (number + 1) * WIDTH]
    left, right = row[: WIDTH // 2].hex(" "), row[WIDTH // 2 :].hex(" ")
    text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in row)
    return f"{number * WIDTH:08x}  {left:<23}  {right:<23}  {text}"
