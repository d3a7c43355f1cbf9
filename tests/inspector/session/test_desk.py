"""What a face may ask of a running session, over a real relay and real handlers; replays and marks: test_runner.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookscope.model.errors import RefusedForSafety
from hookscope.model.events import Attempted, Captured, Diagnosed, Noticed
from hookscope.model.session_requests import Held, Pause, Replay, Resume, SendSample, SetSecret, SwitchHandler
from hookscope_relay.app import Relay
from hookscope_relay.errors import InputError
from raw_http import RawServer
from sessions import Session, make_plan


async def test_what_is_held_while_paused_is_forwarded_when_asked(relay: Relay, tmp_path: Path) -> None:
    async with RawServer() as handler:
        session = Session(make_plan(tmp_path, relay.origin, handler.url))
        async with session.running():
            await session.runner.ask(Pause())
            for count in (1, 2):
                assert b"202" in (await session.post()).partition(b"\r\n")[0]
                await session.until(Captured, count)
            assert await session.runner.ask(Resume()) == 2
            assert handler.requests == []
            held = await session.runner.ask(Held())
            assert held == ["1", "2"]
            for count, name in enumerate(held, 1):
                await session.runner.ask(Replay(name=name, origin="backlog"))
                assert await session.runner.ask(Held()) == held[count:]
            assert len(handler.requests) == 2
            assert (await session.until(Attempted, 2)).origin == "backlog"


async def test_the_handler_can_be_changed_while_it_runs(relay: Relay, tmp_path: Path) -> None:
    async with RawServer() as first, RawServer() as second:
        session = Session(make_plan(tmp_path, relay.origin, first.url))
        async with session.running():
            assert await session.runner.ask(SwitchHandler(handler=f"{second.url}/new")) == f"{second.url}/new"
            await session.post()
            assert (len(first.requests), len(second.requests)) == (0, 1)
            for wrong, error in (("http://203.0.113.1/", RefusedForSafety), ("::", InputError)):
                with pytest.raises(error):
                    await session.runner.ask(SwitchHandler(handler=wrong))
            await session.post()
            assert len(second.requests) == 2
            assert await session.runner.ask(SwitchHandler(handler="")) == ""
            assert b"Hookscope-Answered-By: inspector" in await session.post()


async def test_a_secret_verifies_from_then_on_and_a_sample_arrives_signed(relay: Relay, tmp_path: Path) -> None:
    session = Session(make_plan(tmp_path, relay.origin))
    async with session.running():
        assert await session.runner.ask(SendSample(provider="stripe")) == 200
        unsigned = await session.until(Diagnosed)
        assert unsigned.verdict is None or unsigned.verdict.state != "verified"
        fingerprint = await session.runner.ask(SetSecret(provider="stripe", secret="whsec_abc"))
        assert len(fingerprint) == 8
        assert await session.runner.ask(SendSample(provider="stripe")) == 200
        signed = await session.until(Diagnosed, 2)
        assert signed.verdict.state == "verified"
        for wrong in (SendSample(provider="nobody"), SendSample(provider="stripe", event="no.such.event.at.all")):
            with pytest.raises(InputError):
                await session.runner.ask(wrong)
        assert not [event for event in session.events if isinstance(event, Noticed) and "whsec" in event.text]
