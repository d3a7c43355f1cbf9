"""Real proxies in front of a relay: each that drops WebSocket upgrades is named with the lines that it lacks, those lines
work, and a relay below a path works whether its proxy cuts the path off or passes it on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fronts import LINES, Setup, front_before, is_there
from hookscope.model.errors import RelayRefused
from hookscope.model.events import Attempted, ConnectionChanged
from hookscope.session.run import run_session
from raw_http import RawServer, exchange, free_port
from relays import relaying
from sessions import Session, make_plan

PROGRAMS = [pytest.param(name, marks=pytest.mark.skipif(not is_there(name), reason=f"needs {name}")) for name in LINES]
BELOW = [("", False), ("/hooks", False), ("/a/b.c", True)]
NAMED = {"nginx", "Apache", "Caddy"}


@pytest.mark.parametrize("program", PROGRAMS)
async def test_a_proxy_that_drops_upgrades_is_named_with_its_lines(program: str, tmp_path: Path) -> None:
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    async with (
        relaying(public_url=origin) as relay,
        front_before(Setup(program, passes=False), relay.settings.port, port, tmp_path),
    ):
        with pytest.raises(RelayRefused, match="does not pass WebSocket upgrades on") as caught:
            await run_session(make_plan(tmp_path, origin), lambda _: None)
    assert all(line in caught.value.remedy for line in LINES[program])
    others = [name for name in LINES if name in caught.value.remedy and name != program]
    assert bool(others) is (program not in NAMED)


@pytest.mark.parametrize(("below", "cuts"), BELOW, ids=["at the root", "below a path", "below a path that is cut"])
@pytest.mark.parametrize("program", PROGRAMS)
async def test_with_the_lines_deliveries_come_through(program: str, below: str, cuts: bool, tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}{below}"
    setup = Setup(program, below=below, cuts=cuts)
    async with (
        RawServer() as handler,
        relaying(public_url=url) as relay,
        front_before(setup, relay.settings.port, port, tmp_path),
    ):
        session = Session(make_plan(tmp_path, url, handler.url))
        async with session.running():
            endpoint = session.plan.endpoint
            target = f"{below}/{endpoint}/hook/%C3%A9?x=%2F"
            head = f"POST {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 2\r\n\r\n{{}}"
            assert (await exchange(port, head.encode())).startswith(b"HTTP/1.1 200")
            await session.until(Attempted)
    assert handler.last.target == b"/hook/%C3%A9?x=%2F"
    assert handler.last.values(b"x-forwarded-prefix") == [f"{below}/{endpoint}".encode()]


@pytest.mark.skipif(os.environ.get("HOOKSCOPE_MATRIX") != "whole", reason="takes a quarter of a minute; make matrix")
@pytest.mark.skipif(not is_there("nginx"), reason="needs nginx")
async def test_a_proxy_that_ends_quiet_connections_is_told_and_kept_awake(tmp_path: Path) -> None:
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    setup = Setup("nginx", quiet_s=4)
    async with relaying(public_url=origin) as relay, front_before(setup, relay.settings.port, port, tmp_path):
        session = Session(make_plan(tmp_path, origin))
        async with session.running():
            broken = [await session.until(ConnectionChanged, count) for count in range(1, 8)]
    told = [change.reason for change in broken if change.state == "waiting"]
    assert told[0] == "the connection broke"
    assert "a proxy on the way ends quiet ones" in told[1]
