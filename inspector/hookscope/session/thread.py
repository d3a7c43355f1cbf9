"""A session in a thread of its own, with its own event loop: a busy screen must never make a sender wait."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from hookscope.model.errors import OurBug
from hookscope.model.events import Listener
from hookscope.model.session_requests import SessionRequest
from hookscope.session.plan import Plan
from hookscope.session.run import AnyRunner, Runner, run_session
from hookscope_relay import event_loop
from hookscope_relay.errors import HookscopeError, InputError

A = TypeVar("A")


class SessionThread:
    """Runs a plan beside the caller's thread. The listener given to `start` is called on the engine's thread."""

    def __init__(self, plan: Plan, make: Callable[[Plan, Listener], AnyRunner] = Runner) -> None:
        self._plan = plan
        self._make = make
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._runner: AnyRunner | None = None
        self._started = threading.Event()
        self.error: HookscopeError | None = None

    def start(self, listener: Listener) -> None:
        """Start the session; returns as soon as its loop runs."""
        self._thread = threading.Thread(target=self._run, args=(listener,), name="hookscope-engine", daemon=True)
        self._thread.start()
        self._started.wait()

    def submit(self, request: SessionRequest[A]) -> Future[A]:
        """Ask the session for something; the future holds its answer or a `HookscopeError`."""
        if self._loop is None or self._runner is None or not self.is_running:
            refused: Future[A] = Future()
            refused.set_exception(InputError("the session has ended", "start it again"))
            return refused
        return asyncio.run_coroutine_threadsafe(self._runner.ask(request), self._loop)

    @property
    def is_running(self) -> bool:
        """Whether the session still runs."""
        return self._thread is not None and self._thread.is_alive()

    def stop(self, timeout: float = 3.0) -> None:
        """End the session in order and wait for it; safe to call more than once."""
        if self._loop is not None and self._runner is not None and self.is_running:
            try:
                self._loop.call_soon_threadsafe(self._runner.stop)
            except RuntimeError:
                pass  # the loop closed between the question and the call
        if self._thread is not None:
            self._thread.join(timeout)

    @property
    def captured(self) -> int:
        """How many deliveries were kept."""
        return self._runner.captured if self._runner is not None else 0

    def _run(self, listener: Listener) -> None:
        try:
            event_loop.run(self._main(listener))
        except HookscopeError as error:
            self.error = error
        except Exception as error:
            self.error = OurBug(f"a bug of ours: {type(error).__name__}: {error}", "report it")
        finally:
            self._started.set()

    async def _main(self, listener: Listener) -> None:
        def started(runner: AnyRunner) -> None:
            self._loop = asyncio.get_running_loop()
            self._runner = runner
            self._started.set()

        await run_session(self._plan, listener, started, self._make)
