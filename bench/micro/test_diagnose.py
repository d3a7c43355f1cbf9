"""Diagnosing an ordinary success, and a refusal that has to be looked at."""

from __future__ import annotations

from typing import Any

import pytest

from hookscope.diagnosis.case import Case
from hookscope.diagnosis.engine import diagnose
from hookscope.model.capture import Attempt
from hookscope.model.verdict import Recognition, Verdict
from hookscope_relay.delivery import Answer, Delivery

JSON = (("Content-Type", "application/json"), ("Content-Length", "11"))
ANSWERS = {
    "an ordinary success": Answer(status=200, reason="OK", headers=JSON, body=b'{"ok":true}'),
    "a refusal": Answer(status=403, reason="Forbidden", headers=JSON, body=b'{"why":"no"}'[:11]),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_diagnose(benchmark: Any, delivery: Delivery, name: str) -> None:
    attempt = Attempt(number=1, origin="live", handler_url="http://h/", started_at=0.0, answer=ANSWERS[name])

    def look() -> Any:
        case = Case(
            delivery=delivery,
            attempt=attempt,
            verdict=Verdict(state="verified", provider="github"),
            recognition=Recognition(provider="github"),
            provider="github",
        )
        return diagnose(case)

    findings = benchmark(look)
    assert bool([one for one in findings if one.severity == "error"]) is (name == "a refusal")
