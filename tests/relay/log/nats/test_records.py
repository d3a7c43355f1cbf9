"""What is damaged is never served; the contract suite holds the reading of everything else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from factories import NOW
from hookscope_relay.delivery import new_delivery_id
from hookscope_relay.errors import LogUnavailable
from hookscope_relay.log.nats.form import wrap
from hookscope_relay.log.nats.log import NatsLog
from nats_servers import NatsServer, open_log


async def append(log: NatsLog, *pieces: bytes) -> int:
    name = new_delivery_id(NOW, os.urandom(10))
    return (await log.append("one", name, pieces or (b"x",), at=NOW, owed=False)).seq


async def test_a_damaged_delivery_is_left_out_counted_and_declared_as_a_gap(nats: NatsServer, tmp_path: Path) -> None:
    log = await open_log(nats, tmp_path / "a.db")
    seqs = [await append(log) for _ in range(2)]
    damaged = await log.courier.keep(log.names.of_endpoint("one"), b"what a broken disk makes of it, and its hash")
    seqs.append(await append(log))
    for _ in range(2):
        records = await log.read("one", 0, 9)
        assert [record.seq for record in records] == seqs
        assert records[-1].prev == damaged.seq
    assert log.health().trouble["damaged"] == 1
    with pytest.raises(LogUnavailable):
        await log.piece("one", damaged.seq, 0)
    await log.close()


async def test_a_damaged_piece_is_not_served(nats: NatsServer, tmp_path: Path) -> None:
    log = await open_log(nats, tmp_path / "a.db")
    seq = await append(log, b"head", b"one", b"two")
    (piece,) = await log._kept._reader.after(log.names.pieces, log.names.of_piece("*", 2), 0, 9)
    assert await log.piece("one", seq, 2) == b"two"
    await log.courier.keep(piece.subject, wrap("another subject", b"two"))
    with pytest.raises(LogUnavailable, match="is not kept"):
        await log.piece("one", seq, 2)
    await log.close()


async def test_the_record_before_is_found_wherever_a_reader_begins(nats: NatsServer, tmp_path: Path) -> None:
    log = await open_log(nats, tmp_path / "a.db")
    seqs = [await append(log) for _ in range(3)]
    await log.append("two", new_delivery_id(NOW, os.urandom(10)), (b"y",), at=NOW, owed=False)
    seqs.append(await append(log))
    for after in range(5):
        log.forget_places()
        (record,) = await log.read("one", after, 1)
        behind = [seq for seq in seqs if seq > after]
        assert (record.seq, record.prev) == (behind[0], max([0, *(seq for seq in seqs if seq < behind[0])]))
    await log.close()
