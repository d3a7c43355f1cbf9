from __future__ import annotations

from hookscope.diagnosis.readings import Reading


def test_a_reading_needs_a_cause_a_layer_and_a_confidence_only() -> None:
    reading = Reading(cause="csrf", layer="framework", confidence=0.9)
    assert (reading.product, reading.alternatives, reading.evidence, reading.hint) == ("", (), (), "")
