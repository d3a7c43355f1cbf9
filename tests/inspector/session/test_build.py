"""The parts of a session, put together without running it."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from hookscope.session.build import Ends, build
from hookscope.session.plan import EmbeddedRelay
from hookscope.session.terms import Forwarding
from hookscope_relay.errors import HookscopeError
from raw_http import RawServer, free_port
from sessions import make_plan

UNUSED: Any = None


def ends(told: list[str]) -> Ends:
    return Ends(receive=UNUSED, changed=UNUSED, emit=UNUSED, notice=lambda level, text, *_, **__: told.append(text))


async def test_parts_are_closed_in_the_reverse_order_whatever_cannot_be_built(tmp_path: Path) -> None:
    ended: list[str] = []

    async def embedded() -> EmbeddedRelay:
        async def stop() -> None:
            ended.append("relay")

        return EmbeddedRelay("http://127.0.0.1:1", stop, "it moved")

    told: list[str] = []
    plan = make_plan(tmp_path, "", "http://192.0.2.1:9", embedded=embedded)
    with pytest.raises(HookscopeError, match=r"192\.0\.2\.1"):
        async with AsyncExitStack() as stack:
            await build(plan, ends(told), stack)
    assert (ended, told) == (["relay"], ["it moved"])


async def test_an_embedded_relay_is_the_one_that_is_dialled(tmp_path: Path) -> None:
    async def embedded() -> EmbeddedRelay:
        async def stop() -> None:
            pass

        return EmbeddedRelay("http://127.0.0.1:1", stop)

    async with AsyncExitStack() as stack:
        parts = await build(make_plan(tmp_path, "", embedded=embedded), ends([]), stack)
        assert parts.relay == "http://127.0.0.1:1"
        await parts.pipeline.finish()


async def test_a_handler_that_does_not_answer_is_told_and_one_that_is_watched_is_left_alone(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    told: list[str] = []
    async with AsyncExitStack() as stack:
        parts = await build(make_plan(tmp_path, "http://127.0.0.1:1", url), ends(told), stack)
        assert parts.pipeline.courses.forwarder is not None
        assert f"the handler {url} does not answer now" in told[0]
        await parts.pipeline.finish()
    async with RawServer() as handler, AsyncExitStack() as stack:
        plan = make_plan(tmp_path, "http://127.0.0.1:1", handler.url, forwarding=Forwarding(watch=True))
        parts = await build(plan, ends(told), stack)
        assert parts.pipeline.courses.forwarder is None
        await parts.pipeline.finish()
    assert len(told) == 1
