"""What a session runs beside its loop's other work; a task that fails ends the session."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from hookscope.session.limit import STOP_WITHIN_S
from hookscope_relay.errors import HookscopeError


class Tasks:
    """Begins tasks and knows those that run. `broken` is done with the first failure. Used from one event loop."""

    def __init__(self) -> None:
        self.broken: asyncio.Future[HookscopeError] = asyncio.get_running_loop().create_future()
        self._running: set[asyncio.Task[None]] = set()

    def begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run some work."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def fail(self, error: BaseException) -> None:
        """Say that something failed that ends the session; what is no error for a person is a bug of ours."""
        if not self.broken.done():
            self.broken.set_result(
                error if isinstance(error, HookscopeError) else HookscopeError(f"a bug of ours: {error!r}")
            )

    async def wait(self, *others: asyncio.Task[None]) -> None:
        """Wait a moment for what runs, but for the `others`, which have no end of their own."""
        if running := self._running.difference(others):
            await asyncio.wait(running, timeout=STOP_WITHIN_S)

    async def cancel(self) -> None:
        """Break off what runs still."""
        for task in self._running:
            task.cancel()
        await self.wait()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.fail(error)
