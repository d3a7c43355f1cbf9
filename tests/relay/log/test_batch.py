"""What one commit takes: all that came until it begins, within a count and a size."""

from __future__ import annotations

from factories import NOW
from hookscope_relay.log.batch import Batches, Row
from hookscope_relay.log.protocol import Record


def make_row(seq: int, size: int = 10, upload: int | None = None) -> Row:
    return Row("one", Record(seq, seq - 1, "id", NOW, False, 1, size, (bytes(10),)), lambda _: None, upload)


def test_a_batch_takes_rows_until_the_writer_closes_it() -> None:
    batches = Batches(100, 10**6)
    batch = batches.add(make_row(1), 0, synced=False)
    assert batch is not None
    assert batches.add(make_row(2), 50, synced=True) is None
    assert batches.close(batch)
    other = batches.add(make_row(3), 0, synced=False)
    assert other is not None
    assert not batches.close(other)
    assert [[row.record.seq for row in one.rows] for one in (batch, other)] == [[1, 2], [3]]
    assert batch.reserve == {"one": 50}


def test_a_batch_is_bounded_in_count_and_in_bytes() -> None:
    batches = Batches(3, 100)
    began = [batches.add(make_row(seq), 0, synced=False) is not None for seq in range(7)]
    assert began == [True, False, False, True, False, False, True]
    batches = Batches(100, 100)
    began = [batches.add(make_row(seq, 60), 0, synced=False) is not None for seq in range(4)]
    assert began == [True, False, True, False]
    # The pieces of an upload are kept by works of their own.
    batches = Batches(100, 100)
    assert [batches.add(make_row(seq, 10**7, upload=1), 0, synced=False) is None for seq in range(3)] == [
        False,
        True,
        True,
    ]
