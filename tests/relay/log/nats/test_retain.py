"""Keeping within the retention is one node's work at a time; the contract suite holds what is dropped."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from factories import NOW
from hookscope_relay.delivery import new_delivery_id
from hookscope_relay.log.nats import retain as module
from hookscope_relay.log.nats.log import NatsLog
from hookscope_relay.settings import Retention
from nats_servers import SMALL, NatsServer, nats_settings

FEW = Retention(age_s=1e9, count=3, bytes=10**9, total_bytes=10**9)


async def append(log: NatsLog, count: int, size: int = 10, at: float = NOW) -> None:
    for _ in range(count):
        await log.append("one", new_delivery_id(NOW, os.urandom(10)), (bytes(size),), at=at, owed=False)


async def test_one_node_trims_and_another_takes_over_once_it_is_gone(
    nats: NatsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = nats_settings(nats, tmp_path / "a.db")
    first = await NatsLog.open(settings, SMALL)
    second = await NatsLog.open(replace(settings, journal=tmp_path / "b.db"), SMALL)
    await append(first, 5)
    assert await first.trim(NOW, FEW) == 2
    await append(second, 2)
    assert await second.trim(NOW, FEW) == 0
    monkeypatch.setattr(module, "LEASE_S", 0.0)
    assert await first.trim(NOW, FEW) == 2
    await append(second, 2)
    assert await second.trim(NOW, FEW) == 2
    assert (await first.ends("one"))[0] == (await first.read("one", 0, 1))[0].prev
    await first.close()
    await second.close()


async def test_a_crash_between_mark_and_purge_is_made_good_by_the_next_round(nats: NatsServer, tmp_path: Path) -> None:
    log = await NatsLog.open(nats_settings(nats, tmp_path / "a.db"), SMALL)
    await append(log, 5)
    await log._keeper._move_mark("one", 2)
    # A reader in between is told of a gap that it can live with, and of no record twice.
    assert [record.seq for record in await log.read("one", 0, 10)] == [1, 2, 3, 4, 5]
    assert await log.trim(NOW, FEW) == 2
    assert [(record.seq, record.prev) for record in await log.read("one", 0, 10)] == [(3, 2), (4, 3), (5, 4)]
    await log.close()


async def test_what_comes_later_is_counted_without_reading_the_rest_again(nats: NatsServer, tmp_path: Path) -> None:
    log = await NatsLog.open(nats_settings(nats, tmp_path / "a.db"), SMALL)
    small = replace(FEW, count=10**6, bytes=500)
    await append(log, 10, 100)
    assert await log.trim(NOW, small) == 5
    read = log._keeper._tally.read
    await append(log, 3, 100)
    assert await log.trim(NOW, small) == 3
    assert log._keeper._tally.read == read + 3
    assert log._keeper._tally.sizes == {"one": 500}
    await log.close()


async def test_old_ones_behind_a_long_row_of_young_ones_wait_for_their_turn(
    nats: NatsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "YOUNG_IN_A_ROW", 4)
    log = await NatsLog.open(nats_settings(nats, tmp_path / "a.db"), SMALL)
    by_age = replace(FEW, count=10**6, age_s=50)
    await append(log, 2, at=NOW - 100)
    await append(log, 6)
    await append(log, 2, at=NOW - 100)
    assert await log.trim(NOW, by_age) == 2
    assert await log.trim(NOW + 51, by_age) == 8
    await log.close()
