"""A delivery's pieces on their way into the log on disk, a few at a time, while the rest is still arriving."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from functools import partial

from hookscope_relay.errors import LogUnavailable
from hookscope_relay.group_commit import GroupCommit
from hookscope_relay.log import schema


class Pieces:
    """The pieces of one delivery, from the second on.

    `number` names them in the log; nobody sees them before their record is kept.

    `room` is shared by all, so that what is small never queues behind them. `abandon` drops them unless their record
    was kept.
    """

    def __init__(self, commits: GroupCommit, room: asyncio.Semaphore, abandon: Callable[[int], object]) -> None:
        self.number = secrets.randbits(63)
        self._commits = commits
        self._room = room
        self._abandon = abandon
        self._count = 0
        self._under_way = 0
        self._error: BaseException | None = None
        self._ended = asyncio.Event()

    async def add(self, content: bytes) -> None:
        """Begin to keep the next piece, once there is room;
        raises `LogUnavailable` where an earlier one could not be kept."""
        await self._room.acquire()
        self._count += 1
        self._under_way += 1
        insert = partial(schema.insert_piece, upload=self.number, number=self._count, content=content)
        # The record that makes the pieces visible has them synced with it, where it is synced.
        self._commits.post(insert, self._told, synced=False, weight=len(content))
        self._check()

    async def wait(self) -> None:
        """Wait until all are kept; raises `LogUnavailable` where one could not be."""
        while self._under_way:
            self._ended.clear()
            await self._ended.wait()
        self._check()

    def abandon(self) -> None:
        """They will have no record."""
        self._abandon(self.number)

    def _told(self, _: None, error: BaseException | None) -> None:
        self._room.release()
        self._under_way -= 1
        self._error = self._error or error
        self._ended.set()

    def _check(self) -> None:
        if self._error is not None:
            raise LogUnavailable(str(self._error)) from self._error
