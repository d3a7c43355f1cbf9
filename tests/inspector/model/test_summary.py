"""A row of `hookscope list --json`."""

from __future__ import annotations

from typing import Any

import pytest

from hookscope.model.summary import Summary

ROW: dict[str, Any] = {"number": 7, "id": "01", "received_at": 1.5, "method": "POST", "target": "/a"}
ALWAYS = ["number", "id", "received_at", "method", "target", "provider", "event_type"]


@pytest.mark.parametrize(
    ("more", "key", "value"),
    [
        ({}, "status", None),
        ({"status": 200}, "status", 200),
        ({"failure": "refused"}, "failure", "refused"),
        ({"failure": "dns", "status": 500}, "failure", "dns"),
    ],
)
def test_a_row_has_a_status_or_a_failure(more: dict[str, Any], key: str, value: Any) -> None:
    mapping = Summary(**ROW, **more).to_mapping()
    assert list(mapping) == [*ALWAYS, key, "cause"]
    assert mapping[key] == value


def test_the_time_is_iso() -> None:
    assert Summary(**ROW).to_mapping()["received_at"] == "1970-01-01T00:00:01.500Z"
