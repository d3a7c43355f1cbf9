"""What is on its way into the store."""

from __future__ import annotations

from dataclasses import replace

import pytest

from held import delivery
from hookscope.model.capture import Attempt, Failure, Origin
from hookscope.store.entry import Appended, Entry, Group
from hookscope.store.inserts import LogPlace
from hookscope_relay.delivery import Answer

BEGUN = Attempt(number=0, origin="live", handler_url="http://h/", started_at=1.0)
ANSWERED = replace(BEGUN, answer=Answer(status=200))
FAILED = replace(BEGUN, failure=Failure(kind="refused"))


def entry(attempt: Attempt | None = None, origin: Origin = "live", owed: bool = False) -> Entry:
    return Entry(delivery=delivery(1), place=LogPlace(), origin=origin, owed=owed, attempt=attempt)


@pytest.mark.parametrize(
    ("attempt", "has_ended", "is_over"),
    [(None, False, True), (BEGUN, False, False), (ANSWERED, True, True), (FAILED, True, True)],
)
def test_an_entry_is_over_when_nothing_more_comes_of_it(
    attempt: Attempt | None, has_ended: bool, is_over: bool
) -> None:
    one = entry(attempt)
    assert (one.has_ended, one.is_over) == (has_ended, is_over)


@pytest.mark.parametrize(
    ("origin", "owed", "missed"), [("live", False, False), ("backlog", True, False), ("backlog", False, True)]
)
def test_backlog_that_is_not_owed_was_missed(origin: Origin, owed: bool, missed: bool) -> None:
    assert entry(origin=origin, owed=owed).is_missed is missed


def test_what_was_written_is_noted_in_the_entries_and_not_before() -> None:
    one, again = entry(ANSWERED), entry()
    group = Group([one, again])
    appended = Appended([(one, 7, True), (again, 7, False)], [one])
    assert (one.number, group.weight) == (0, 2 * len(one.delivery.body))
    appended.note()
    assert [(each.number, each.is_new, each.is_ended_kept) for each in (one, again)] == [
        (7, True, True),
        (7, False, False),
    ]
