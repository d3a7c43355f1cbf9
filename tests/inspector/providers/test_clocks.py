from __future__ import annotations

import pytest

from hookscope.providers.clocks import out_of_bounds, read_time, write_time
from hookscope.providers.provider import Scheme


@pytest.mark.parametrize(
    ("text", "unit", "at"),
    [
        ("1780000000", "s", 1780000000.0),
        ("1780000000123", "ms", 1780000000.123),
        ("1780000000", "", 1780000000.0),
        ("1780000000123", "", 1780000000.123),
        ("2026-05-28T20:26:40Z", "iso", 1780000000.0),
        ("2026-05-28T20:26:40.634234626Z", "iso", 1780000000.634234),
        ("2020-01-01T00:00:00-07:00", "", 1577862000.0),
        ("2026-05-28T20:26:40", "iso", 1780000000.0),
        ("soon", "s", None),
        ("2026-05-28T20:26:40Z", "s", None),
        ("", "", None),
        ("9" * 400, "s", None),
        ("1e5", "s", None),
        ("\u0663", "s", None),
    ],
)
def test_a_timestamp_is_read_by_its_unit_or_its_size(text, unit, at):
    assert read_time(text, unit) == at


@pytest.mark.parametrize(
    ("unit", "text"), [("s", "1780000000"), ("ms", "1780000000500"), ("iso", "2026-05-28T20:26:40Z")]
)
def test_a_timestamp_is_written_by_its_unit(unit, text):
    assert write_time(1780000000.5, unit) == text


@pytest.mark.parametrize(
    ("past", "future", "age", "reason"),
    [(300, 300, 301, "stale"), (300, 300, -301, "from-the-future"), (300, None, -1e6, ""), (None, None, 1e9, ""), (None, 5, 1e9, "")],
)  # fmt: skip
def test_bounds_hold_on_each_side_that_has_one(past, future, age, reason):
    scheme = Scheme(name="x", kind="hmac", past_s=past, future_s=future)
    assert out_of_bounds(scheme, "1780000000", 1780000000 + age)[0] == reason


def test_an_unreadable_timestamp_is_malformed_only_where_it_matters():
    assert out_of_bounds(Scheme(name="x", kind="hmac", past_s=1.0), "soon", 0)[0] == "malformed"
    assert out_of_bounds(Scheme(name="x", kind="hmac"), "soon", 0)[0] == ""
