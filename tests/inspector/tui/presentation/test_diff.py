from __future__ import annotations

import pytest

from hookscope.model.summary import Summary
from hookscope.tools.diff.difference import Difference
from hookscope.tui.presentation.diff import Compared, diff_document

LEFT = Summary(number=3, id="a", received_at=0, method="POST", target="", status=301, attempts=1)
RIGHT = Summary(number=9, id="b", received_at=0, method="POST", target="/x", status=200, attempts=1)
DIFFERENCES = (
    Difference("path", "changed", "", "/x"),
    Difference("headers.x-id", "added", None, "7"),
    Difference("headers", "order", "A, B", "B, A"),
    Difference(
        "body/data/title",
        "changed",
        '"at first the same beginning and an old end"',
        '"at first the same beginning and a new end"',
    ),
    Difference("body/gone\x1b", "removed", "[1]", None),
)


def compared(*differences: Difference) -> Compared:
    return Compared(left=LEFT, right=RIGHT, why="the marked one", differences=differences)


@pytest.mark.parametrize("width", [70, 140])
def test_each_difference_has_its_place_and_both_sides(width: int) -> None:
    text = diff_document(compared(*DIFFERENCES), width).text(width)
    for part in (
        "#9 against #3, the marked one",
        "↪ 301",
        "✓ 200",
        "Request  1 difference",
        "Headers  2 differences",
        "Body  2 differences",
        "+ headers.x-id",
        "⇅ headers",
        "another order",
        "~ body/data/title",
        "- body/gone␛",
    ):
        assert part in text
    assert max(map(len, text.splitlines())) <= width
    assert text.index("Request") < text.index("Body") < text.index("Headers  ")


def test_what_both_sides_share_far_ahead_is_left_out() -> None:
    text = diff_document(compared(DIFFERENCES[3]), 70).text(70)
    assert "- …the same beginning and an old end" in text
    assert "+ …the same beginning and a new end" in text


def test_side_by_side_where_there_is_room() -> None:
    row = next(row for row in diff_document(compared(DIFFERENCES[3]), 140).text(140).splitlines() if "title" in row)
    assert "old end" in row
    assert "new end" in row


def test_nothing_that_differs_is_said() -> None:
    assert "✓ They say the same" in diff_document(compared(), 80).text()


def test_what_has_no_room_beside_the_other_stands_above_it_whole() -> None:
    left, right = "sha256=" + "a" * 64, "sha256=" + "b" * 64
    text = diff_document(compared(Difference("headers.x-signature", "changed", left, right)), 140).text(140)
    assert left in text
    assert right in text


def test_an_empty_side_is_said_to_be_empty() -> None:
    assert "- (empty)" in diff_document(compared(DIFFERENCES[0]), 70).text(70)
