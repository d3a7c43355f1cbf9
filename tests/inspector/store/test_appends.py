"""What a session appends: gathered, written in groups, and whole after whatever came in between."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from held import delivery
from hookscope.model.capture import Attempt, Failure
from hookscope.model.verdict import Recognition
from hookscope.store import captures
from hookscope.store.appends import GATHERED_S, Appends
from hookscope.store.captures import CaptureStore
from hookscope.store.entry import Appended, Entry, Settling
from hookscope.store.inserts import LogPlace
from hookscope_relay.delivery import Answer
from hookscope_relay.errors import CannotWrite, HookscopeError

BEGUN = Attempt(number=0, origin="live", handler_url="http://h/", started_at=1.0)
ANSWERED = replace(BEGUN, elapsed_ms=2.0, answer=Answer(status=201, reason="Made", headers=(("A", "b"),), body=b"x"))
FAILED = replace(BEGUN, elapsed_ms=3.0, failure=Failure(kind="refused", detail="nothing listens"))


def entry(seq: int, attempt: Attempt | None = None, prev: int | None = None, name: int | None = None) -> Entry:
    place = LogPlace("e", "a", seq, seq - 1 if prev is None else prev)
    return Entry(delivery=delivery(name or seq), place=place, origin="live", attempt=attempt)


class Desk:
    def __init__(self, path: Path) -> None:
        self.store = CaptureStore.open(path / "captures.db")
        self.groups: list[Appended] = []
        self.settled: list[Settling] = []
        self.errors: list[HookscopeError] = []
        self._bell = asyncio.Event()
        self.appends = Appends(
            self.store,
            recognise=lambda _: Recognition(provider="p", event_id="1"),
            written=self._written,
            failed=self.errors.append,
        )

    def _written(self, appended: Appended) -> None:
        self.groups.append(appended)
        self.settled += appended.settled
        self._bell.set()

    async def written(self, count: int) -> None:
        """Wait until so many groups are."""
        async with asyncio.timeout(5):
            while len(self.groups) < count:
                self._bell.clear()
                await self._bell.wait()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.store.close()


async def test_what_is_given_together_is_one_group_and_is_read_as_it_was_given(desk: Desk) -> None:
    entries = [entry(1, ANSWERED), entry(2, FAILED), entry(3)]
    for one in entries:
        desk.appends.add(one)
    desk.appends.settle(Settling(entries[0].delivery.id, "answered", 201, "", 4.0))
    await desk.appends.flush()
    (group,) = desk.groups
    assert [(one.number, one.is_new) for one in entries] == [(1, True), (2, True), (3, True)]
    assert list(group.ended) == entries[:2]
    for one in entries:
        capture = desk.store.find(str(one.number))
        assert capture.delivery == one.delivery
        wanted = () if one.attempt is None else (replace(one.attempt, number=1),)
        assert capture.attempts == wanted
        assert capture.provider == "p"
    rows = desk.store.summaries()
    assert [(row.status, row.failure, row.attempts) for row in rows] == [
        (None, "", 0),
        (None, "refused", 1),
        (201, "", 1),
    ]
    assert desk.store.cursor("e") == ("a", 3)
    assert desk.store.settlement(entries[0].delivery.id) is not None
    assert desk.store.waiting("e") == [1, 2, 3]
    assert desk.store.waiting("another") == []


async def test_an_attempt_that_ends_after_its_delivery_was_written_is_added(desk: Desk) -> None:
    one = entry(1, BEGUN)
    desk.appends.add(one)
    await desk.appends.flush()
    assert desk.store.attempts(one.delivery.id) == (replace(BEGUN, number=1),)
    one.attempt = ANSWERED
    desk.appends.end(one)
    await desk.appends.flush()
    assert desk.store.attempts(one.delivery.id) == (replace(ANSWERED, number=1),)
    assert [list(group.ended) for group in desk.groups] == [[], [one]]


async def test_an_attempt_that_ends_while_its_delivery_is_written_is_not_lost(desk: Desk) -> None:
    for seq in range(1, 40):
        one = entry(seq, BEGUN)
        desk.appends.add(one)
        await asyncio.sleep(0.0005 * (seq % 12))
        one.attempt = ANSWERED
        desk.appends.end(one)
    await desk.appends.flush()
    assert {row.status for row in desk.store.summaries()} == {201}
    assert sorted(one.number for group in desk.groups for one in group.ended) == list(range(1, 40))


async def test_a_delivery_waits_for_the_end_of_its_attempt_and_not_for_ever(desk: Desk) -> None:
    first, second = entry(1, BEGUN), entry(2, ANSWERED)
    for one in (first, second):
        desk.appends.add(one)
    desk.appends.settle(Settling(second.delivery.id, "answered", 201, "", 4.0))
    await asyncio.sleep(GATHERED_S * 1.5)
    assert desk.groups == []
    first.attempt = FAILED
    desk.appends.end(first)
    await desk.written(1)
    assert list(desk.groups[0].ended) == [first, second]
    assert desk.settled == [Settling(second.delivery.id, "answered", 201, "", 4.0)]
    assert desk.store.settlement(second.delivery.id) is not None
    desk.appends.add(entry(3, BEGUN))
    await desk.written(2)
    assert [list(group.ended) for group in desk.groups[1:]] == [[]]


async def test_what_is_held_already_stays_as_it_is(desk: Desk) -> None:
    first, same_place, same_id = entry(1, ANSWERED), entry(1, FAILED, name=7), entry(2, FAILED, name=1)
    for one in (first, same_place, same_id):
        desk.appends.add(one)
    await desk.appends.flush()
    again = entry(1, FAILED)
    desk.appends.add(again)
    await desk.appends.flush()
    assert [(one.number, one.is_new) for one in (first, same_place, same_id, again)] == [(1, True), *[(1, False)] * 3]
    assert desk.store.count() == 1
    assert desk.store.attempts(first.delivery.id) == (replace(ANSWERED, number=1),)
    assert desk.store.cursor("e") == ("a", 2)


async def test_the_cursor_stops_before_a_hole_and_passes_it_when_it_is_filled(desk: Desk) -> None:
    for seqs, cursor in (((1, 2, 4, 5), 2), ((3,), 5)):
        for seq in seqs:
            desk.appends.add(entry(seq))
        await desk.appends.flush()
        assert desk.store.cursor("e") == ("a", cursor)


async def test_an_attempt_at_what_was_cleared_meanwhile_leaves_nothing_behind(desk: Desk) -> None:
    one = entry(1, BEGUN)
    desk.appends.add(one)
    await desk.appends.flush()
    await desk.store.clear()
    one.attempt = ANSWERED
    desk.appends.end(one)
    await desk.appends.flush()
    with sqlite3.connect(desk.store.path) as reader:
        assert [
            reader.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("attempts", "bodies", "waiting")
        ] == [0, 0, 0]
    reader.close()


async def test_after_a_disk_that_failed_nothing_more_is_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(sqlite3.OperationalError):
        sqlite_errorcode = sqlite3.SQLITE_FULL

    def full(*_: object) -> Appended:
        raise Full("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(captures, "append_group", full)
        desk.appends.add(entry(1))
        await desk.appends.flush()
    desk.appends.add(entry(2))
    await desk.appends.flush()
    assert [type(error) for error in desk.errors] == [CannotWrite]
    assert desk.store.count() == 0
    assert desk.store.cursor("e") is None
