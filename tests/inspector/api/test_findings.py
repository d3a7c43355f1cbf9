"""What is said of one call."""

from __future__ import annotations

import pytest

from api_incidents import INCIDENTS, PAGE, Incident, call_of
from hookscope.api.judge import Judge


@pytest.mark.parametrize("incident", INCIDENTS, ids=lambda incident: f"{incident.api}: {incident.name}")
def test_an_incident_has_its_party_cause_and_fix(incident: Incident) -> None:
    first = Judge().judge(call_of(incident)).findings[0]
    assert (first.layer, first.cause) == (incident.party, incident.cause)
    assert incident.fix in first.hint
    assert incident.title in first.title
    assert first.code == f"api.{incident.cause}"
    assert first.evidence
    assert "your handler refuses" not in first.title.lower()


def test_there_are_forty_and_more() -> None:
    assert len(INCIDENTS) >= 40


def test_a_call_that_was_answered_has_no_finding() -> None:
    fine = Incident("fine", "notion", f"GET {PAGE}", 200, {"object": "page"}, "", "")
    assert Judge().judge(call_of(fine)).findings == ()
