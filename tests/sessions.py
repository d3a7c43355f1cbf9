"""`listen` sessions in this process, over a real relay: what they told, and senders that post to them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from factories import make_ring
from hookscope.config.settings import places
from hookscope.model.events import Event, Ready
from hookscope.model.handler import parse_handler
from hookscope.providers.registry import all_providers
from hookscope.session.plan import Plan
from hookscope.session.run import Runner, run_session
from hookscope.session.terms import Forwarding
from hookscope.tunnel.client import Dialling
from raw_http import exchange

WITHIN_S = 15.0


def make_plan(home: Path, relay: str, handler: str = "", **changes: Any) -> Plan:
    values: dict[str, Any] = {
        "places": places({"HOOKSCOPE_HOME": str(home)}),
        "keys": make_ring(),
        "dialling": Dialling(relay=relay, key=make_ring().current, mode="handler" if handler else "capture"),
        "handler": parse_handler(handler) if handler else None,
        "forwarding": Forwarding(),
        "providers": all_providers({}, {}),
    }
    return Plan(**values | changes)


class Session:
    """A session that runs, and what it has told so far."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.events: list[Event] = []
        self._bell = asyncio.Event()
        self.runner: Runner

    def hear(self, event: Event) -> None:
        self.events.append(event)
        self._bell.set()

    async def until(self, kind: type, count: int = 1) -> Any:
        async with asyncio.timeout(WITHIN_S):
            while len(found := [event for event in self.events if isinstance(event, kind)]) < count:
                self._bell.clear()
                await self._bell.wait()
        return found[count - 1]

    def started(self, runner: Runner) -> None:
        self.runner = runner

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[int]]:
        task = asyncio.create_task(run_session(self.plan, self.hear, self.started))
        try:
            await self.until(Ready)
            yield task
        finally:
            self.runner.stop()
            async with asyncio.timeout(WITHIN_S):
                await asyncio.gather(task, return_exceptions=True)

    async def post(self, target: str = "/hook", body: bytes = b'{"a":1}', headers: str = "") -> bytes:
        url = (await self.until(Ready)).url
        host, _, path = url.partition("://")[2].partition("/")
        head = (
            f"POST /{path.rstrip('/')}{target} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
        )
        return await exchange(int(host.rpartition(":")[2]), head.encode() + body)
