"""`hookscope relay migrate`, and a relay on NATS, as the commands they are."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from factories import NOW, make_record
from hookscope.apps.relay_migration import move
from hookscope.commands.relay import COMMAND
from hookscope.config.settings import resolve
from hookscope_relay.delivery import new_delivery_id
from hookscope_relay.errors import InputError
from hookscope_relay.log.sqlite import SqliteLog
from nats_servers import NatsServer
from raw_http import exchange, free_port
from torture.processes import Program


async def fill(path: Path) -> str:
    log = await SqliteLog.open(path)
    record = make_record()
    await log.keep_endpoint(record)
    for number in range(3):
        name = new_delivery_id(NOW + number, os.urandom(10))
        await log.append(record.id, name, (b"head",), at=NOW, owed=True)
    await log.close()
    return record.id


def options(nats: NatsServer) -> tuple[str, ...]:
    return ("--store", nats.url, "--nats-replicas", "1", "--accept-lazy-sync", "--keep-total", "64MiB")


async def test_a_relay_goes_on_over_nats_where_it_stood_on_sqlite(tmp_path: Path, nats: NatsServer) -> None:
    endpoint = await fill(tmp_path / "relay.db")
    start = "import sys; from hookscope.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", start, "relay", "migrate", *options(nats), "--json"]
    environ = os.environ | {"HOOKSCOPE_HOME": str(tmp_path)}
    moved = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, env=environ, timeout=60)
    assert moved.returncode == 0, moved.stderr
    last = json.loads(moved.stdout.splitlines()[-1])
    assert last == {"type": "moved", "endpoints": 1, "deliveries": 3, "passed_over": 0}
    port = free_port()
    async with Program(tmp_path, "relay", "--json", "--port", str(port), *options(nats)) as relay:
        await relay.start()
        await relay.said("listening")
        request = f"POST /{endpoint}/x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n"
        answer = await exchange(port, request.encode())
        assert answer.startswith(b"HTTP/1.1 202 ")
        assert b"Hookscope-Seq: 4\r\n" in answer
        assert await relay.stop() == 0


def test_it_asks_where_to(tmp_path: Path) -> None:
    given = {"action": "migrate"}
    with pytest.raises(InputError, match="migrate needs to know where to"):
        move(resolve(COMMAND.options, given, {"HOOKSCOPE_HOME": str(tmp_path)}, "relay", tmp_path))


def test_servers_that_are_away_end_the_command_with_their_own_code(tmp_path: Path) -> None:
    store = ("--store", f"nats://127.0.0.1:{free_port()}")
    code = (
        "import sys, hookscope_relay.log.nats.connect as c; c.CONNECT_S = 0.5\n"
        "from hookscope.cli import main; sys.exit(main())"
    )
    environ = os.environ | {"HOOKSCOPE_HOME": str(tmp_path)}
    ended = subprocess.run([sys.executable, "-c", code, "relay", *store], capture_output=True, text=True, env=environ)
    assert (ended.returncode, ended.stdout) == (14, "")
    assert ended.stderr.count("\n") == 1
    assert "cannot be reached" in ended.stderr
