"""What a real server tells of deliveries once it has kept them, and what a log makes of it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from factories import NOW
from hookscope_relay.delivery import new_delivery_id
from hookscope_relay.log.nats.log import NatsLog
from hookscope_relay.log.nats.parser import Mail
from hookscope_relay.log.protocol import Record
from nats_servers import NatsServer, open_log, wait_for


@pytest.fixture
async def log(nats: NatsServer, tmp_path: Path) -> AsyncIterator[NatsLog]:
    made = await open_log(nats, tmp_path / "a.db")
    yield made
    await made.close()


async def append(log: NatsLog, endpoint: str = "one") -> int:
    name = new_delivery_id(NOW, os.urandom(10))
    return (await log.append(endpoint, name, (b"content",), at=NOW, owed=False)).seq


async def test_what_follows_the_last_record_is_there_without_a_question(log: NatsLog) -> None:
    first = await append(log)
    assert (await log.ends("one"))[1] == first
    log.follow("one", True)
    told: list[tuple[str, int]] = []
    log.heard = lambda endpoint, seq: told.append((endpoint, seq))
    await append(log, "another")
    seqs = [await append(log) for _ in range(3)]
    await wait_for(lambda: told.count(("one", seqs[-1])) == 2)
    records = log.recent("one", first, 9)
    assert records
    assert records == await log.read("one", first, 9)
    assert [(one.seq, one.prev) for one in records] == [*zip(seqs, [first, *seqs], strict=False)]
    assert log.recent("one", seqs[0], 1) == records[1:2]
    assert log.recent("one", seqs[2], 9) == ()
    # What lies before them was not told.
    assert log.recent("one", 0, 9) is None


async def test_a_record_is_told_of_before_its_acknowledgement(log: NatsLog) -> None:
    """Else a reader that the acknowledgement wakes would ask the servers."""
    await append(log)
    await log.ends("one")
    log.follow("one", True)
    kept: list[list[int]] = []
    told: list[int] = []
    log._bulletins._told = lambda _, seq: told.append(seq)
    for _ in range(100):
        name = new_delivery_id(NOW, os.urandom(10))
        log.begin("one", name, (b"x",), at=NOW, owed=False, kept=lambda _: kept.append([*told]))
    await wait_for(lambda: len(kept) == 100)
    assert all(len(one) > at for at, one in enumerate(kept))


async def test_nobody_is_told_who_does_not_follow_any_more(log: NatsLog) -> None:
    first = await append(log)
    await log.ends("one")
    log.follow("one", True)
    log.follow("one", False)
    log.follow("one", False)
    await append(log)
    assert log.recent("one", first, 9) is None


async def test_a_gap_in_what_was_told_is_asked_for(log: NatsLog) -> None:
    first = await append(log)
    await log.ends("one")
    log.follow("one", True)
    hear, lost = log._bulletins._hear, [True]
    number = log._bulletins._numbers["one"]
    log.courier.client._listeners[number] = lambda mail: None if lost.pop() else hear(mail)
    lost[:] = [False, True, False]
    seqs = [await append(log) for _ in range(3)]
    await wait_for(lambda: not lost)
    assert log.recent("one", first, 9) is None
    assert log.recent("one", seqs[0], 9) is None
    assert [one.seq for one in log.recent("one", seqs[1], 9) or ()] == seqs[2:]
    assert [one.seq for one in await log.read("one", first, 9)] == seqs


async def test_what_is_damaged_or_told_too_late_is_left_to_reading(log: NatsLog) -> None:
    first = await append(log)
    await log.ends("one")
    log.follow("one", True)
    mails: list[Mail] = []
    hear = log._bulletins._hear
    log.courier.client._listeners[log._bulletins._numbers["one"]] = mails.append
    seqs = [await append(log) for _ in range(2)]
    await wait_for(lambda: len(mails) == 2)
    hear(mails[1])
    hear(mails[0])
    hear(mails[1]._replace(data=mails[1].data[:-1] + b"?", head=mails[1].head.replace(b"%d" % seqs[1], b"999")))
    assert log.recent("one", first, 9) is None
    assert [one.seq for one in log.recent("one", seqs[0], 9) or ()] == seqs[1:]


async def test_it_goes_on_over_another_connection(log: NatsLog) -> None:
    await append(log)
    await log.ends("one")
    log.follow("one", True)
    before = await append(log)
    lost = asyncio.Event()
    came = asyncio.Event()
    log.courier.client.lost, log.came_back = lost.set, came.set
    await log.courier.client.force_reconnect()
    async with asyncio.timeout(20):
        await came.wait()
    await log.ends("one")
    seq = await append(log)

    def told() -> list[Record]:
        return [*(log.recent("one", before, 9) or ())]

    await wait_for(lambda: [one.seq for one in told()] == [seq])
