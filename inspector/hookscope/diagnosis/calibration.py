"""What a reading's trust is worth: how often readings of that trust were right, cause and alternatives together,
on recordings of real servers.

Readers rank each other by trust; users are told what was measured. `bench/diagnose_score.py` prints said against right,
and this table is written anew from it when readers change. It says a little less than the recordings show, since
servers that nobody has recorded were right that much less often at first sight; a test holds both within five points.
"""

from __future__ import annotations

from dataclasses import replace

from hookscope.diagnosis.readings import Reading

MEASURED: tuple[tuple[float, float], ...] = ((0.88, 0.95), (0.95, 0.96), (0.97, 0.97))
"""Below this trust, this share was right; above the last one, readings are what they say."""


def calibrated(reading: Reading) -> Reading:
    """The reading with the confidence that was measured for its trust."""
    share = next((right for below, right in MEASURED if reading.confidence < below), reading.confidence)
    return replace(reading, confidence=share)
