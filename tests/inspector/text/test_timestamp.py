"""Instants are written one way, and read in the ways that people write them."""

from __future__ import annotations

import pytest

from hookscope.text.timestamp import parse_time, render_time, sound_time


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("1970-01-01T00:00:05.250Z", 5.25),
        ("1970-01-01T01:00:00+01:00", 0.0),
        ("1970-01-01T00:00:01", 1.0),
        ("1970-01-02", 86400.0),
    ],
)
def test_a_time_without_a_zone_is_utc(text: str, at: float) -> None:
    assert parse_time(text) == at


def test_a_time_is_written_with_milliseconds_and_a_z() -> None:
    assert render_time(1.5) == "1970-01-01T00:00:01.500Z"


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (float("nan"), "1970-01-01T00:00:00.000Z"),
        (float("inf"), "9999-12-31T23:59:59.998Z"),
        (float("-inf"), "0001-01-01T00:00:00.000Z"),
    ],
    ids=["none", "behind the last", "before the first"],
)
def test_what_no_calendar_has_is_the_nearest_that_one_has(at: float, text: str) -> None:
    assert render_time(at) == render_time(sound_time(at)) == text


@pytest.mark.parametrize("text", ["", "yesterday", "1970-13-01", "5"])
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"isoformat|month"):
        parse_time(text)
