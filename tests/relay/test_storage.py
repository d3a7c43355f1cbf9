"""The log that the settings name."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from hookscope_relay.errors import InputError
from hookscope_relay.hub import Hub
from hookscope_relay.log.memory import MemoryLog
from hookscope_relay.log.nats.log import NatsLog
from hookscope_relay.log.sqlite import SqliteLog
from hookscope_relay.settings import RelaySettings
from hookscope_relay.storage import join, open_log
from nats_servers import SMALL, NatsServer, nats_settings


async def test_a_log_is_in_memory_in_a_file_or_on_servers(tmp_path: Path, nats: NatsServer) -> None:
    several = (
        (RelaySettings(), MemoryLog),
        (RelaySettings(database=tmp_path / "relay.db"), SqliteLog),
        (RelaySettings(nats=nats_settings(nats, tmp_path / "j.db"), retention=SMALL), NatsLog),
    )
    for settings, kind in several:
        log = await open_log(settings)
        assert type(log) is kind
        node = await join(log, Hub(log, deadline_s=1.0, max_answer=1), settings)
        assert (node is not None) is (kind is NatsLog)
        if node is not None:
            await node.stop()
        await log.close()


async def test_without_the_library_one_sentence_says_how_to_get_it(
    tmp_path: Path, nats: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "nats", None)
    with pytest.raises(InputError, match=r"pip install 'hookscope\[nats\]'"):
        await open_log(RelaySettings(nats=nats_settings(nats, tmp_path / "j.db")))
