"""Idle connections to one handler: kept for a moment, and looked at before they are used again.

Nothing is ever sent twice, so a connection that the handler has closed meanwhile would cost a delivery its answer. That
is why idle connections live so short, and why one that is not quiet is thrown away.
"""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial

from hookscope.forward.connection import Connection


class Pool:
    """Idle connections, each closed after `idle_s` seconds; the youngest is used first."""

    def __init__(self, idle_s: float) -> None:
        self._idle_s = idle_s
        # By the time of the loop at which they are closed: all are kept equally long, so the oldest comes first.
        self._idle: dict[Connection, float] = {}
        self._alarm: asyncio.TimerHandle | None = None
        self._closed = False

    def __len__(self) -> int:
        return len(self._idle)

    def take(self) -> Connection | None:
        """A connection that was quiet a moment ago, or None."""
        while self._idle:
            connection, _ = self._idle.popitem()
            if connection.is_quiet():
                return connection
            connection.close()
        return None

    def put(self, connection: Connection) -> None:
        """Keep a connection whose last answer is complete; a closed pool hangs up instead."""
        if self._closed or self._idle_s <= 0:
            connection.close()
            return
        loop = asyncio.get_running_loop()
        self._idle[connection] = loop.time() + self._idle_s
        if connection.is_watched:
            connection.watch(partial(self._drop, connection))
        if self._alarm is None:
            self._alarm = loop.call_later(self._idle_s, self._expire)

    def close(self) -> None:
        """Hang up on all idle connections, and on those that are put back later."""
        self._closed = True
        for connection in list(self._idle):
            self._drop(connection)
        if self._alarm is not None:
            self._alarm.cancel()

    def _expire(self) -> None:
        """Close what was idle for long enough, and come back for the next one."""
        loop = asyncio.get_running_loop()
        while self._idle and (until := self._idle[oldest := next(iter(self._idle))]) <= loop.time():
            self._drop(oldest)
        self._alarm = loop.call_at(until, self._expire) if self._idle else None

    def _drop(self, connection: Connection) -> None:
        self._idle.pop(connection, None)
        connection.close()


class Turns:
    """How many forwards run at a time; the others wait, first come, first served."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._waiting: deque[asyncio.Future[None]] = deque()

    def try_take(self) -> bool:
        """Take a turn if one is free and nobody waits for it."""
        if self._free <= 0 or self._waiting:
            return False
        self._free -= 1
        return True

    async def take(self) -> None:
        """Wait for a turn and take it."""
        if self.try_take():
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give_back()
            raise

    def give_back(self) -> None:
        """A turn is over; whoever waits longest has it now."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


class HeldTurn:
    """One turn, waited for at its beginning; it ends once."""

    def __init__(self, turns: Turns) -> None:
        self._turns: Turns | None = turns

    async def __aenter__(self) -> HeldTurn:
        assert self._turns is not None
        await self._turns.take()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Give it back, unless that was done."""
        turns, self._turns = self._turns, None
        if turns is not None:
            turns.give_back()
