"""The findings that probes leave behind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from factories import NOW
from held import FINDING
from hookscope.diagnosis.registry import RULES
from hookscope.model.capture import Attempt
from hookscope.tools.probe.probe import Conclusion, Probe, ProbeOutcome
from hookscope.tools.probe.proofs import CODES, proved_findings, proving_attempt
from hookscope_relay.delivery import Answer


def outcome(name: str, number: int, status: int) -> ProbeOutcome:
    answer = Answer(status=status, reason="X")
    attempt = Attempt(number=number, origin="probe", handler_url="http://h/", started_at=NOW, answer=answer)
    return ProbeOutcome(Probe(name=name, title=f"with {name}", tells=""), attempt)


def proved(name: str) -> Conclusion:
    return Conclusion("proved", "it is so", (name,), "do it")


@pytest.mark.parametrize("name", [*CODES, "again", "other-slash"])
def test_each_probe_that_proves_leaves_a_finding_of_a_rule(name: str) -> None:
    outcomes = (outcome("again", 2, 401), outcome(name, 3, 500), outcome(name, 4, 200))
    (found,) = proved_findings((proved(name),), outcomes, ())
    assert found.code in RULES
    assert (found.title, found.hint) == ("It is so", "Do it")
    assert "HTTP" in found.proved
    assert proving_attempt((proved(name),), outcomes) == 4


def test_what_is_open_or_ruled_out_leaves_none() -> None:
    told = (Conclusion("open", "perhaps", ("options",)), Conclusion("ruled-out", "no", ("again",)))
    assert proved_findings(told, (outcome("again", 2, 401),), (FINDING,)) == ()
    assert proving_attempt(told, (outcome("again", 2, 401),)) is None


def test_a_slash_is_a_redirect_where_the_answer_was_one() -> None:
    outcomes = (outcome("other-slash", 3, 200),)
    assert proved_findings((proved("other-slash"),), outcomes, (FINDING,))[0].code == "redirect.trailing-slash"
    assert proved_findings((proved("other-slash"),), outcomes, ())[0].code == "routing.trailing-slash"


def test_the_one_cause_that_is_left_is_told_first_and_not_called_proved() -> None:
    known = replace(FINDING, code="signature.handler-disagrees")
    left = Conclusion("left", "another secret", ("again",), "compare them")
    (found,) = proved_findings((left,), (outcome("again", 2, 401),), (known,))
    assert (found.code, found.proved, found.hint) == ("signature.handler-disagrees", "", "Compare them")
    assert proved_findings((left,), (), ())[0].code == "handler.signature-rejected"


def test_a_secret_that_the_handler_takes_speaks_for_the_finding_that_was_made() -> None:
    known = replace(FINDING, code="signature.handler-disagrees")
    (found,) = proved_findings((proved("other-secret"),), (outcome("other-secret", 3, 200),), (known,))
    assert found.code == "signature.handler-disagrees"
