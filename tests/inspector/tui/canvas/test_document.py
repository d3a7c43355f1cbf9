from __future__ import annotations

import pytest

from hookscope.tui.canvas.document import Document, Prose, prose
from hookscope.tui.canvas.hex_block import HexBlock
from hookscope.tui.canvas.line import line


def test_rows_of_several_blocks_stand_in_order() -> None:
    document = Document((Prose((line("a"), line("b"))), HexBlock(b"xyz"), Prose((line("c"),))))
    layout = document.layout(80)
    assert [layout.row(index).plain[:4] for index in range(len(layout))] == ["a", "b", "0000", "c"]


def test_there_is_no_row_beyond_the_last() -> None:
    layout = prose(line("a")).layout(80)
    for index in (-1, 1):
        with pytest.raises(IndexError):
            layout.row(index)


def test_prose_is_wrapped_to_the_width() -> None:
    assert prose(line("one two three")).text(8) == "one two \nthree"


def test_an_empty_document_has_no_rows_and_nothing_folds() -> None:
    assert len(Document().layout(80)) == 0
    assert not Document().folds
    assert not prose(line("a")).toggle("x")
