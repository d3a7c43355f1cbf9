"""A large delivery's further pieces on their way into a log, a few at a time, while the rest is still arriving."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeAlias, TypeVar

from hookscope_relay.errors import LogUnavailable
from hookscope_relay.log.protocol import Upload, inline_pieces

# Called with None once a piece is kept, else with why it is not.
Told: TypeAlias = Callable[[BaseException | None], None]

U = TypeVar("U", bound=Upload)


class Pieces:
    """The pieces of one delivery, from the second on.

    `number` names them in the log; nobody sees them before their record is kept.

    `room` is shared by all, so that what is small never queues behind them. `keep` begins to keep a piece under its
    number; `abandon` drops them all unless their record was kept.
    """

    def __init__(
        self,
        number: int,
        room: asyncio.Semaphore,
        keep: Callable[[int, bytes, Told], object],
        abandon: Callable[[], object],
    ) -> None:
        self.number = number
        self.count = 0
        self._room = room
        self._keep = keep
        self._abandon = abandon
        self._under_way = 0
        self._error: BaseException | None = None
        self._ended = asyncio.Event()

    async def add(self, content: bytes) -> None:
        """Begin to keep the next piece, once there is room;
        raises `LogUnavailable` where an earlier one could not be kept."""
        await self._room.acquire()
        self.count += 1
        self._under_way += 1
        self._keep(self.count, content, self._told)
        self._check()

    async def wait(self) -> None:
        """Wait until all are kept; raises `LogUnavailable` where one could not be."""
        while self._under_way:
            self._ended.clear()
            await self._ended.wait()
        self._check()

    def abandon(self) -> None:
        """They will have no record."""
        self._abandon()

    def _told(self, error: BaseException | None) -> None:
        self._room.release()
        self._under_way -= 1
        self._error = self._error or error
        self._ended.set()

    def _check(self) -> None:
        if self._error is not None:
            raise LogUnavailable(str(self._error)) from self._error


async def keep_further(pieces: Sequence[bytes], begin: Callable[[], U]) -> tuple[tuple[bytes, ...], U | None]:
    """The pieces that travel in a record, and the upload that has kept the others; None where there are none.

    ValueError where there are no pieces at all; `LogUnavailable` where one could not be kept.
    """
    inline = inline_pieces(pieces)
    if len(inline) == len(pieces):
        return inline, None
    upload = begin()
    try:
        for piece in pieces[1:]:
            await upload.add(piece)
        await upload.wait()
    except BaseException:
        upload.abandon()
        raise
    return inline, upload
