from __future__ import annotations

import pytest

from hookscope.tools.replay.pace import due_times


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
