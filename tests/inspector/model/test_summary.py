"""A row of `hookscope list --json`."""

from __future__ import annotations

from typing import Any

import pytest

from hookscope.model.summary import EXPIRED, Beside, Summary

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


@pytest.mark.parametrize(
    ("more", "is_expired"),
    [
        ({"cause": EXPIRED}, True),
        ({"cause": EXPIRED, "status": 200}, False),
        ({"cause": EXPIRED, "failure": "timeout"}, False),
        ({"cause": "other"}, False),
    ],
)
def test_expired_is_what_was_not_handed_over_in_time(more: dict[str, Any], is_expired: bool) -> None:
    assert Summary(**ROW, **more).is_expired is is_expired


def test_the_time_is_iso() -> None:
    assert Summary(**ROW).to_mapping()["received_at"] == "1970-01-01T00:00:01.500Z"


LIVE = Beside(attempt=1, origin="live", status=404)
MOVED = Beside(attempt=2, origin="replay", status=200, path="/webhooks/notion", proved=True)
BESIDE = {
    "nothing": ({"status": 200}, ""),
    "the same once more": ({"status": 404, "tried": LIVE}, ""),
    "an outcome and what was proved": (
        {"status": 404, "outcome_origin": "live", "tried": MOVED},
        "404 live; 200 at /webhooks/notion, proved",
    ),
    "a failure and what was tried": (
        {"failure": "refused", "tried": Beside(attempt=2, origin="probe", status=200)},
        "refused; 200 with a change",
    ),
    "no outcome": ({"live": Beside(attempt=1, origin="live", failure="dns")}, "dns live"),
    "one that is not known": ({"status": 200, "tried": Beside(attempt=2, origin="probe")}, "200; no known outcome with a change"),
    "a copy": ({"status": 200, "copies_failed": "audit 500"}, "200; copy: audit 500"),
}  # fmt: skip


@pytest.mark.parametrize(("more", "said"), BESIDE.values(), ids=BESIDE)
def test_what_else_it_was_answered_is_said_beside(more: dict[str, Any], said: str) -> None:
    assert Summary(**ROW, **more).beside == said


def test_what_stands_beside_is_plain_values() -> None:
    assert MOVED.to_mapping() == {
        "attempt": 2, "origin": "replay", "status": 200, "path": "/webhooks/notion", "proved": True,
    }  # fmt: skip
    assert "status" not in Beside(attempt=1, origin="live", failure="dns").to_mapping()


@pytest.mark.parametrize(
    ("status", "api", "said"),
    [
        (403, "403", "Notion refuses the call"),
        (500, "403", "it broke"),
        (403, "", "it broke"),
    ],
)
def test_an_answer_that_the_handler_took_from_an_api_is_explained_by_its_call(status: int, api: str, said: str) -> None:
    title = "Notion refuses the call" if api else ""
    assert Summary(**ROW, status=status, title="it broke", api=api, api_title=title).headline == said
    assert Summary(**ROW, status=200, api=api, api_title=title).headline == title
