"""Which part of a session something from the relay is for, and what a connection that opens,
catches up or changes means."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

from hookscope.model import announce
from hookscope.model.events import ConnectionChanged, Listener, Ready
from hookscope.session.build import Parts
from hookscope.session.catch_up import CatchingUp, pass_on
from hookscope.session.plan import Notice, Plan
from hookscope.tools.routes.choose import why_whole
from hookscope.tunnel.client import ConnectionChange
from hookscope.tunnel.frames import Arrival, Incoming, InspectorSession
from hookscope.tunnel.inflow import Inflow
from hookscope.tunnel.reach import is_loopback
from hookscope_relay.errors import HookscopeError
from hookscope_relay.wire import Gap, Refused, Settled, Welcome

HOW_TO_BE_REACHED = "--public puts a public address in front of it, --relay uses a relay of yours"
ALL_IS_OPEN = "every path of the handler is reachable by whoever has this URL"
HOW_TO_NARROW = "--only-path PREFIX and --only-from NETWORK narrow it"


class Reception:
    """Takes what the relay sends, in order.

    `parts` are there before the tunnel runs; `finish` ends what goes on beside it.
    """

    parts: Parts

    def __init__(self, plan: Plan, listener: Listener, notice: Notice) -> None:
        self._plan = plan
        self._listener = listener
        self._notice = notice
        self._url = ""
        self._catching_up = CatchingUp()
        self._background: set[asyncio.Task[None]] = set()

    async def receive(self, incoming: Incoming | Inflow, session: InspectorSession) -> None:
        """Take one thing; the pipeline has had what arrived."""
        match incoming:
            case Welcome():
                await self._welcomed(incoming)
            case Arrival():
                self._catching_up.note(incoming)
                self._reached(incoming.seq)
            case Inflow():
                self.parts.pipeline.begin(incoming)
            case Settled(seq=seq):
                if name := session.name(seq):
                    self.parts.pipeline.settled(incoming, name)
            case Gap(after=after, until=until, reason=reason):
                assert session.welcome is not None
                await self.parts.store.declare_gap(self._plan.endpoint, session.welcome.epoch, after, until, reason)
                self._listener(announce.gap(incoming, time.time()))
                self._reached(until)
            case Refused():
                self._listener(announce.refused(incoming, time.time()))

    def changed(self, change: ConnectionChange) -> None:
        """Tell of a connection that changed."""
        if change.state in ("connecting", "connected") and change.reason:
            self._notice("warning", change.reason)
        if change.role is not None:
            self.parts.pipeline.courses.watching = change.role == "watching"
        self._listener(
            ConnectionChanged(
                at=time.time(),
                state=change.state,
                reason=change.reason,
                retry_in_ms=None if change.retry_in_s is None else int(change.retry_in_s * 1000),
                role=change.role,
                answerer=change.answerer,
                why=change.why,
                copies=self._plan.forwarding.share and self._plan.forwards,
            )
        )

    async def finish(self) -> None:
        """Wait for what goes on beside the reader."""
        await asyncio.gather(*self._background, return_exceptions=True)

    async def _welcomed(self, welcome: Welcome) -> None:
        held = self.parts.store.cursor(self._plan.endpoint)
        if held is None or held[0] != welcome.epoch:
            # What comes first need not be kept first: without a start, a later delivery would be taken for it.
            await self.parts.store.set_cursor(self._plan.endpoint, welcome.epoch, welcome.after)
        self._catching_up.begin(welcome)
        is_first = not self._url
        if self._catching_up.is_under_way and not is_first:
            self._notice("info", "catching up with what came meanwhile")
        if welcome.url != self._url:
            await self._opened(welcome.url)
        if is_first:
            self._hint()
            if not self._catching_up.is_under_way:
                self._caught_up()

    async def _opened(self, url: str) -> None:
        self._url = self.parts.desk.url = url
        await self.parts.pipeline.derive.resume(self._plan.endpoint)
        if self._plan.note is not None:
            self._plan.note.opened(url, self._plan.handler_url, self.parts.relay)
        self._listener(
            Ready(
                at=time.time(),
                url=url,
                handler=self._plan.handler_url,
                endpoint=self._plan.endpoint,
                relay=self.parts.relay,
                routes=tuple((rule.name, rule.match, rule.handler.url) for rule in self._plan.routes),
            )
        )

    def _hint(self) -> None:
        """Say of an endpoint that just opened from where it can be reached, and what can be."""
        if self._plan.embedded is not None and is_loopback(self._url):
            self._notice("info", "this URL works on this machine only", HOW_TO_BE_REACHED, "this-machine-only")
        opened = self._plan.forwarding
        narrowed = opened.only_path or opened.only_from
        if self._plan.tells_what_is_open and self._plan.handler and self._plan.forwards and not narrowed:
            self._notice("info", ALL_IS_OPEN, HOW_TO_NARROW, "every-path")
        if self._plan.dialling.stream_requests:
            for rule in self._plan.routes:
                if why := why_whole(rule):
                    self._notice("info", f"requests come whole where the route {rule.name} may take them: it {why}")

    def _reached(self, seq: int) -> None:
        """The reader is at that seq; at the last one that was there when the session began, it has caught up."""
        if self._catching_up.reach(seq):
            self._caught_up()

    def _caught_up(self) -> None:
        self._in_background(pass_on(self._catching_up.take(), self._plan, self.parts, self._notice))

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background_done)

    def _background_done(self, task: asyncio.Task[None]) -> None:
        self._background.discard(task)
        if not task.cancelled() and isinstance(error := task.exception(), HookscopeError):
            self._notice("error", str(error))
