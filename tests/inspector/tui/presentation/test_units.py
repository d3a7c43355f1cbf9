from __future__ import annotations

import pytest

from hookscope.model.summary import Summary
from hookscope.tui.presentation.units import outcome_of, plural, render_clock, render_elapsed, render_size


def summary(**changes: object) -> Summary:
    values: dict[str, object] = {"number": 1, "id": "a", "received_at": 0.0, "method": "POST", "target": "/"}
    return Summary(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "sign", "word"),
    [
        ({"attempts": 1, "status": 200}, "✓", "200"),
        ({"attempts": 1, "status": 308}, "↪", "308"),
        ({"attempts": 1, "status": 404}, "✗", "404"),
        ({"attempts": 1, "failure": "refused"}, "✗", "refused"),
        ({"attempts": 1, "failure": "some-new-kind"}, "✗", "failed"),
        ({"attempts": 1}, "…", "running"),
        ({"owed": True}, "○", "owed"),
        ({"held": True}, "○", "held"),
        ({"held": True, "attempts": 2, "failure": "refused"}, "○", "held"),
        ({"held": True, "attempts": 2, "status": 503}, "○", "held"),
        ({"held": True, "status": 200}, "✓", "200"),
        ({"cause": "slow-acknowledgement"}, "✗", "expired"),
        ({"cause": "slow-acknowledgement", "status": 200}, "✓", "200"),
        ({}, "○", "kept"),
    ],
)
def test_every_outcome_has_a_sign_and_a_word(changes: dict[str, object], sign: str, word: str) -> None:
    shown = outcome_of(summary(**changes))
    assert (shown.sign, shown.word) == (sign, word)
    assert len(shown.word) <= 7


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (25_000_000, "25 MB"), (999_900, "1.0 MB"), (3 * 10**12, "3000 GB")],
)
def test_sizes_have_three_digits(count: int, text: str) -> None:
    assert render_size(count) == text


@pytest.mark.parametrize(("ms", "text"), [(None, ""), (1.24, "1.2 ms"), (12.4, "12 ms"), (2300.0, "2.3 s")])
def test_durations_are_short(ms: float | None, text: str) -> None:
    assert render_elapsed(ms) == text


def test_the_clock_may_have_milliseconds() -> None:
    assert render_clock(0.25, True).endswith(":00.250")


def test_one_is_singular() -> None:
    assert (plural(1, "delivery", "deliveries"), plural(2000, "header")) == ("1 delivery", "2,000 headers")
