from __future__ import annotations

from collections.abc import Callable

from answers import HTML, JSON, TEXT, Row, answer, first_findings
from hookscope.model.finding import Finding

FINDINGS: list[Row] = [
    ("csrf.refused", "csrf", "framework", answer(403, b"<p>CSRF verification failed. Request aborted.</p>", HTML)),
    ("csrf.refused", "csrf", "framework", answer(419, b'{"message": "CSRF token mismatch."}', JSON)),
    ("csrf.refused", "csrf", "framework", answer(422, b"ActionController::InvalidAuthenticityToken", TEXT)),
    ("csrf.refused", "csrf", "framework", answer(400, b"<p>The CSRF token is missing.</p>", HTML)),
    (
        "csrf.preflight",
        "cors-preflight",
        "framework",
        answer(
            400,
            b"Disallowed CORS origin",
            TEXT,
            method="OPTIONS",
            sent_headers=(("Access-Control-Request-Method", "POST"),),
        ),
    ),
]


test_the_first_finding_names_cause_and_layer = first_findings(FINDINGS)


def test_the_hint_is_written_for_the_framework(findings_of: Callable[..., tuple[Finding, ...]]) -> None:
    assert "@csrf_exempt" in findings_of(403, b"CSRF verification failed. Request aborted.")[0].hint
