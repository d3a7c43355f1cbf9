from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from factories import make_delivery
from hookscope.diagnosis import engine
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.engine import Choice, diagnose
from hookscope.diagnosis.needs import always
from hookscope.model.capture import Attempt
from hookscope.model.finding import SEVERITIES
from hookscope_relay.delivery import Answer


def test_the_worst_comes_first(make_case: Callable[..., Case]) -> None:
    ranks = [SEVERITIES.index(finding.severity) for finding in diagnose(make_case(404, b"nope", sent=b"{"))]
    assert ranks == sorted(ranks, reverse=True)
    assert len(set(ranks)) > 1


def test_a_silenced_rule_says_nothing(make_case: Callable[..., Case]) -> None:
    case = make_case(419)
    assert diagnose(case)[0].code == "csrf.refused"
    for silenced in ("csrf.refused", "csrf", "csrf.*"):
        assert "csrf.refused" not in {finding.code for finding in diagnose(case, [silenced])}


def test_a_rule_that_raises_does_not_silence_the_others(make_case: Callable[..., Case]) -> None:
    def raises(case: Case) -> None:
        raise ZeroDivisionError

    broken = replace(engine.WATCHERS[0], code="broken.rule", look=raises, needs=always)  # type: ignore[arg-type]
    choice = Choice((broken, *engine.WATCHERS))
    told: list[tuple[str, Exception]] = []
    findings = diagnose(make_case(419), on_error=lambda code, error: told.append((code, error)), choice=choice)
    assert findings[0].code == "csrf.refused"
    assert [code for code, _ in told] == ["broken.rule"]
    assert diagnose(make_case(419)) == findings


def test_a_case_without_an_attempt_has_findings_about_the_request_only(make_case: Callable[..., Case]) -> None:
    assert {finding.layer for finding in diagnose(make_case(sent=b"{"))} == {"sender"}


texts = st.text(st.characters(max_codepoint=255), max_size=60)
headers = st.lists(
    st.tuples(st.sampled_from(["Location", "Content-Type", "Server", "Content-Length", "X-Odd"]), texts), max_size=5
)


@settings(max_examples=150, deadline=None)
@given(st.integers(100, 999), headers, st.binary(max_size=200), st.binary(max_size=200), headers, texts, texts)
def test_hostile_bytes_never_raise(
    status: int,
    answered: list[tuple[str, str]],
    body: bytes,
    sent: bytes,
    sent_headers: list[tuple[str, str]],
    target: str,
    url: str,
) -> None:
    def fail(code: str, error: Exception) -> None:
        raise AssertionError(code) from error

    answer = Answer(status=status, headers=tuple(answered), body=body)
    attempt = Attempt(number=1, origin="live", handler_url=url, started_at=0.0, answer=answer)
    delivery = make_delivery(target=target, headers=tuple(sent_headers), body=sent)
    for finding in diagnose(Case(delivery=delivery, attempt=attempt, provider="github"), on_error=fail):
        for fact in finding.evidence:
            assert 0 <= fact.start <= max(fact.end, fact.start)
