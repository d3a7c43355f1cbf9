"""The relay in the process of a session, and the public address in front of it."""

from __future__ import annotations

import dataclasses
import sys

import aiohttp
import pytest

from hookscope.apps.local_relay import embed
from hookscope.model.errors import RelayUnreachable
from hookscope.public.program import PROGRAMS, Program
from hookscope_relay.app import Relay
from hookscope_relay.errors import HookscopeError
from hookscope_relay.settings import RelaySettings


async def test_an_embedded_relay_takes_the_next_free_port_and_says_so() -> None:
    first = Relay(RelaySettings(port=0, database=None))
    await first.start()
    taken = first.settings.port
    try:
        moved = await embed(RelaySettings(port=taken, port_fixed=False, database=None))
        await moved.stop()
        assert f"port {taken} is in use" in moved.notice
        with pytest.raises(HookscopeError) as caught:
            await embed(RelaySettings(port=taken, port_fixed=True, database=None))
        assert caught.value.exit_code == 7
    finally:
        await first.stop()


def ngrok(script: str) -> Program:
    """ngrok with a script in its place."""
    known = next(program for program in PROGRAMS if program.name == "ngrok")
    return dataclasses.replace(known, command=lambda port: (sys.executable, "-u", "-c", script, str(port)))


async def test_a_tunnel_program_puts_a_public_address_in_front_of_the_embedded_relay() -> None:
    script = """print('msg="started tunnel" url=https://one.ngrok-free.app'); import time; time.sleep(60)"""
    relay = await embed(RelaySettings(port=0), ngrok(script))
    try:
        assert relay.origin.startswith("http://127.0.0.1:")
        statuses = {}
        async with aiohttp.ClientSession() as session:
            for host in ("one.ngrok-free.app", "two.ngrok-free.app"):
                async with session.post(f"{relay.origin}/nobodys/x", headers={"Host": host}) as answer:
                    statuses[host] = answer.status
        assert statuses == {"one.ngrok-free.app": 404, "two.ngrok-free.app": 421}
    finally:
        await relay.stop()


async def test_the_embedded_relay_ends_with_the_program_that_gave_no_address() -> None:
    with pytest.raises(RelayUnreachable, match="ngrok does not know your account"):
        await embed(RelaySettings(port=0), ngrok("print('ERR_NGROK_4018')"))
