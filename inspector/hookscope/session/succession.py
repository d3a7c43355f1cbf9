"""A second session for an endpoint on this machine: it shows the first one, and takes its place when that ends."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, NoReturn, TypeAlias, TypeVar

from hookscope.model.errors import Disconnected
from hookscope.model.events import About, Captured, ConnectionChanged, Event, Listener, Noticed, Ready, Stopped
from hookscope.model.session_requests import SessionRequest
from hookscope.session.attachment import Attachment
from hookscope.session.run import AnyRunner
from hookscope_relay.errors import InputError

A = TypeVar("A")

TRY_EVERY_S = 0.05
# How long one that ends may keep its endpoint, and one that begins may take to let others in.
WITHIN_S = 30.0

# The other is asked so often whether it runs, and may take twice that to say so: what was stopped itself meanwhile
# finds the answer there, at its second look.
KNOCK_EVERY_S = 2.0

HOW_TO_HAVE_ONE = "--endpoint NAME has an endpoint of its own"


@dataclass(frozen=True, slots=True)
class Other:
    """A session of another process: what it is called, and the way in."""

    name: str
    attachment: Attachment


# What follows a session that has ended: one of this process in its place, another process's, or nothing yet.
Succeed: TypeAlias = Callable[[Listener], AnyRunner | Other | None]


class Successor:
    """As `session.run.Runner`, beside the session of another process.

    When that ends, `succeed` is asked again and again, on another thread, what follows it: of several that ask one
    runs in its place, and the others show that one.
    """

    def __init__(self, listener: Listener, first: Other, succeed: Succeed) -> None:
        self.exit_code = 0
        self._listener = listener
        self._shown: Other | None = first
        self._succeed = succeed
        self._own: AnyRunner | None = None
        self._stopping = asyncio.Event()
        self._connection: ConnectionChanged | None = None
        self._captured = 0
        self._is_told = False

    async def run(self) -> None:
        """Run to its end; raises what ends the session that took the first one's place, and `Disconnected` where
        nothing could."""
        while self._shown is not None:
            shown = self._shown
            await self._show(shown)
            self._shown = None
            if not self._stopping.is_set():
                self._shown = await self._follow(shown.name)
        if self._own is not None:
            await self._own.run()
            self.exit_code = self._own.exit_code

    def stop(self, exit_code: int = 0) -> None:
        """End it; may be called from the loop's own thread only. The session that it shows goes on."""
        self.exit_code = exit_code
        self._stopping.set()
        if self._own is not None:
            self._own.stop(exit_code)

    async def ask(self, request: SessionRequest[A]) -> A:
        """Have a request served by the session that is shown, or by that in its place."""
        if self._own is not None:
            return await self._own.ask(request)
        if self._shown is None:
            raise InputError("the session is changing hands", "try again in a moment")
        return await asyncio.wrap_future(self._shown.attachment.submit(request))

    @property
    def captured(self) -> int:
        """How many deliveries came meanwhile."""
        return self._captured + (self._own.captured if self._own is not None else 0)

    def notice(
        self, level: Literal["info", "warning", "error"], text: str, option: str = "", about: About = ""
    ) -> None:
        """Tell the listener something that belongs to no delivery."""
        self._listener(Noticed(at=time.time(), level=level, text=text, option=option, about=about))

    async def _show(self, shown: Other) -> None:
        """Tell what another session tells, until that ends or this one is stopped."""
        loop, over = asyncio.get_running_loop(), asyncio.Event()

        def hear(event: Event) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
                loop.call_soon_threadsafe(self._pass_on, event, shown.name, over)

        shown.attachment.start(hear)
        knocks = asyncio.create_task(self._knock(shown))
        ends = [asyncio.create_task(one.wait()) for one in (over, self._stopping)]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for task in (knocks, *ends):
            task.cancel()
        shown.attachment.stop()

    async def _knock(self, shown: Other) -> None:
        """Tell when the other's process stands still, and when it goes on: until then nothing is heard of it."""
        while True:
            knocked = asyncio.wrap_future(shown.attachment.knock())
            for _ in range(2):
                await asyncio.wait([knocked], timeout=KNOCK_EVERY_S)
            if not knocked.done():
                told = f"{shown.name} does not answer; is it stopped (Ctrl-Z)?"
                self._listener(ConnectionChanged(at=time.time(), state="waiting", reason=told, through=shown.name))
                await asyncio.wait([knocked])
                if self._connection is not None and knocked.exception() is None:
                    self._listener(replace(self._connection, at=time.time()))
            if knocked.exception() is not None:
                return  # its end is told elsewhere
            await asyncio.sleep(KNOCK_EVERY_S)

    def _pass_on(self, event: Event, name: str, over: asyncio.Event) -> None:
        if isinstance(event, Stopped):
            over.set()
            return
        if isinstance(event, Captured):
            self._captured += 1
        if isinstance(event, ConnectionChanged):
            event = self._connection = replace(event, through=name)
        self._listener(event)
        if isinstance(event, Ready) and not self._is_told:
            self._is_told = True
            self.notice("info", f"this shows {name}, and takes its place when that ends", HOW_TO_HAVE_ONE)

    async def _follow(self, ended: str) -> Other | None:
        """The other session to show from now on; None where one of this process takes the place, or none shall."""
        self._listener(ConnectionChanged(at=time.time(), state="connecting", reason=f"{ended} has ended"))
        until = time.monotonic() + WITHIN_S
        while not self._stopping.is_set():
            following = await asyncio.to_thread(self._succeed, self._listener)
            if isinstance(following, Other):
                self.notice("warning", f"{ended} has ended; this shows {following.name}, which took its place")
                return following
            if following is not None:
                self.notice("warning", f"{ended} has ended, and this one takes its place")
                self._own = following
                return None
            if time.monotonic() > until:
                self._give_up(f"{ended}, which this one showed, has ended, and its endpoint stays taken")
            await asyncio.sleep(TRY_EVERY_S)
        return None

    def _give_up(self, told: str) -> NoReturn:
        self._listener(ConnectionChanged(at=time.time(), state="stopped", reason=told))
        raise Disconnected(told, "start `hookscope listen` again")
