"""A delivery that is unsigned, or wrongly signed, on purpose: the right answer is no fault, and the wrong one is."""

from __future__ import annotations

import pytest

from factories import NOW, make_delivery
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.engine import diagnose
from hookscope.model.capture import Attempt
from hookscope.model.verdict import Recognition, Verdict
from hookscope_relay.delivery import Answer

XERO = {
    "headers": (("Content-Type", "application/json"), ("x-xero-signature", "AA==")),
    "body": b'{"events":[],"firstEventSequence":0,"lastEventSequence":0}',
}
SLACK = {"headers": (("Content-Type", "application/x-www-form-urlencoded"),), "body": b"ssl_check=1&token=x"}
META = {"method": "GET", "target": "/?hub.mode=subscribe&hub.challenge=1158201444", "headers": (), "body": b""}


def findings(name, parts, state, status, body=b"", headers=()):
    answer = Answer(status=status, headers=headers, body=body)
    attempt = Attempt(
        number=1, origin="live", handler_url="http://localhost:1/", started_at=NOW, elapsed_ms=5.0, answer=answer
    )
    handshake = "intent-to-receive" if name == "xero" else "hub-challenge" if name == "meta" else ""
    return diagnose(
        Case(
            delivery=make_delivery(**parts),
            attempt=attempt,
            verdict=Verdict(state=state, provider=name, reason="mismatch" if state == "rejected" else ""),
            recognition=Recognition(provider=name, handshake=handshake),
        )
    )


CASES = (
    ("xero", XERO, "rejected", 401, b"", "info", "signature.by-design", "Nothing to do"),
    ("xero", XERO, "rejected", 200, b"", "error", "signature.by-design", "401"),
    ("xero", XERO, "rejected", 401, b"no", "error", "signature.by-design", "no body"),
    ("slack", SLACK, "unsigned", 401, b'{"error":"invalid signature"}', "error", "signature.by-design", "before any signature"),
    ("slack", SLACK, "unsigned", 200, b"", "info", "", ""),
    ("meta", META, "unsigned", 401, b'{"error":"Invalid webhook signature"}', "error", "payload.handshake", "before any signature"),
)  # fmt: skip


@pytest.mark.parametrize(("name", "parts", "state", "status", "body", "severity", "code", "hint"), CASES)
def test_the_first_finding_judges_by_what_the_provider_wants(name, parts, state, status, body, severity, code, hint):
    found = findings(name, parts, state, status, body)
    first = found[0]
    assert first.severity == severity
    assert code in (first.code, "")
    assert hint in first.hint
    blamed = {"signature.explains-refusal", "signature.mismatch", "signature.unverified", "handler.signature-rejected"}
    assert not blamed & {finding.code for finding in found}


def test_the_right_answer_is_not_said_to_repeat_itself():
    assert "delivery.retry-advice" not in {finding.code for finding in findings("xero", XERO, "rejected", 401)}
