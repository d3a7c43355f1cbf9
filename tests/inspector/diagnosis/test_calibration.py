from __future__ import annotations

import pytest

from hookscope.diagnosis.calibration import MEASURED, calibrated
from hookscope.diagnosis.readings import Reading


@pytest.mark.parametrize(("trust", "said"), [(0.3, MEASURED[0][1]), (0.49, MEASURED[0][1]), (0.98, 0.98), (1.0, 1.0)])
def test_a_reading_is_as_sure_as_readings_of_its_trust_were_right(trust: float, said: float) -> None:
    reading = Reading(cause="ok", layer="handler", confidence=trust)
    assert calibrated(reading).confidence == said


def test_every_trust_has_a_measure() -> None:
    limits = [below for below, _ in MEASURED]
    assert limits == sorted(limits)
    assert all(0.5 < right < 1 for _, right in MEASURED)
