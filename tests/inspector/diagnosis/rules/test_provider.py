from __future__ import annotations

from answers import JSON, Row, answer, first_findings

FINDINGS: list[Row] = [
    (
        "provider.not-shared",
        "not-shared",
        "provider-api",
        answer(500, b'{"object":"error","status":404,"code":"object_not_found","message":"x"}', JSON),
    ),
    (
        "provider.capability",
        "capability-missing",
        "provider-api",
        answer(403, b'{"object":"error","status":403,"code":"restricted_resource","message":"x"}', JSON),
    ),
    (
        "provider.version",
        "version-header",
        "provider-api",
        answer(400, b'{"object":"error","status":400,"code":"missing_version","message":"x"}', JSON),
    ),
    (
        "provider.token",
        "token-stale",
        "provider-api",
        answer(401, b'{"object":"error","status":401,"code":"unauthorized","message":"API token is invalid."}', JSON),
    ),
]


test_the_first_finding_names_cause_and_layer = first_findings(FINDINGS)
