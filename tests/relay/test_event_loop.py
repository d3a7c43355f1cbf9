"""The loop that a relay runs on."""

from __future__ import annotations

import asyncio
import gc
import sys

import pytest

from hookscope_relay.event_loop import run, settle_memory
from relays import FINE, ask, inspecting, relaying, with_body


async def name_of_loop() -> str:
    return type(asyncio.get_running_loop()).__module__


@pytest.mark.skipif(sys.platform == "win32", reason="there is no uvloop")
def test_uvloop_is_used_where_there_is_one():
    assert run(name_of_loop()).startswith("uvloop")


def test_asyncios_own_serves_where_there_is_none(monkeypatch):
    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert run(name_of_loop()).startswith("asyncio")


def test_what_was_made_at_the_start_is_not_looked_at_again():
    try:
        settle_memory()
        assert gc.get_freeze_count() > 1000
    finally:
        gc.unfreeze()


def test_a_relay_takes_and_answers_deliveries_on_it():
    async def deliver() -> list[int]:
        async with relaying() as relay, inspecting(relay, FINE):
            small, large = (with_body(b"x" * size) for size in (2000, 3_000_000))
            return [(await ask(relay, request)).status for request in (small, large, small)]

    assert run(deliver()) == [200, 200, 200]
