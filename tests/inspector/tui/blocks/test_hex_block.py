from __future__ import annotations

import pytest

from hookscope.tui.blocks.hex_block import HexBlock


def test_sixteen_bytes_a_row() -> None:
    shown = HexBlock(bytes(range(40))).rows(100)
    assert len(shown) == 3
    assert shown[1].plain.startswith("00000010  10 11 12")


def test_a_narrow_screen_cuts_the_row() -> None:
    assert HexBlock(b"x" * 16).rows(20)[0].width <= 20


def test_there_is_no_row_beyond_the_last() -> None:
    shown = HexBlock(b"x").rows(80)
    assert len(shown[0:5]) == 1
    with pytest.raises(IndexError):
        shown[1]
    assert not HexBlock(b"x").toggle("t")
    assert not HexBlock(b"x").folds
