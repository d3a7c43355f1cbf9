from __future__ import annotations

import pytest

from hookscope.config.values import KINDS, Kind, parse_bytes, parse_duration, parse_rate


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3", 3.0),
        ("0", 0.0),
        ("0.5s", 0.5),
        ("500ms", 0.5),
        (" 2 m ", 120.0),
        ("2min", 120.0),
        ("1H", 3600.0),
        ("3d", 259200.0),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("300", 300),
        ("300B", 300),
        ("64KiB", 65536),
        ("1 MB", 1_000_000),
        ("25MiB", 26214400),
        ("1.5kB", 1500),
        ("1g", 1 << 30),
    ],
)
def test_sizes(text: str, count: int) -> None:
    assert parse_bytes(text) == count


@pytest.mark.parametrize("text", ["", "s", "-1", "1x", "nan", "inf", "1e3", "1 2s", "--", "٣"])
def test_nonsense_is_neither_a_duration_nor_a_size(text: str) -> None:
    with pytest.raises(ValueError):
        parse_duration(text)
    with pytest.raises(ValueError):
        parse_bytes(text)


@pytest.mark.parametrize(
    ("text", "expected"), [("3/s", 3.0), ("90/min", 1.5), ("0.5", 0.5), ("3600/h", 1.0), (" 2/S ", 2.0), ("3/", 3.0)]
)
def test_rates(text: str, expected: float) -> None:
    assert parse_rate(text) == expected


@pytest.mark.parametrize("text", ["", "x", "0/s", "3/fortnight", "-1/s"])
def test_what_is_no_rate(text: str) -> None:
    with pytest.raises(ValueError):
        parse_rate(text)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("flag", "YES", True),
        ("flag", "on", True),
        ("flag", "", False),
        ("flag", "Off", False),
        ("flag", "perhaps", None),
        ("name", "team.dev-1_x", "team.dev-1_x"),
        ("name", "two words", None),
        ("name", "../x", None),
    ],
)
def test_flags_and_names(kind: Kind, text: str, value: object) -> None:
    if value is None:
        with pytest.raises(ValueError):
            KINDS[kind].parse(text)
    else:
        assert KINDS[kind].parse(text) == value
