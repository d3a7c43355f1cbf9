"""Runs a `listen` session from its plan to its end.

The order of the end: no new deliveries, a second for what is in flight, its replies out, the tunnel closed, the
embedded relay stopped, the store closed. Every capture is kept whatever happens.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Literal, Protocol, TypeVar

from hookscope.model.errors import OurBug
from hookscope.model.events import About, Event, Listener, Noticed, Ready, Stopped
from hookscope.model.session_requests import SessionRequest
from hookscope.session.build import Ends, Parts, build
from hookscope.session.chores import chores
from hookscope.session.door import Door
from hookscope.session.plan import Plan
from hookscope.session.receive import Reception
from hookscope.text.version import version
from hookscope_relay.errors import HookscopeError, InputError

A = TypeVar("A")

FLUSH_WITHIN_S = 0.3


class Runner:
    """One session. `run` ends when `stop` is called or something fatal happens; `ask` serves the front door meanwhile.

    `parts` are there as soon as the session is built.
    """

    def __init__(self, plan: Plan, listener: Listener) -> None:
        self.plan = plan
        self.parts: Parts | None = None
        self._door = Door(self._submit, plan.shared) if plan.shared else None
        self._listener = self._tell_both(listener, self._door) if self._door else listener
        self._is_open = asyncio.Event()
        self.exit_code = 0
        self._stopping = asyncio.Event()
        self._reception = Reception(plan, self._listener, self.notice)

    async def run(self) -> None:
        """Run the session to its end; raises `HookscopeError` for what a person can act on."""
        ends = Ends(
            receive=self._reception.receive,
            changed=self._reception.changed,
            emit=self._listener,
            notice=self.notice,
        )
        self._loop = asyncio.get_running_loop()
        async with contextlib.AsyncExitStack() as stack:
            self.parts = self._reception.parts = await build(self.plan, ends, stack)
            await self._run(self.parts)

    def stop(self, exit_code: int = 0) -> None:
        """End the session in order; may be called from the loop's own thread only."""
        self.exit_code = exit_code
        self._stopping.set()

    async def ask(self, request: SessionRequest[A]) -> A:
        """Serve one request of the front door."""
        if self.parts is None:
            raise InputError("the session is only beginning", "try again in a moment")
        return await self.parts.desk.ask(request)

    @property
    def captured(self) -> int:
        """How many deliveries were kept."""
        return self.parts.pipeline.tell.captured if self.parts else 0

    def _submit(self, request: SessionRequest[A]) -> Future[A]:
        return asyncio.run_coroutine_threadsafe(self.ask(request), self._loop)

    def _tell_both(self, listener: Listener, door: Door) -> Listener:
        def tell(event: Event) -> None:
            listener(event)
            door(event)
            if isinstance(event, Ready):
                self._is_open.set()

        return tell

    async def _let_in(self, door: Door) -> None:
        """Let others on this machine in as soon as the session is open, until it ends."""
        await self._is_open.wait()
        try:
            address = await asyncio.to_thread(door.open)
        except OSError as error:
            self.notice("warning", f"no second session on this machine can show this one: {error.strerror}")
            return
        if self.plan.note is not None:
            self.plan.note.lets_in(address, await asyncio.to_thread(version))

    async def _run(self, parts: Parts) -> None:
        tunnel, pipeline = parts.tunnel, parts.pipeline
        running = asyncio.create_task(tunnel.run())
        stopping = asyncio.create_task(self._stopping.wait())
        beside = [asyncio.create_task(one) for one in chores(parts.store, pipeline, self.plan)]
        if self._door is not None:
            beside.append(asyncio.create_task(self._let_in(self._door)))
        if self.plan.alerts:
            from hookscope.session.alarms import sound  # what tells others is loaded for those who want it

            beside.append(asyncio.create_task(sound(self.plan, parts.store, self._listener, self.notice)))
        ends: set[asyncio.Future[Any]] = {running, stopping, pipeline.broken}  # Any: only which of them ends counts
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if pipeline.broken.done():
                raise pipeline.broken.result()
            if running.done():
                running.result()
        finally:
            for task in (stopping, *beside):
                task.cancel()
            await pipeline.finish()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_WITHIN_S):
                    await tunnel.replies.flush()
            await tunnel.stop()
            running.cancel()
            await asyncio.gather(running, stopping, *beside, self._reception.finish(), return_exceptions=True)
            if self._door is not None:
                await asyncio.to_thread(self._door.close)

    def notice(
        self, level: Literal["info", "warning", "error"], text: str, option: str = "", about: About = ""
    ) -> None:
        """Tell the listener something that belongs to no delivery."""
        self._listener(Noticed(at=time.time(), level=level, text=text, option=option, about=about))


class AnyRunner(Protocol):
    """What runs a session: a `Runner`, or what stands in its place."""

    exit_code: int

    async def run(self) -> None: ...

    def stop(self, exit_code: int = 0) -> None: ...

    async def ask(self, request: SessionRequest[A]) -> A: ...

    @property
    def captured(self) -> int: ...

    def notice(
        self, level: Literal["info", "warning", "error"], text: str, option: str = "", about: About = ""
    ) -> None: ...


async def run_session(
    plan: Plan,
    listener: Listener,
    started: Callable[[Any], None] | None = None,  # Any: of what `make` makes
    make: Callable[[Plan, Listener], AnyRunner] = Runner,
) -> int:
    """Run a session and tell the listener how it ended; the exit code is 0, or that of the error that is raised."""
    runner = make(plan, listener)
    if started is not None:
        started(runner)
    exit_code = 0
    try:
        await runner.run()
        exit_code = runner.exit_code
    except HookscopeError as error:
        exit_code = error.exit_code
        raise
    except Exception:
        exit_code = OurBug.exit_code
        raise
    finally:
        listener(Stopped(at=time.time(), captured=runner.captured, exit_code=exit_code))
    return exit_code
