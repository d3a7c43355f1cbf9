from __future__ import annotations

import pytest

from hookscope.tools.replay.pace import due_times, parse_rate
from hookscope_relay.errors import InputError


@pytest.mark.parametrize(
    ("text", "expected"), [("3/s", 3.0), ("90/min", 1.5), ("0.5", 0.5), ("3600/h", 1.0), (" 2/S ", 2.0), ("3/", 3.0)]
)
def test_rates(text: str, expected: float) -> None:
    assert parse_rate(text) == expected


@pytest.mark.parametrize("text", ["", "x", "0/s", "3/fortnight", "-1/s"])
def test_what_is_no_rate_is_told(text: str) -> None:
    with pytest.raises(InputError, match="is not a rate"):
        parse_rate(text)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, (0.0, 0.0, 0.0)),
        ({"rate": 2.0}, (0.0, 0.5, 1.0)),
        ({"keep_timing": True}, (0.0, 5.0, 5.0)),
        ({"keep_timing": True, "rate": 1.0}, (0.0, 1.0, 2.0)),
    ],
)
def test_when_each_is_due(options: dict[str, object], expected: tuple[float, ...]) -> None:
    assert due_times([100.0, 105.0, 103.0], **options) == expected  # type: ignore[arg-type]  # a table of keywords
    assert due_times([], **options) == ()  # type: ignore[arg-type]  # as above
