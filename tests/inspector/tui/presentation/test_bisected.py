from __future__ import annotations

from hookscope.bisecter import Bisected
from hookscope.bisecting import Smallest
from hookscope.differing.difference import Difference
from hookscope.tui.presentation.bisected import bisected_document


def test_what_was_found_stands_in_words() -> None:
    found: Smallest[Difference] = Smallest(turning=(), curing=(), sends=2, start=("bad", "bad"))
    text = bisected_document(3, 7, Bisected(found=found, differences=(), good_said="404", bad_said="500")).text(100)
    assert "What makes #7 fail, and #3 not" in text
    assert "the good capture is not accepted now" in text
    assert "good: 404   bad: 500" in text
