from __future__ import annotations

from hookscope.tools.bisect.ddmin import Smallest
from hookscope.tools.bisect.run import Bisected
from hookscope.tools.diff.difference import Difference
from hookscope.tui.presentation.bisect import bisected_document


def test_what_was_found_stands_in_words() -> None:
    found: Smallest[Difference] = Smallest(turning=(), curing=(), sends=2, start=("good", "good"))
    bisected = Bisected(found=found, differences=(), good_said="404", bad_said="404", good_accepted=False)
    text = bisected_document(3, 7, bisected).text(100)
    assert "What makes #7 fail, and #3 not" in text
    assert "both are refused alike now" in text
    assert "good: 404   bad: 404" in text
