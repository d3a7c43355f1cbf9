"""Replays a row of captures, in order, so many at a time and at the pace that was asked for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from hookscope.model.session_requests import Replay, Replayed
from hookscope_relay.errors import HookscopeError

ReplayOne: TypeAlias = Callable[[Replay], Awaitable[Replayed]]


@dataclass(frozen=True, slots=True)
class Due:
    """One capture to replay: its name, when it came (Unix seconds), and the file that it came out of, if it did."""

    name: str
    received_at: float
    file: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """What came of one: how it went, or why it could not be sent."""

    due: Due
    replayed: Replayed | None = None
    error: HookscopeError | None = None

    @property
    def passed(self) -> bool:
        """Whether the handler accepted it."""
        return self.replayed is not None and self.replayed.passed


async def replay_many(
    dues: Sequence[Due],
    wanted: Replay,
    replay: ReplayOne,
    done: Callable[[Done], None],
    *,
    concurrency: int = 1,
    rate: float | None = None,
    keep_timing: bool = False,
) -> None:
    """Replay each as `wanted` says, begun in order; `done` hears of each as it ends.

    One that cannot be sent does not stop the rest.
    """
    turns = asyncio.Semaphore(concurrency)
    started = time.monotonic()
    times = due_times([due.received_at for due in dues], rate=rate, keep_timing=keep_timing)

    async def one(due: Due) -> None:
        try:
            done(Done(due, await replay(replace(wanted, name=due.name))))
        except HookscopeError as error:
            done(Done(due, error=error))
        finally:
            turns.release()

    async with asyncio.TaskGroup() as tasks:
        for due, at in zip(dues, times, strict=True):
            await turns.acquire()
            await asyncio.sleep(max(0.0, started + at - time.monotonic()))
            tasks.create_task(one(due))


def due_times(
    received_at: Sequence[float], *, rate: float | None = None, keep_timing: bool = False
) -> tuple[float, ...]:
    """Seconds from the start at which each is due: as they came (never earlier than the one before), at a rate,
    or all at once."""
    if rate is not None:
        return tuple(index / rate for index in range(len(received_at)))
    if not keep_timing:
        return (0.0,) * len(received_at)
    latest = 0.0
    due = []
    for at in received_at:
        latest = max(latest, at - received_at[0])
        due.append(latest)
    return tuple(due)
