"""Arithmetic on what was measured: medians, shares, ratios."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence


def median(values: Iterable[float]) -> float:
    """The median; not a number where there is nothing to take it of."""
    known = [value for value in values if not math.isnan(value)]
    return statistics.median(known) if known else math.nan


def ratio(value: float, base: float) -> float:
    """How many times the base; not a number where there is no base."""
    return value / base if base else math.nan


def slowdown(slice_ends: Sequence[float]) -> float:
    """How much longer the last of several equal parts took than the first: 1.0 where nothing grew."""
    if len(slice_ends) < 2:
        return math.nan
    return ratio(slice_ends[-1] - slice_ends[-2], slice_ends[0])


def spread(values: Sequence[float]) -> float:
    """How far apart the rounds lie: half of (largest less smallest) over the median."""
    middle = median(values)
    return ratio((max(values) - min(values)) / 2, middle) if values else math.nan
