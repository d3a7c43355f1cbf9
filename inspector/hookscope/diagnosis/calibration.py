"""What a reading is worth: how often the cause that it names first was the true one, on recordings of real servers.

Readers rank each other by trust; users are told what was measured. Where others could be the cause as well, the first
of them is right less often, and least where an answer, or the lack of one, tells nothing of its own.
`bench/diagnose_score.py` prints said against right, and these tables are written anew from it when readers change. What
is said of a single cause is a little less than the recordings show, since servers that nobody has recorded were right
that much less often at first sight; a test holds all of it within five points.
"""

from __future__ import annotations

from dataclasses import replace

from hookscope.diagnosis.readings import Reading

SINGLE: tuple[tuple[float, float], ...] = ((0.88, 0.96), (0.97, 0.97))
"""Of one cause: below this trust, this share was right; above the last one, readings are what they say."""

SINGLE_OF_STATUS = 0.88
"""Of one cause that the status and the request alone tell, unless trust is high."""

ONE_OF_SEVERAL: tuple[tuple[float, float], ...] = ((0.7, 0.37), (0.88, 0.77), (1.01, 0.85))
"""Of the first of several causes, where the answer's words, its maker or the failure tell them."""

ONE_OF_STATUS = 0.85
"""Of the first of several causes, in their usual order, where the status and the request alone tell them."""


def calibrated(reading: Reading) -> Reading:
    """The reading with the confidence that was measured for readings of its kind."""
    trust = reading.confidence
    if reading.bare and reading.alternatives:
        return replace(reading, confidence=ONE_OF_STATUS)
    if reading.bare and trust < SINGLE[0][0]:
        return replace(reading, confidence=SINGLE_OF_STATUS)
    measured = ONE_OF_SEVERAL if reading.alternatives else SINGLE
    return replace(reading, confidence=next((right for below, right in measured if trust < below), trust))
