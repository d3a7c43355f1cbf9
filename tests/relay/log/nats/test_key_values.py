"""A bucket that changes by compare-and-set only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hookscope_relay.log.nats.key_values import Entry, KeyValues
from nats_servers import NatsServer, open_log


@pytest.fixture
async def bucket(nats: NatsServer, tmp_path: Path) -> AsyncIterator[KeyValues]:
    log = await open_log(nats, tmp_path / "j.db")
    yield log._bucket("endpoints")
    await log.close()


async def test_a_value_changes_only_for_who_knows_it(bucket: KeyValues) -> None:
    assert await bucket.get("one") is None
    first = await bucket.put("one", b"1", 0)
    assert first
    assert await bucket.put("one", b"x", 0) == 0
    second = await bucket.put("one", b"2", first)
    assert await bucket.put("one", b"x", first) == 0
    assert await bucket.get("one", from_leader=True) == Entry("one", b"2", second)
    assert await bucket.count() == 1


async def test_of_many_that_change_one_at_once_one_succeeds(bucket: KeyValues) -> None:
    revision = await bucket.put("one", b"0", 0)
    done = await asyncio.gather(*(bucket.put("one", b"%d" % number, revision) for number in range(20)))
    assert len([new for new in done if new]) == 1


async def test_a_value_that_changed_since_is_not_taken_away(bucket: KeyValues) -> None:
    old = Entry("one", b"1", await bucket.put("one", b"1", 0))
    new = Entry("one", b"2", await bucket.put("one", b"2", old.revision))
    assert not await bucket.remove(old)
    assert await bucket.remove(new)
    assert (await bucket.get("one"), await bucket.count()) == (None, 0)
    assert await bucket.put("one", b"again", 0)


async def test_a_walk_goes_by_the_last_change(bucket: KeyValues) -> None:
    revisions = {key: await bucket.put(key, key.encode(), 0) for key in ("a", "b", "c")}
    await bucket.put("a", b"a", revisions["a"])
    walked = await bucket.walk(0, 2)
    assert [entry.key for entry in walked] == ["b", "c"]
    assert [entry.key for entry in await bucket.walk(walked[-1].revision, 9)] == ["a"]
