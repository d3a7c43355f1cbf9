from __future__ import annotations

from hookscope.tools.bisect.change import RequestDifference
from hookscope.tools.bisect.ddmin import Smallest
from hookscope.tools.bisect.run import Bisected
from hookscope.tui.presentation.bisect import bisected_document


def test_what_was_found_stands_in_words() -> None:
    found: Smallest[RequestDifference] = Smallest(turning=(), curing=(), sends=2, start=("bad", "bad"))
    text = bisected_document(3, 7, Bisected(found=found, differences=(), good_said="404", bad_said="500")).text(100)
    assert "What makes #7 fail, and #3 not" in text
    assert "the good capture is not accepted now" in text
    assert "good: 404   bad: 500" in text
