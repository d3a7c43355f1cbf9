"""Pieces that arrive before their delivery; one that never comes leaves none behind."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from factories import NOW
from hookscope_relay.errors import LogUnavailable
from hookscope_relay.log.nats.log import NatsLog
from nats_servers import NatsServer, open_log, wait_for


async def held(log: NatsLog) -> int:
    return int((await log.courier.api(f"STREAM.INFO.{log.names.pieces}"))["state"]["messages"])


async def test_pieces_without_a_delivery_are_dropped_and_those_with_one_stay(nats: NatsServer, tmp_path: Path) -> None:
    log = await open_log(nats, tmp_path / "j.db")
    torn, whole = log.upload(), log.upload()
    assert torn.number != whole.number
    for upload in (torn, whole):
        await upload.add(b"one")
        await upload.add(b"two")
        await upload.wait()
    assert await held(log) == 4
    torn.abandon()
    log.begin("one", "01k0000000000000000000000a", (b"head",), at=NOW, owed=False, kept=print, count=3, upload=whole)
    whole.abandon()
    async with asyncio.timeout(10):
        while await held(log) != 2:
            pass
    await wait_for(lambda: not log._abandoning)
    assert [await log.piece("one", 1, number) for number in range(3)] == [b"head", b"one", b"two"]
    await log.close()


async def test_a_piece_that_was_not_kept_is_told_at_the_next_word(nats: NatsServer, tmp_path: Path) -> None:
    log = await open_log(nats, tmp_path / "j.db")
    upload = log.upload()
    upload._told(LogUnavailable("the disk is full"))
    upload._under_way = 0
    with pytest.raises(LogUnavailable, match="the disk is full"):
        await upload.wait()
    await log.close()
