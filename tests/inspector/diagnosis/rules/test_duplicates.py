from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from factories import NOW
from hookscope.diagnosis.case import Earlier
from hookscope.model.finding import Finding
from hookscope.model.verdict import Recognition

Find = Callable[..., Finding | None]


def before(**changes: Any) -> tuple[Earlier, ...]:
    values: dict[str, Any] = {
        "number": 7,
        "id": "d1",
        "received_at": NOW - 30,
        "provider": "notion",
        "event_id": "e1",
        "status": 500,
    }
    return (Earlier(**values | changes),)


EVENT = Recognition(provider="notion", event_id="e1")
SECOND = Recognition(provider="notion", event_id="e1", attempt_number=2)


def test_a_higher_attempt_number_is_the_providers_retry(find: Find) -> None:
    finding = find("duplicates.provider-retry", 200, recognition=SECOND, earlier=before(attempt_number=1))
    assert finding is not None
    assert "answered 500" in finding.title
    assert find("duplicates.same-event", 200, recognition=SECOND, earlier=before(attempt_number=1)) is None


def test_the_same_event_without_a_number_is_a_duplicate(find: Find) -> None:
    finding = find("duplicates.same-event", 200, recognition=EVENT, earlier=before())
    assert finding is not None
    assert (finding.cause, finding.severity) == ("duplicate-event", "info")


@pytest.mark.parametrize(
    ("changes", "digest", "words", "severity"),
    [
        ({"body_digest": "a"}, "b", "another body", "warning"),
        ({"body_digest": "a", "target": "/other"}, "a", "another path", "info"),
    ],
)
def test_another_body_or_path_points_at_a_second_subscription(
    find: Find, changes: dict[str, str], digest: str, words: str, severity: str
) -> None:
    finding = find("duplicates.same-event", 200, recognition=EVENT, earlier=before(**changes), body_digest=digest)
    assert finding is not None
    assert words in finding.title
    assert (finding.severity, "second subscription" in finding.hint) == (severity, True)


@pytest.mark.parametrize(
    "values",
    [
        {"earlier": before(event_id="e2")},
        {"earlier": before(provider="github")},
        {"earlier": before(id="d2")},
        {"earlier": before(), "origin": "replay"},
        {"earlier": ()},
    ],
)
def test_what_is_no_repeat_is_not_called_one(find: Find, values: dict[str, Any]) -> None:
    assert find("duplicates.same-event", 200, recognition=EVENT, **values) is None
