"""A nonce is good once, at whichever node it is shown."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from factories import NOW
from hookscope_relay.log.nats.log import NatsLog
from nats_servers import SMALL, NatsServer, nats_settings


async def test_a_nonce_is_good_at_one_node_only(nats: NatsServer, tmp_path: Path) -> None:
    settings = nats_settings(nats, tmp_path / "a.db")
    first = await NatsLog.open(settings, SMALL)
    second = await NatsLog.open(replace(settings, journal=tmp_path / "b.db"), SMALL)
    nonce = os.urandom(16)
    assert await first.remember_nonce(nonce, NOW)
    assert not await second.remember_nonce(nonce, NOW + 1)
    assert await second.remember_nonce(nonce, NOW + 121)
    assert not await first.remember_nonce(nonce, NOW + 122)
    await first.close()
    await second.close()
