"""Answers now against answers recorded, as they are shown."""

from __future__ import annotations

import pytest

from hookscope.model.capture import Attempt
from hookscope.tools.compare.answers import Comparison
from hookscope.tools.diff.difference import Difference
from hookscope.tui.presentation.compare import MOST_DIFFERENCES, MOST_SHOWN, compared_document
from hookscope_relay.delivery import Answer
from hookscope_relay.errors import InputError

NOW = Attempt(
    number=2, origin="replay", handler_url="", started_at=0.0, elapsed_ms=12.0, answer=Answer(status=500, reason="")
)
PRICE = Difference("body/items/1/price", "changed", "20", "21.5\x1b[2J")
SAME = Comparison("#1", "same", varying=("body/id",), now=NOW)
DIFFERENT = Comparison("#2", "different", (Difference("status", "changed", "200", "500"), PRICE), now=NOW)
FAILED = Comparison("#3", "failed", error=InputError("nothing listens", "start it"))
NEW = Comparison("#4", "nothing recorded", now=NOW)


def shown(*compared: Comparison, ignored: tuple[str, ...] = (), width: int = 78) -> str:
    return compared_document(compared, {"#2": "POST /x\x07"}, ignored, width).text(width, 100_000)


def test_what_differs_comes_first_with_both_sides():
    text = shown(NEW, FAILED, SAME, DIFFERENT)
    order = [text.index(part) for part in ("#2", "#3", "#4", "Varies by itself  body/id")]
    assert order == sorted(order)
    assert "✗ 1 different   ✗ 1 failed   ○ 1 nothing recorded   ✓ 1 same" in text
    assert "✗ #2  POST /x␇  different  500 in 12 ms" in text
    assert "nothing listens; start it" in text
    lines = [line.strip() for line in text.splitlines()]
    at = lines.index("~ body/items/1/price")
    assert lines[at + 1 : at + 3] == ["- 20", "+ 21.5␛[2J"]


def test_both_sides_stand_in_a_row_where_there_is_room():
    (row,) = [line for line in shown(DIFFERENT, width=114).splitlines() if "body/items/1/price" in line]
    assert row.index("20") < row.index("21.5␛[2J")


def test_where_none_differs_it_says_so():
    text = shown(SAME, ignored=("/at", "headers.x-id"))
    assert "✓ None differs" in text
    assert "Ignored  /at, headers.x-id" in text
    assert "#1" not in text


@pytest.mark.parametrize("width", [74, 114])
def test_very_many_are_counted(width):
    many = tuple(Difference(f"body/{number}", "added", None, "1") for number in range(MOST_DIFFERENCES + 5))
    text = shown(*(Comparison(f"#{number}", "different", many) for number in range(MOST_SHOWN + 2)), width=width)
    assert "and 5 more differences" in text
    assert any(line.strip() == "and 2 more" for line in text.splitlines())
