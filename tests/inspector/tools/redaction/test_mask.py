from __future__ import annotations

import pytest

from hookscope.model.finding import Evidence
from hookscope.model.secret import Secret
from hookscope.tools.redaction.mask import mask, mask_evidence, masks

TOKEN = Secret("", "", "a-token").fingerprint


@pytest.mark.parametrize(
    "name, value, shown",
    [
        ("Authorization", "Bearer a-token", f"Bearer •••• (fingerprint {TOKEN})"),
        ("authorization", "a-token", f"•••• (fingerprint {TOKEN})"),
        ("X-Gitlab-Token", "a-token", f"•••• (fingerprint {TOKEN})"),
        ("Cookie", "sid=a-token; theme=dark", "sid=••••; theme=••••"),
        ("Cookie", "a-token; empty=", "••••; empty="),
        ("Set-Cookie", "sid=a-to=ken; Path=/; HttpOnly", "sid=••••; Path=/; HttpOnly"),
        ("Set-Cookie", "sid=; Max-Age=0", "sid=; Max-Age=0"),
        ("Authorization", "HMAC-SHA256 c2lnbmF0dXJl", "HMAC-SHA256 c2lnbmF0dXJl"),
        ("Authorization", "AWS4-HMAC-SHA256 Credential=x", "AWS4-HMAC-SHA256 Credential=x"),
        ("X-Hub-Signature-256", "sha256=00ff", "sha256=00ff"),
        ("Content-Type", "application/json", "application/json"),
        ("Authorization", "", ""),
    ],
)
def test_credentials_are_hidden_and_signatures_are_not(name: str, value: str, shown: str) -> None:
    assert mask(name, value) == shown
    assert masks((("A", "1"), (name, value))) == (shown != value)


def test_no_word_of_a_secret_outside_authorization_is_taken_for_a_scheme() -> None:
    assert "correct" not in mask("X-Api-Key", "correct horse battery")


def test_evidence_that_quotes_a_header_is_masked_and_other_evidence_is_not() -> None:
    assert mask_evidence(Evidence("Set-Cookie: sid=1234", "answer.headers.Set-Cookie")) == "Set-Cookie: sid=••••"
    assert mask_evidence(Evidence("the answer is 200", "answer.status")) == "the answer is 200"
    assert mask_evidence(Evidence("there is no Cookie", "request.headers.Cookie")) == "there is no Cookie"
