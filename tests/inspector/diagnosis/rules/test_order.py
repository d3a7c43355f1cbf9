from __future__ import annotations

from collections.abc import Callable

import pytest

from factories import NOW
from hookscope.diagnosis.case import Earlier
from hookscope.model.finding import Finding
from hookscope.model.verdict import Recognition

Find = Callable[..., Finding | None]

NEWER = (Earlier(number=3, event_id="e1", object_id="page", event_at=NOW, received_at=NOW),)


def test_an_older_event_of_the_same_object_is_out_of_order(find: Find) -> None:
    known = Recognition(event_id="e0", object_id="page", event_at=NOW - 300)
    finding = find("order.older-event", 200, recognition=known, earlier=NEWER)
    assert finding is not None
    assert "300 s older" in finding.title


@pytest.mark.parametrize(
    "known",
    [
        Recognition(event_id="e2", object_id="page", event_at=NOW + 1),
        Recognition(event_id="e2", object_id="other", event_at=NOW - 300),
        Recognition(event_id="e1", object_id="page", event_at=NOW - 300),
        Recognition(event_id="e2", object_id="page"),
        Recognition(event_id="e2", event_at=NOW - 300),
    ],
)
def test_newer_events_and_other_objects_are_in_order(find: Find, known: Recognition) -> None:
    assert find("order.older-event", 200, recognition=known, earlier=NEWER) is None


def test_times_that_no_calendar_holds_do_not_raise(find: Find) -> None:
    known = Recognition(event_id="e2", object_id="page", event_at=-1e300)
    assert find("order.older-event", 200, recognition=known, earlier=NEWER) is not None


@pytest.mark.parametrize(
    ("sequence", "missing"), [((14, 14), 2), ((14, 20), 2), ((12, 12), 0), ((11, 11), 0), ((3, 30), 0), (None, 0)]
)
def test_missing_numbers_are_counted(find: Find, sequence: tuple[int, int] | None, missing: int) -> None:
    before = (Earlier(sequence_last=11), Earlier(sequence_last=10), Earlier())
    finding = find("order.sequence-gap", 200, recognition=Recognition(sequence=sequence), earlier=before)
    assert (finding is not None) == bool(missing)
    if finding is not None:
        assert str(missing) in finding.title
