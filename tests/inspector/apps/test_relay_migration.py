"""`hookscope relay migrate`, as the command that it is."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import pytest

from factories import NOW, make_record
from hookscope.cli import main
from hookscope_relay.delivery import new_delivery_id
from hookscope_relay.log.sqlite import SqliteLog
from nats_servers import NatsServer
from raw_http import free_port


async def fill(path: Path) -> None:
    log = await SqliteLog.open(path)
    record = make_record()
    await log.keep_endpoint(record)
    for number in range(3):
        name = new_delivery_id(NOW + number, os.urandom(10))
        await log.append(record.id, name, (b"head",), at=NOW, owed=True)
    await log.close()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path))
    return tmp_path


def test_a_log_is_moved_and_what_was_moved_is_said(
    home: Path, nats: NatsServer, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(fill(home / "relay.db"))
    options = ["--store", nats.url, "--nats-replicas", "1", "--accept-lazy-sync", "--keep-total", "64MiB"]
    assert main(["relay", "migrate", *options, "--json"]) == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last == {"type": "moved", "endpoints": 1, "deliveries": 3, "passed_over": 0}
    assert main(["relay", "migrate", *options]) == 0
    assert "moved: 1 endpoints, 0 deliveries, 3 were there already" in capsys.readouterr().out


def test_it_asks_where_to(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["relay", "migrate"]) == 2
    assert "migrate needs to know where to; give --store" in capsys.readouterr().err


def test_servers_that_are_away_end_a_relay_with_their_own_code(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hookscope_relay.log.nats.connect.CONNECT_S", 0.5)
    assert main(["relay", "--store", f"nats://127.0.0.1:{free_port()}"]) == 14
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert "cannot be reached" in told.err
