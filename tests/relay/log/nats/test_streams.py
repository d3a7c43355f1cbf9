"""The streams: made once, and refused in one sentence where they are not as they must be."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hookscope_relay.errors import StoreUnfit
from hookscope_relay.log.nats.log import NatsLog
from hookscope_relay.log.nats.streams import Names
from hookscope_relay.settings import NatsSettings, Retention
from nats_servers import SMALL, NatsServer, nats_settings, open_courier


async def api(server: NatsServer, name: str, body: dict[str, Any] | None = None) -> Any:
    courier = await open_courier(server)
    try:
        return await courier.api(name, body)
    finally:
        await courier.close()


async def make(settings: NatsSettings) -> None:
    await (await NatsLog.open(settings, SMALL)).close()


def test_names_are_told_apart() -> None:
    names = Names("space")
    assert names.is_piece(names.of_piece("upload", 3))
    assert not names.is_piece(names.of_endpoint("one"))


async def test_relays_that_start_at_once_agree_on_one_log(nats: NatsServer, tmp_path: Path) -> None:
    settings = nats_settings(nats, tmp_path / "0.db")
    several = [replace(settings, journal=tmp_path / f"{number}.db") for number in range(4)]
    logs = await asyncio.gather(*(NatsLog.open(one, SMALL) for one in several))
    assert len({log.epoch for log in logs}) == 1
    for log in logs:
        await log.close()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"allow_direct": False}, "has allow_direct False where this relay needs True"),
        ({"discard": "old"}, "has discard old where this relay needs new"),
        ({"max_msgs_per_subject": 5}, "has max_msgs_per_subject 5 where this relay needs -1"),
        ({"subjects": ["other.*"]}, "has subjects"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
async def test_a_stream_with_other_settings_is_refused_by_name(
    nats: NatsServer, tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    settings = nats_settings(nats, tmp_path / "j.db")
    await make(settings)
    name = Names(settings.space).deliveries
    config = (await api(nats, f"STREAM.INFO.{name}"))["config"]
    await api(nats, f"STREAM.UPDATE.{name}", {**config, **change})
    with pytest.raises(StoreUnfit, match=name) as refused:
        await make(settings)
    assert words in str(refused.value)
    assert "nats stream edit" in refused.value.remedy


async def test_a_stream_is_given_more_room_where_more_is_to_be_kept(nats: NatsServer, tmp_path: Path) -> None:
    settings = nats_settings(nats, tmp_path / "j.db")
    await make(settings)
    name = Names(settings.space).deliveries
    made = (await api(nats, f"STREAM.INFO.{name}"))["config"]
    for room, then in ((-1000, 0), (1000, 1000)):
        await api(nats, f"STREAM.UPDATE.{name}", {**made, "max_bytes": made["max_bytes"] + room})
        await make(settings)
        assert (await api(nats, f"STREAM.INFO.{name}"))["config"]["max_bytes"] == made["max_bytes"] + then


async def test_a_stream_that_is_missing_beside_others_is_not_made_anew(nats: NatsServer, tmp_path: Path) -> None:
    settings = nats_settings(nats, tmp_path / "j.db")
    await make(settings)
    await api(nats, f"STREAM.DELETE.{Names(settings.space).deliveries}")
    with pytest.raises(StoreUnfit, match="is missing on the NATS servers though others of the log are there"):
        await make(settings)


async def test_a_stream_that_was_replaced_begins_a_new_epoch(nats: NatsServer, tmp_path: Path) -> None:
    settings = nats_settings(nats, tmp_path / "j.db")
    log = await NatsLog.open(settings, SMALL)
    before, name = log.epoch, log.names.deliveries
    config = (await log.courier.api(f"STREAM.INFO.{name}"))["config"]
    await log.courier.api(f"STREAM.DELETE.{name}")
    await log.courier.api(f"STREAM.CREATE.{name}", config)
    assert await log.look_at_epoch() != before
    assert log.health().trouble["older"] == 1
    await log.close()
    again = await NatsLog.open(settings, SMALL)
    assert again.epoch == log.epoch
    await again.close()


async def test_more_copies_than_servers_are_refused(nats: NatsServer, tmp_path: Path) -> None:
    with pytest.raises(StoreUnfit, match="cannot keep 3 copies") as refused:
        await make(nats_settings(nats, tmp_path / "j.db", replicas=3))
    assert "--nats-replicas 1" in refused.value.remedy


async def test_a_log_for_which_there_is_no_room_is_refused(nats: NatsServer, tmp_path: Path) -> None:
    with pytest.raises(StoreUnfit, match="has no room for a log of") as refused:
        await NatsLog.open(nats_settings(nats, tmp_path / "j.db"), Retention(total_bytes=1 << 60))
    assert "--keep-total" in refused.value.remedy
