from __future__ import annotations

from collections.abc import Callable

import pytest

from hookscope.model.finding import Finding
from hookscope.model.verdict import Mistake, Recognition, Verdict

Find = Callable[..., Finding | None]
Findings = Callable[..., tuple[Finding, ...]]

SIGNED = (("Content-Type", "application/json"), ("X-Notion-Signature", "sha256=00"))
REJECTED = Verdict(state="rejected", provider="notion", reason="mismatch")
VERIFIED = Verdict(state="verified", provider="notion", secret="0f0f0f0f")
REFUSAL = b'{"error":"invalid signature"}'


def test_a_verified_signature_is_information(find: Find) -> None:
    finding = find("signature.verified", 200, verdict=VERIFIED, sent_headers=SIGNED)
    assert finding is not None
    assert (finding.severity, finding.cause) == ("info", "ok")


def test_a_mismatch_leads_when_the_handler_refused_for_it(findings_of: Findings) -> None:
    first = findings_of(401, REFUSAL, verdict=REJECTED, sent_headers=SIGNED)[0]
    assert (first.code, first.cause) == ("signature.explains-refusal", "signature-mismatch")


def test_a_mismatch_is_a_warning_when_the_handler_accepted(findings_of: Findings) -> None:
    first = findings_of(200, b"ok", verdict=REJECTED, sent_headers=SIGNED)[0]
    assert (first.code, first.severity) == ("signature.mismatch", "warning")


def test_a_token_is_named_and_not_told(find: Find) -> None:
    verdict = Verdict(state="rejected", provider="gitlab", reason="mismatch")
    finding = find("signature.mismatch", 200, verdict=verdict, sent_headers=(("X-Gitlab-Token", "the secret itself"),))
    assert finding is not None
    told = [evidence.text for evidence in finding.evidence]
    assert "the sender's token stands in X-Gitlab-Token" in told
    assert not any("the secret itself" in text for text in told)


def test_another_cause_comes_before_a_mismatch(findings_of: Findings) -> None:
    codes = [finding.code for finding in findings_of(301, headers=(("Location", "/hook/"),), verdict=REJECTED)]
    assert codes[0] == "redirect.trailing-slash"
    assert "signature.mismatch" in codes


def test_the_mistake_that_reproduces_the_signature_gives_the_hint(findings_of: Findings) -> None:
    mistake = Mistake(id="secret-newline", fix="Take the newline off", confidence=1.0)
    verdict = Verdict(state="rejected", provider="notion", reason="mismatch", mistakes=(mistake,))
    assert findings_of(401, REFUSAL, verdict=verdict)[0].hint == "Take the newline off"


@pytest.mark.parametrize(
    "reason", ["missing-header", "malformed", "stale", "from-the-future", "mismatch", "wrong-key-kind"]
)
def test_every_reason_is_said_in_words(find: Find, reason: str) -> None:
    finding = find("signature.mismatch", 200, verdict=Verdict(state="rejected", reason=reason))
    assert finding is not None
    assert reason not in finding.title or reason in {"malformed"}


def test_a_handler_that_refuses_what_verifies_is_told_so(findings_of: Findings) -> None:
    first = findings_of(401, REFUSAL, verdict=VERIFIED)[0]
    assert (first.code, first.cause, first.layer) == (
        "signature.handler-disagrees",
        "handler-check-disagrees",
        "handler",
    )


def test_what_was_not_checked_names_the_command_that_has_it_checked(find: Find) -> None:
    verdict = Verdict(state="no-secret", provider="github")
    finding = find("signature.unverified", 200, verdict=verdict)
    assert finding is not None
    assert "`hookscope secret set github`" in finding.hint
    assert "this one is checked" in finding.hint_for(7)


def test_an_unsigned_delivery_is_a_warning(find: Find) -> None:
    finding = find("signature.unverified", 200, verdict=Verdict(state="unsigned", provider="notion"))
    assert finding is not None
    assert (finding.severity, finding.cause) == ("warning", "signature-unverified")


def test_an_unsigned_handshake_is_none(find: Find) -> None:
    verdict = Verdict(state="unsigned", provider="notion")
    finding = find(
        "signature.unverified", 200, verdict=verdict, recognition=Recognition(handshake="verification-token")
    )
    assert finding is not None
    assert finding.severity == "info"


def test_notions_automations_sign_nothing(find: Find) -> None:
    sent = b'{"source":{"type":"automation"},"data":{}}'
    finding = find("signature.unverified", 200, verdict=Verdict(state="unsigned", provider="notion"), sent=sent)
    assert finding is not None
    assert "Send webhook" in finding.hint


def test_a_missing_secret_is_information(find: Find) -> None:
    finding = find("signature.unverified", 200, verdict=Verdict(state="no-secret", provider="github"))
    assert finding is not None
    assert finding.severity == "info"


def test_the_evidence_is_the_signature_header(find: Find) -> None:
    finding = find("signature.mismatch", 200, verdict=REJECTED, sent_headers=SIGNED)
    assert finding is not None
    assert ("request.headers.X-Notion-Signature", 0, 9) in [
        (fact.place, fact.start, fact.end) for fact in finding.evidence
    ]
