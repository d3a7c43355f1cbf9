"""What one commit takes: all that came until it begins, within a count and a size."""

from __future__ import annotations

import asyncio

from factories import NOW
from hookscope_relay.log.batch import Batch, Batches, Row
from hookscope_relay.log.protocol import Record


def make_row(seq: int, size: int = 10, upload: int | None = None) -> Row:
    return Row("one", Record(seq, seq - 1, "id", NOW, False, 1, size, (bytes(10),)), lambda _: None, upload)


def make_batches(count: int = 100, weight: int = 10**6) -> tuple[Batches, list[Batch]]:
    written: list[Batch] = []
    return Batches(written.append, count, weight), written


def seqs(written: list[Batch]) -> list[list[int]]:
    return [[row.record.seq for row in batch.rows] for batch in written]


async def turn() -> None:
    """What was added is handed over a turn later, so that what leaves in its own turn is on its way before."""
    for _ in range(3):
        await asyncio.sleep(0)


async def test_what_came_in_a_turn_is_written_after_it_and_what_came_during_a_commit_after_that() -> None:
    batches, written = make_batches()
    for seq in (1, 2):
        batches.add(make_row(seq), 50 * (seq - 1), synced=seq == 2)
    await asyncio.sleep(0)
    assert written == []
    await turn()
    for seq in (3, 4):
        batches.add(make_row(seq), 0, synced=False)
        await turn()
    assert seqs(written) == [[1, 2]]
    batches.settle()
    await turn()
    assert seqs(written) == [[1, 2], [3, 4]]
    assert [(batch.synced, batch.reserve) for batch in written] == [(True, {"one": 50}), (False, {})]
    batches.settle()
    batches.add(make_row(5), 0, synced=False)
    await turn()
    assert seqs(written)[2:] == [[5]]


async def test_what_need_not_be_kept_soon_waits_for_company_until_somebody_waits_for_it() -> None:
    batches, written = make_batches()
    for seq in (1, 2):
        batches.add(make_row(seq), 0, synced=False, soon=False)
        await turn()
    assert written == []
    batches.hurry()
    await turn()
    assert seqs(written) == [[1, 2]]
    batches.settle()
    batches.add(make_row(3), 0, synced=False, soon=False)
    batches.add(make_row(4), 0, synced=True, soon=False)
    await turn()
    assert seqs(written)[1:] == [[3, 4]]


async def test_what_nobody_waits_for_is_written_a_moment_later() -> None:
    handed = asyncio.Event()
    batches = Batches(lambda _: handed.set(), 100, 10**6)
    batches.add(make_row(1), 0, synced=False, soon=False)
    async with asyncio.timeout(10):
        await handed.wait()


async def test_a_full_batch_waits_for_nobody() -> None:
    batches, written = make_batches(count=3)
    for seq in range(7):
        batches.add(make_row(seq), 0, synced=False)
    assert seqs(written) == [[0, 1, 2], [3, 4, 5]]
    batches.flush()
    batches.flush()
    assert seqs(written)[2:] == [[6]]
    batches, written = make_batches(weight=100)
    for seq in range(4):
        batches.add(make_row(seq, 60), 0, synced=False)
    assert seqs(written) == [[0, 1], [2, 3]]


async def test_the_pieces_of_an_upload_weigh_nothing_since_works_of_their_own_keep_them() -> None:
    batches, written = make_batches(weight=100)
    for seq in range(3):
        batches.add(make_row(seq, 10**7, upload=1), 0, synced=False)
    assert written == []
    await turn()
    assert seqs(written) == [[0, 1, 2]]
