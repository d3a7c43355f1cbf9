from __future__ import annotations

import pytest

from hookscope.api.acknowledge import late_answer
from hookscope.model.call import Call
from hookscope.model.capture import Attempt


def call(start: float, ms: float) -> Call:
    return Call(api="x", base="https://x", method="GET", target="/", started_at=start, elapsed_ms=ms)


def attempt(ms: float) -> Attempt:
    return Attempt(number=1, origin="live", handler_url="http://h", started_at=100.0, elapsed_ms=ms)


@pytest.mark.parametrize(
    ("ms", "calls", "told"),
    [
        (2000.0, [call(100.1, 900), call(101.05, 900)], "1.8 s of 2.0 s in 2 calls"),
        (2000.0, [call(100.1, 1500), call(100.1, 1500)], "1.5 s of 2.0 s in 2 calls"),
        (900.0, [call(100.0, 900)], ""),
        (2000.0, [call(100.1, 200)], ""),
        (2000.0, [call(103.0, 2000)], ""),
        (2000.0, [], ""),
    ],
)
def test_an_answer_that_waits_for_calls_is_told(ms: float, calls: list[Call], told: str) -> None:
    found = late_answer(attempt(ms), calls)
    assert (found.title.partition(": ")[2] if found else "") == told
    if found:
        assert (found.code, found.layer) == ("api.slow-acknowledgement", "handler")


def test_without_an_attempt_nothing_is_told() -> None:
    assert late_answer(None, [call(1.0, 5000)]) is None
