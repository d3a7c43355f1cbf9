"""Endpoints' records, as two nodes share them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from factories import NOW, make_key, make_record
from hookscope_relay.log.nats import endpoints as module
from hookscope_relay.log.nats.log import NatsLog
from nats_servers import SMALL, NatsServer, nats_settings


@pytest.fixture
async def nodes(nats: NatsServer, tmp_path: Path) -> AsyncIterator[tuple[NatsLog, NatsLog]]:
    settings = nats_settings(nats, tmp_path / "a.db")
    first = await NatsLog.open(settings, SMALL)
    second = await NatsLog.open(replace(settings, journal=tmp_path / "b.db"), SMALL)
    yield first, second
    await first.close()
    await second.close()


async def test_a_record_is_known_at_once_where_it_was_used_and_found_elsewhere(nodes: tuple[NatsLog, NatsLog]) -> None:
    first, second = nodes
    record = make_record()
    assert await first.keep_endpoint(record)
    assert first.known(record.id) == record
    assert second.known(record.id) is None
    assert await second.endpoint(record.id) == record
    assert second.known(record.id) == record


async def test_both_nodes_may_open_it_at_once_and_the_later_generation_stays(nodes: tuple[NatsLog, NatsLog]) -> None:
    record = make_record()
    newer = replace(record, generation=1, key=bytes(32))
    kept = await asyncio.gather(*(node.keep_endpoint(one) for node in nodes for one in (record, newer) * 3))
    assert True in kept
    for node in nodes:
        node.forget_endpoint(record.id)
        assert await node.endpoint(record.id) == newer
    assert not await nodes[0].keep_endpoint(record)


async def test_a_change_is_told_and_seen_after_a_while_where_it_was_not_heard(
    nodes: tuple[NatsLog, NatsLog], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = nodes
    told: list[str] = []
    first.changed = told.append
    record = make_record()
    await first.keep_endpoint(record)
    await second.endpoint(record.id)
    await first.keep_endpoint(replace(record, away="refuse"))
    assert told == [record.id, record.id]
    assert second.known(record.id) == record
    monkeypatch.setattr(module, "BELIEVED_S", 0.0)
    async with asyncio.timeout(10):
        while second.known(record.id).away != "refuse":  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_one_that_was_forgotten_is_forgotten_by_all_who_hear_it(nodes: tuple[NatsLog, NatsLog]) -> None:
    first, second = nodes
    record = make_record(make_key(5))
    await first.keep_endpoint(record)
    first.changed = second.forget_endpoint
    await second.endpoint(record.id)
    assert await first.forget_unused(NOW + 1) == 1
    assert await second.endpoint(record.id) is None
    assert second.known(record.id) is None


async def test_a_node_learns_what_is_there_when_it_begins_and_what_is_made_later(
    nodes: tuple[NatsLog, NatsLog],
) -> None:
    first, second = nodes
    records = [make_record(make_key(seed)) for seed in range(1, 30)]
    for record in records:
        await first.keep_endpoint(record)
    await second.learn_endpoints()
    assert [second.known(record.id) for record in records] == records
    first.changed = second.forget_endpoint
    later = make_record(make_key(99))
    await first.keep_endpoint(later)
    async with asyncio.timeout(10):
        while second.known(later.id) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_what_is_in_doubt_is_believed_until_the_cluster_answers(nodes: tuple[NatsLog, NatsLog]) -> None:
    first, second = nodes
    record = make_record()
    await first.keep_endpoint(record)
    await second.endpoint(record.id)
    await first.keep_endpoint(replace(record, away="refuse"))
    second._endpoints.doubt()
    assert second.known(record.id) == record
    async with asyncio.timeout(10):
        while second.known(record.id).away != "refuse":  # noqa: ASYNC110
            await asyncio.sleep(0.01)
