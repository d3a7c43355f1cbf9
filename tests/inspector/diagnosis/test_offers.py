from __future__ import annotations

from collections.abc import Callable

import pytest

from hookscope.diagnosis.offers import PROBES, offered
from hookscope.diagnosis.registry import OUTCOMES
from hookscope.model.finding import Finding
from hookscope.tools.probe.plan import AGAIN, BY_ANSWER


@pytest.mark.parametrize(
    ("status", "causes", "probes"),
    [
        (404, ("not-found", "method-not-allowed", "trailing-slash-mismatch"), ("options", "other-slash")),
        (401, ("signature-missing", "auth-required"), ("again",)),
        (403, ("signature-rejected", "permission-denied", "ip-denied"), ("re-serialised", "direct")),
        (500, ("app-exception", "missing-field"), ("content-type",)),
        (409, ("duplicate-delivery",), ()),
    ],
)
def test_the_causes_name_their_probes(status: int, causes: tuple[str, ...], probes: tuple[str, ...]) -> None:
    assert offered(status, causes) == probes


def test_only_probes_that_would_be_made_are_offered() -> None:
    for statuses, probes in PROBES:
        for status in statuses:
            made = next(names for known, names in BY_ANSWER if status in known)
            assert set(probes.values()) <= {AGAIN, *made}, status
        assert set(probes) <= set(OUTCOMES)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
@pytest.mark.parametrize("sent_headers", [(), (("X-Notion-Signature", "sha256=0"),)])
def test_every_bare_answer_offers_a_probe(
    findings_of: Callable[..., tuple[Finding, ...]], status: int, sent_headers: tuple[tuple[str, str], ...]
) -> None:
    first = findings_of(status, sent_headers=sent_headers, provider="notion")[0]
    assert first.alternatives
    assert "`hookscope probe NUMBER` (key p)" in first.hint


def test_what_is_certain_offers_none(findings_of: Callable[..., tuple[Finding, ...]]) -> None:
    assert "probe" not in findings_of(403, b"<p>CSRF verification failed. Request aborted.</p>")[0].hint
