"""A large delivery's further pieces on their way to NATS, while the rest is still arriving."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import Callable

from hookscope_relay.errors import LogUnavailable
from hookscope_relay.log.nats.form import wrap
from hookscope_relay.log.nats.post import Post
from hookscope_relay.log.nats.streams import Names

_NUMBERS = itertools.count(1)


class NatsUpload:
    """The pieces of one delivery, from the second on; nobody sees them before their delivery is kept.

    `spilled` says that the journal has some. `room` is shared by all; `abandon` is called with the name where no
    delivery came.
    """

    def __init__(self, post: Post, names: Names, room: asyncio.Semaphore, abandon: Callable[[str], object]) -> None:
        self.number = next(_NUMBERS)
        self.name = secrets.token_hex(12)
        self.sealed = False
        self.spilled = False
        self._post = post
        self._names = names
        self._room = room
        self._abandon = abandon
        self._count = 0
        self._under_way = 0
        self._error: LogUnavailable | None = None
        self._ended = asyncio.Event()

    async def add(self, content: bytes) -> None:
        """Begin to keep the next piece, once there is room;
        raises `LogUnavailable` where an earlier one could not be kept."""
        await self._room.acquire()
        self._count += 1
        self._under_way += 1
        subject = self._names.of_piece(self.name, self._count)
        self._post.send(f"{self.name}.{self._count}", subject, wrap(subject, content), self._told)
        self._check()

    async def wait(self) -> None:
        """Wait until all are kept; raises `LogUnavailable` where one could not be."""
        while self._under_way:
            self._ended.clear()
            await self._ended.wait()
        self._check()

    def abandon(self) -> None:
        """They will have no delivery, unless it is kept already."""
        if not self.sealed and self._count:
            self._abandon(self.name)

    def _told(self, said: int | LogUnavailable) -> None:
        self._room.release()
        self._under_way -= 1
        if isinstance(said, LogUnavailable):
            self._error = self._error or said
        elif not said:
            self.spilled = True
        self._ended.set()

    def _check(self) -> None:
        if self._error is not None:
            raise LogUnavailable(str(self._error)) from self._error
