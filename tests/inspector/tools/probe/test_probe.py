from __future__ import annotations

from factories import NOW
from hookscope.model.capture import Attempt, Failure
from hookscope.tools.probe.probe import Probe, ProbeOutcome, said
from hookscope_relay.delivery import Answer

PROBE = Probe(name="again", title="the same again", tells="whether it still fails")


def attempt(**changes):
    return Attempt(number=3, origin="probe", handler_url="http://localhost:1", started_at=NOW, **changes)


def test_outcomes_are_compared_by_status_or_by_the_kind_of_failure():
    assert ProbeOutcome(PROBE, attempt(answer=Answer(status=401))).key == "401"
    assert ProbeOutcome(PROBE, attempt(failure=Failure(kind="timeout"))).key == "timeout"


def test_an_outcome_is_told_inert():
    assert said(attempt(answer=Answer(status=500, reason="\x1b[31mNo"))) == "HTTP 500 ␛[31mNo"
    assert said(attempt(failure=Failure(kind="refused"))) == "no answer (refused)"
    assert said(None) == "no outcome"


def test_an_outcome_is_plain_json():
    mapping = ProbeOutcome(PROBE, attempt(answer=Answer(status=204)), "signed").to_mapping()
    assert (mapping["probe"], mapping["status"], mapping["attempt"], mapping["signed"]) == ("again", 204, 3, "signed")
