"""Long work: how far it is, and how a row of re-sends is handed to the engine so many at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field

from hookscope.model.session_requests import Replay, Replayed
from hookscope.tui.engine.ports import Engine

AT_ONCE = 4


class Cancelled(Exception):
    """The user stopped the work between two steps."""


@dataclass(slots=True)
class Job:
    """Work on `total` things; written on the thread that does it, read by the screen. `what` is a verb: `replaying`."""

    what: str
    total: int
    done: int = 0
    failed: int = 0
    cancelled: bool = False
    error: BaseException | None = None
    started: float = field(default_factory=time.monotonic)

    def step(self, passed: bool = True, error: BaseException | None = None) -> None:
        """One more is done. The first error is kept."""
        self.done += 1
        self.failed += not passed
        self.error = self.error or error


def replay_each(engine: Engine, job: Job, requests: Iterable[Replay], at_once: int = AT_ONCE) -> None:
    """Ask the engine for each, begun in order; returns once all have ended,
    or what was begun when the job was cancelled."""
    turns = threading.Semaphore(at_once)
    counting = threading.Lock()

    def done(future: Future[Replayed]) -> None:
        error = future.exception()
        with counting:
            job.step(error is None and future.result().passed, error)
        turns.release()

    for request in requests:
        turns.acquire()
        if job.cancelled:
            turns.release()
            break
        engine.submit(request).add_done_callback(done)
    for _ in range(at_once):
        turns.acquire()
