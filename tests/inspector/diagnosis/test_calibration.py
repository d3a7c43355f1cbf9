from __future__ import annotations

import pytest

from hookscope.diagnosis.calibration import ONE_OF_SEVERAL, ONE_OF_STATUS, SINGLE, SINGLE_OF_STATUS, calibrated
from hookscope.diagnosis.readings import Reading

OTHERS = ("csrf",)


@pytest.mark.parametrize(
    ("trust", "alternatives", "bare", "said"),
    [
        (0.3, (), False, SINGLE[0][1]),
        (0.9, (), False, SINGLE[1][1]),
        (0.98, (), False, 0.98),
        (1.0, (), False, 1.0),
        (0.3, (), True, SINGLE_OF_STATUS),
        (0.9, (), True, SINGLE[1][1]),
        (0.3, OTHERS, True, ONE_OF_STATUS),
        (0.9, OTHERS, True, ONE_OF_STATUS),
        (0.6, OTHERS, False, ONE_OF_SEVERAL[0][1]),
        (0.8, OTHERS, False, ONE_OF_SEVERAL[1][1]),
        (0.98, OTHERS, False, ONE_OF_SEVERAL[2][1]),
    ],
)
def test_a_reading_is_as_sure_as_readings_of_its_kind_were_right(
    trust: float, alternatives: tuple[str, ...], bare: bool, said: float
) -> None:
    reading = Reading(cause="ok", layer="handler", confidence=trust, alternatives=alternatives, bare=bare)
    assert calibrated(reading).confidence == said


@pytest.mark.parametrize("table", [SINGLE, ONE_OF_SEVERAL])
def test_who_is_trusted_more_was_right_more_often(table: tuple[tuple[float, float], ...]) -> None:
    assert list(table) == sorted(table)
    assert [right for _, right in table] == sorted(right for _, right in table)
