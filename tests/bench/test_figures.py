"""The arithmetic of the contest."""

from __future__ import annotations

import math

import pytest

from contest.figures import median, ratio, slowdown, spread


def test_a_median_leaves_out_what_was_not_measured():
    assert median([3.0, math.nan, 1.0, 10.0]) == 3.0
    assert math.isnan(median([]))
    assert math.isnan(median([math.nan]))


def test_a_ratio_to_nothing_is_no_number():
    assert ratio(6, 3) == 2
    assert math.isnan(ratio(6, 0))
    assert math.isnan(ratio(6, math.nan))


@pytest.mark.parametrize(
    ("slice_ends", "expected"),
    [
        ((1.0, 2.0, 3.0), 1.0),
        ((1.0, 2.0, 4.5), 2.5),
        ((2.0, 3.0), 0.5),
        ((1.0,), math.nan),
        ((), math.nan),
    ],
)
def test_slowdown_compares_the_last_part_with_the_first(slice_ends, expected):
    assert slowdown(slice_ends) == pytest.approx(expected, nan_ok=True)


def test_spread_is_half_the_distance_of_the_extremes_over_the_median():
    assert spread([90, 100, 120]) == pytest.approx(0.15)
    assert spread([5]) == 0
    assert math.isnan(spread([]))
