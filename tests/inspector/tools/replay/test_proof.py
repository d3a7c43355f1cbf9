"""What an experiment proved, as the finding that is kept."""

from __future__ import annotations

import pytest

from factories import NOW
from held import FINDING
from hookscope.diagnosis.registry import RULES
from hookscope.model.capture import Attempt, SentRequest
from hookscope.tools.replay.proof import Experiment, build_finding, confirm
from hookscope_relay.delivery import Answer

SENT = SentRequest(method="POST", target="/hook", headers=(), body=b"")
TRIED = Attempt(
    number=2,
    origin="replay",
    handler_url="http://h:1/hook?x=1",
    started_at=NOW,
    answer=Answer(status=204),
    request=SENT,
)


def test_a_finding_that_was_tried_says_so_and_is_sure() -> None:
    found = confirm(FINDING, TRIED)
    assert (found.confidence, found.alternatives, found.title) == (1.0, (), FINDING.title)
    assert found.proved == "attempt 2 to /hook, changed as the finding advises was answered 204"
    assert found.to_mapping()["proved"] == found.proved
    assert "proved" not in FINDING.to_mapping()


@pytest.mark.parametrize(
    ("code", "kept"),
    [(FINDING.code, FINDING.code), ("", FINDING.code), ("csrf.refused", "csrf.refused")],
)
def test_a_proof_speaks_in_the_place_of_the_finding_of_its_rule(code: str, kept: str) -> None:
    proof = Experiment(code=code, text="It is the cookie", hint="", how="without it: HTTP 200", attempt=7)
    found = build_finding(proof, (FINDING,))
    assert (found.code, found.title, found.proved, found.severity) == (kept, proof.text, proof.how, "error")
    assert found.evidence[-1].text == "attempt 7: without it: HTTP 200"
    assert found.cause == (FINDING.cause if kept == FINDING.code else RULES[kept].causes[0])


def test_without_any_finding_the_proof_still_has_a_rule() -> None:
    assert build_finding(Experiment(code="", text="x", hint="", how="y", attempt=1), ()).code in RULES
