"""What the log on NATS does beyond the contract, which relay/log/test_protocol.py holds."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from factories import NOW
from hookscope_relay.delivery import new_delivery_id
from hookscope_relay.errors import AlreadyInUse, LogUnavailable, StoreUnfit
from hookscope_relay.log.nats.log import NatsLog
from nats_servers import SMALL, NatsServer, nats_settings, open_log, serving


async def append(log: NatsLog, endpoint: str = "one", content: bytes = b"x") -> int:
    name = new_delivery_id(NOW, os.urandom(10))
    return (await log.append(endpoint, name, (content,), at=NOW, owed=False)).seq


async def test_two_nodes_read_one_log(nats: NatsServer, tmp_path: Path) -> None:
    settings = nats_settings(nats, tmp_path / "a.db")
    first = await NatsLog.open(settings, SMALL)
    second = await NatsLog.open(replace(settings, journal=tmp_path / "b.db"), SMALL)
    assert first.epoch == second.epoch
    seqs = [await append(node) for node in (first, second, first)]
    assert [record.seq for record in await second.read("one", 0, 9)] == seqs
    assert second.recent("one", seqs[-1], 9) == ()
    seqs.append(await append(first))
    # Nobody told it, so it believes that there is nothing; what is heard is read.
    assert second.recent("one", seqs[2], 9) == ()
    second.hear("one", seqs[3])
    assert second.recent("one", seqs[2], 9) is None
    assert [record.seq for record in await second.read("one", seqs[2], 9)] == seqs[3:]
    seqs.append(await append(first))
    assert await second.look("one", seqs[3]) == seqs[4]
    assert second.recent("one", seqs[3], 9) is None
    assert await second.look("one", seqs[4]) == 0
    await first.close()
    await second.close()


async def test_one_node_begins_a_new_epoch_and_the_others_take_it(nats: NatsServer, tmp_path: Path) -> None:
    settings = nats_settings(nats, tmp_path / "a.db")
    first = await NatsLog.open(settings, SMALL)
    second = await NatsLog.open(replace(settings, journal=tmp_path / "b.db"), SMALL)
    epoch = await first.new_epoch()
    assert second.epoch != epoch
    assert await second.look_at_epoch() == epoch == second.epoch
    await first.close()
    await second.close()


async def test_a_cursor_that_another_node_gave_is_waited_for_and_one_beyond_the_log_is_not_believed(
    nats: NatsServer, tmp_path: Path
) -> None:
    log = await open_log(nats, tmp_path / "a.db")
    newest = await append(log)
    assert await log.ends("one", holding=newest) == (0, newest)
    assert log.given("one") == newest
    assert await log.ends("one", holding=newest + 9) == (0, newest)
    await log.close()


async def test_a_head_that_no_message_holds_is_refused(nats: NatsServer, tmp_path: Path) -> None:
    log = await open_log(nats, tmp_path / "a.db")
    with pytest.raises(LogUnavailable, match="too large"):
        await append(log, content=bytes(1024 * 1024))
    assert log.health().spilled == 0
    await log.close()


async def test_nodes_do_not_share_a_journal(nats: NatsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hookscope_relay.sqlite_files.BUSY_S", 0.1)
    log = await open_log(nats, tmp_path / "a.db")
    with pytest.raises(AlreadyInUse):
        await open_log(nats, tmp_path / "a.db")
    await log.close()


async def test_servers_whose_messages_are_too_small_are_refused(tmp_path: Path) -> None:
    with (
        serving("max_payload: 64KB", sync=False) as server,
        pytest.raises(StoreUnfit, match="take messages of 65536 bytes at most"),
    ):
        await NatsLog.open(nats_settings(server, tmp_path / "a.db"), SMALL)


async def test_a_log_that_was_restored_from_an_older_copy_begins_a_new_epoch(
    nats: NatsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hookscope_relay.log.nats.log.OLDER_S", (0.0, 0.0))
    log = await open_log(nats, tmp_path / "a.db")
    changed: list[str] = []
    log.changed = changed.append
    for _ in range(3):
        await append(log)
    before = log.epoch
    assert not await log.look_for_older_data()
    # As a node that was told of more, of which the copy knows nothing.
    log._post.newest += 5
    assert await log.look_for_older_data()
    assert (log.epoch != before, changed[-1], log.health().trouble["older"]) == (True, "", 1)
    assert not await log.look_for_older_data()
    await log.close()
