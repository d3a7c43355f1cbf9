"""How long something is, for people."""

from __future__ import annotations

import pytest

from hookscope.text.time_span import render_span

SPANS = {
    0.0: "1 ms",
    0.25: "250 ms",
    1.0: "1 s",
    12.34: "12.3 s",
    59.0: "59 s",
    60.0: "1 min",
    89.6: "1 min 30 s",
    3599.7: "1 h",
    7500.0: "2 h 5 min",
    86_399.0: "1 d",
    97_200.0: "1 d 3 h",
}


@pytest.mark.parametrize(("seconds", "text"), SPANS.items())
def test_a_time_is_in_its_own_units_and_never_nothing(seconds, text):
    assert render_span(seconds) == text
