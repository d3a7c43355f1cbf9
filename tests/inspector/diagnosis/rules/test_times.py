from __future__ import annotations

from collections.abc import Callable

import pytest

from factories import NOW
from hookscope.diagnosis.case import Earlier, Policy, Settlement
from hookscope.model.capture import Failure
from hookscope.model.finding import Finding

Find = Callable[..., Finding | None]


@pytest.mark.parametrize("how", ["expired", "sender-gone"])
def test_a_sender_that_did_not_wait_is_told(find: Find, how: str) -> None:
    finding = find("timing.sender-gone", 200, settled=Settlement(how=how, waited_ms=25000.0))  # type: ignore[arg-type]
    assert finding is not None
    assert (finding.severity, finding.cause) == ("warning", "slow-acknowledgement")


def test_where_nobody_was_asked_no_answer_is_called_late(find: Find) -> None:
    finding = find("timing.sender-gone", settled=Settlement(how="expired", waited_ms=25000.0))
    assert finding is not None
    assert finding.layer == "tunnel"
    assert finding.title.startswith("Nobody answered it in time: the sender was answered 504")
    assert not any("took" in fact.text for fact in finding.evidence)


def test_a_sender_that_waited_is_fine(find: Find) -> None:
    assert find("timing.sender-gone", 200, settled=Settlement(how="answered")) is None


@pytest.mark.parametrize(("elapsed_ms", "severity"), [(3400.0, "warning"), (2600.0, "info"), (900.0, None)])
def test_the_providers_limit_decides(find: Find, elapsed_ms: float, severity: str | None) -> None:
    finding = find("timing.over-limit", 200, elapsed_ms=elapsed_ms, policy=Policy(limit_ms=3000.0))
    assert (finding.severity if finding else None) == severity


def test_without_a_documented_limit_nothing_is_said(find: Find) -> None:
    assert find("timing.over-limit", 200, elapsed_ms=60000.0) is None


def test_the_first_request_after_a_restart_may_be_slow(find: Find) -> None:
    usual = [Earlier(received_at=NOW, status=200, elapsed_ms=20.0)] * 3
    restarted = (*usual, Earlier(received_at=NOW, failure="refused"))
    assert find("timing.first-after-reload", 200, elapsed_ms=4000.0, recent=restarted) is not None
    assert find("timing.first-after-reload", 200, elapsed_ms=4000.0, recent=tuple(usual)) is None


def test_a_timeout_makes_the_sender_repeat(find: Find) -> None:
    assert find("timing.will-repeat", failure=Failure(kind="timeout")) is not None
    assert find("timing.will-repeat", failure=Failure(kind="refused")) is None
