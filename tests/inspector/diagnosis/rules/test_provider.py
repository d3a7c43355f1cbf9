from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hookscope.model.finding import Finding

FINDINGS: list[tuple[str, str, str, dict[str, Any]]] = [
    (
        "provider.not-shared",
        "not-shared",
        "provider-api",
        {
            "status": 500,
            "body": b'{"object":"error","status":404,"code":"object_not_found","message":"x"}',
            "headers": (("Content-Type", "application/json"),),
        },
    ),
    (
        "provider.capability",
        "capability-missing",
        "provider-api",
        {
            "status": 403,
            "body": b'{"object":"error","status":403,"code":"restricted_resource","message":"x"}',
            "headers": (("Content-Type", "application/json"),),
        },
    ),
    (
        "provider.version",
        "version-header",
        "provider-api",
        {
            "status": 400,
            "body": b'{"object":"error","status":400,"code":"missing_version","message":"x"}',
            "headers": (("Content-Type", "application/json"),),
        },
    ),
    (
        "provider.token",
        "token-stale",
        "provider-api",
        {
            "status": 401,
            "body": b'{"object":"error","status":401,"code":"unauthorized","message":"API token is invalid."}',
            "headers": (("Content-Type", "application/json"),),
        },
    ),
]


@pytest.mark.parametrize(("code", "cause", "layer", "answered"), FINDINGS)
def test_the_first_finding_names_cause_and_layer(
    findings_of: Callable[..., tuple[Finding, ...]], code: str, cause: str, layer: str, answered: dict[str, Any]
) -> None:
    first = findings_of(**answered)[0]
    assert (first.code, first.cause, first.layer) == (code, cause, layer)
    assert first.title and first.hint and first.evidence
