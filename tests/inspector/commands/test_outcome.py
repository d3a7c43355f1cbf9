from __future__ import annotations

import pytest

from held import FINDING
from hookscope.commands.outcome import exit_code, outcome_facts, render_findings, render_outcome
from hookscope.model.capture import Failure
from hookscope.model.errors import OutOfTime
from hookscope_relay.delivery import Answer

TIMEOUT = Failure(kind="timeout", detail="no answer within 50 ms")
REFUSED = Failure(kind="refused", detail="")


@pytest.mark.parametrize(
    ("answer", "failure", "line"),
    [
        (Answer(status=200, reason="OK"), None, "200 OK in 12 ms"),
        (Answer(status=404, reason=""), None, "404 in 12 ms"),
        (Answer(status=500, reason="no\x1b[2J"), None, "500 no␛[2J in 12 ms"),
        (None, TIMEOUT, "no answer: timeout: no answer within 50 ms in 12 ms"),
        (None, REFUSED, "no answer: refused in 12 ms"),
    ],
)
def test_an_outcome_is_a_line_that_nothing_gets_out_of(
    answer: Answer | None, failure: Failure | None, line: str
) -> None:
    assert render_outcome(answer, failure, 12.4) == line
    facts = outcome_facts(answer, failure, 12.44, (FINDING,), 3)
    assert facts["status"] == (answer.status if answer else None)
    assert (facts["failure"], facts["elapsed_ms"]) == (failure.kind if failure else None, 12.4)


def test_findings_say_what_to_do() -> None:
    lines = list(render_findings((FINDING,), "  ", 3))
    assert lines[0] == f"  {FINDING.severity}: {FINDING.title} [{FINDING.code}]"
    assert lines[1:] == [f"    → {FINDING.hint}"]


@pytest.mark.parametrize(
    ("accepted", "failures", "limited", "code"),
    [
        ([True, True], [None, None], True, 0),
        ([True, False], [None, None], True, 1),
        ([True, False], [None, TIMEOUT], True, OutOfTime.exit_code),
        ([True, False], [None, TIMEOUT], False, 1),
        ([False, False], [REFUSED, TIMEOUT], True, 1),
    ],
)
def test_the_exit_code_tells_a_limit_that_ran_out_from_a_refusal(
    accepted: list[bool], failures: list[Failure | None], limited: bool, code: int
) -> None:
    assert exit_code(accepted, failures, limited=limited) == code
