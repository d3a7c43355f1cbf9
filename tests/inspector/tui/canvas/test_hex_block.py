from __future__ import annotations

import pytest

from hookscope.tui.canvas.hex_block import HexBlock


@pytest.mark.parametrize(
    ("width", "count"), [(160, 32), (143, 32), (100, 16), (76, 16), (75, 8), (43, 8), (42, 4), (27, 4)]
)
def test_a_row_has_as_many_bytes_as_fit_with_their_ascii(width: int, count: int) -> None:
    rows = HexBlock(b"A" * 40).rows(width)
    assert len(rows) == -(-40 // count)
    assert rows[1].plain.startswith(f"{count:08x}  41 41")
    assert rows[0].plain.endswith("  " + "A" * count)
    assert rows[0].width <= width
    assert rows[0].plain.index("AAAA") == rows[len(rows) - 1].plain.index("AAAA")


def test_a_narrow_screen_cuts_the_row() -> None:
    assert HexBlock(b"x" * 16).rows(20)[0].width <= 20


def test_there_is_no_row_beyond_the_last() -> None:
    shown = HexBlock(b"x").rows(80)
    assert len(shown[0:5]) == 1
    with pytest.raises(IndexError):
        shown[1]
    assert not HexBlock(b"x").toggle("t")
    assert not HexBlock(b"x").folds
