"""The handler's calls during a check: a real handler in Flask, whose client is pointed at the gateway of the check."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from checking_bench import HANDLERS, live_kit, ready
from hookscope.api.directory import parse_apis
from hookscope.forward.forwarder import Forwarder
from hookscope.model.handler import parse_handler
from hookscope.tools.check import calls
from hookscope.tools.check.run import FRESH, Checker
from hookscope.tools.check.table import choose
from hookscope.tools.check.watch import Watch
from hookscope_relay.errors import InputError
from raw_http import RawServer, free_port

API = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"

CASES: tuple[tuple[str, list[str]], ...] = (
    ("/calls", []),
    ("/calls?forgetful", ["effect-of-a-repeat"]),
    ("/calls?hasty", ["wait-after-429"]),
    ("/calls?stubborn", ["no-retry-of-403"]),
)


@pytest.fixture(scope="module")
def ports() -> Iterator[tuple[int, int]]:
    """The ports of the handler, and of the gateway that it calls."""
    handler, gateway = free_port(), free_port()
    command = [sys.executable, str(HANDLERS / "calls_handler.py"), str(handler), f"http://127.0.0.1:{gateway}/notion"]
    with ExitStack() as stack:
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        stack.callback(process.wait)
        stack.callback(process.kill)
        yield handler, gateway


@pytest.mark.parametrize(("path", "faults"), CASES, ids=[case[0].partition("?")[2] or "right" for case in CASES])
async def test_what_a_handler_does_wrong_with_an_api_is_named(
    ports: tuple[int, int], monkeypatch: pytest.MonkeyPatch, path: str, faults: list[str]
) -> None:
    monkeypatch.setattr(calls, "PATIENCE_S", 1.5)
    monkeypatch.setattr(calls, "QUIET_S", 0.3)
    only = (faults[0],) if faults else ("calls",)
    async with RawServer(API) as api:
        watch = Watch(parse_apis([f"notion=http://127.0.0.1:{api.port}"]))
        forwarder = Forwarder(parse_handler(f"{ports[0]}{path.partition('?')[0]}"), idle_s=FRESH)
        await watch.start(ports[1])
        try:
            await ready(forwarder)
            kit = live_kit("notion", path, ports[0], apis=("notion",))
            facts = await Checker(forwarder, kit, timeout_s=10, watch=watch).run(choose(only))
        finally:
            await watch.stop()
            await forwarder.close()
    assert [fact.name for fact in facts if fact.is_fault] == faults, facts
    assert all(fact.state in ("passed", "failed") for fact in facts), facts


async def test_a_port_that_is_taken_is_said_with_what_to_do() -> None:
    async with RawServer(API) as taken:
        with pytest.raises(InputError, match=f"port {taken.port} is in use.*stop the `hookscope listen --api`"):
            await Watch(parse_apis(["notion"])).start(taken.port)


async def test_calls_that_are_under_way_are_waited_for() -> None:
    watch = Watch(parse_apis(["notion"]))
    await watch.start(0)
    try:
        watch.begin(["notion: slow 300ms", "notion: 403"])
        _, writer = await asyncio.open_connection("127.0.0.1", watch.port)
        writer.write(b"GET /notion/v1/pages HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await asyncio.wait_for(_asked(watch), 5)
        began = time.monotonic()
        seen = await watch.settle(0.05)
        writer.close()
    finally:
        await watch.stop()
    assert [call.method for call in seen] == ["GET"]
    assert time.monotonic() - began > 0.2


async def _asked(watch: Watch) -> None:
    while not watch.under_way:  # noqa: ASYNC110 - a gateway tells of calls that ended only
        await asyncio.sleep(0.005)
