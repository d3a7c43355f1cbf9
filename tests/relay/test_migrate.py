"""Moving a log from SQLite to NATS: everything, in order, byte for byte, and once however often it is tried."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from factories import NOW, make_key, make_record
from hookscope_relay import migrate as module
from hookscope_relay.delivery import new_delivery_id
from hookscope_relay.errors import CannotWrite, InputError, LogUnavailable
from hookscope_relay.log.nats.log import NatsLog
from hookscope_relay.log.protocol import Record, Retention
from hookscope_relay.log.sqlite import SqliteLog
from hookscope_relay.migrate import Moved, migrate
from nats_servers import SMALL, NatsServer, nats_settings

PIECE = 256 * 1024


async def fill(path: Path) -> tuple[dict[str, list[tuple[str, tuple[bytes, ...]]]], dict[str, object]]:
    """A database with two endpoints and one that is empty; what it holds."""
    log = await SqliteLog.open(path)
    keys = [make_key(seed) for seed in (1, 2, 3)]
    records = {key.id: make_record(key, away="refuse") for key in keys}
    held: dict[str, list[tuple[str, tuple[bytes, ...]]]] = {}
    for record in records.values():
        await log.keep_endpoint(record)
    for number in range(90):
        pieces = (b"head", os.urandom(PIECE), b"tail") if number % 30 == 7 else (b"head", os.urandom(20))
        name = new_delivery_id(NOW + number, os.urandom(10))
        endpoint = keys[number % 2].id
        await log.append(endpoint, name, pieces, at=NOW + number, owed=number % 5 == 0)
        held.setdefault(endpoint, []).append((name, pieces))
    await log.trim(NOW, Retention(age_s=1e9, count=40, bytes=1 << 40, total_bytes=1 << 40))
    await log.close()
    return {endpoint: of_it[-40:] for endpoint, of_it in held.items()}, dict(records)


async def read(log: NatsLog, endpoint: str) -> list[Record]:
    found: list[Record] = []
    await log.ends(endpoint)
    while records := await log.read(endpoint, found[-1].seq if found else 0, 7):
        found += records
    return found


async def test_everything_is_there_in_order_and_moving_again_changes_nothing(tmp_path: Path, nats: NatsServer) -> None:
    held, records = await fill(tmp_path / "relay.db")
    settings = nats_settings(nats, tmp_path / "j.db")
    told: list[Moved] = []
    assert await migrate(tmp_path / "relay.db", settings, SMALL, told.append) == Moved(3, 80, 0)
    assert told[-1] == Moved(3, 80, 0)
    assert await migrate(tmp_path / "relay.db", settings, SMALL, told.append) == Moved(3, 0, 80)
    log = await NatsLog.open(settings, SMALL)
    for endpoint, expected in held.items():
        found = await read(log, endpoint)
        assert [record.delivery_id for record in found] == [name for name, _ in expected]
        for record, (_, pieces) in zip(found, expected, strict=True):
            assert tuple([await log.piece(endpoint, record.seq, number) for number in range(record.pieces)]) == pieces
    assert {endpoint: await log.endpoint(endpoint) for endpoint in records} == records
    await log.close()


async def test_one_that_was_broken_off_goes_on(
    tmp_path: Path, nats: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, _ = await fill(tmp_path / "relay.db")
    settings = nats_settings(nats, tmp_path / "j.db")
    begun, begin = [0], module._begin

    async def break_off(*arguments: object) -> object:
        begun[0] += 1
        if begun[0] > 50:
            raise LogUnavailable("the cluster is gone")
        return await begin(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(module, "_begin", break_off)
        with pytest.raises(CannotWrite, match="run the command again: it goes on"):
            await migrate(tmp_path / "relay.db", settings, SMALL, print)
    moved = await migrate(tmp_path / "relay.db", settings, SMALL, print)
    assert moved.deliveries + moved.passed_over == 80
    assert moved.passed_over >= 40
    log = await NatsLog.open(settings, SMALL)
    for endpoint, expected in held.items():
        assert [record.delivery_id for record in await read(log, endpoint)] == [name for name, _ in expected]
    await log.close()


async def test_a_database_that_is_not_there_is_said(tmp_path: Path, nats: NatsServer) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        await migrate(tmp_path / "none.db", nats_settings(nats, tmp_path / "j.db"), SMALL, print)
    assert not (tmp_path / "none.db").exists()
