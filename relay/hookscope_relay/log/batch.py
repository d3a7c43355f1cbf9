"""The records that one commit writes: all that came in a turn of the event loop, or during the commit before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec

from hookscope_relay.log.protocol import Record

# How long a row waits for others when nobody waits for it: less than a handler takes, and long enough for many to share
# a commit.
GATHER_S = 0.002

# With the error, or None once the record is kept.
Kept: TypeAlias = Callable[[Exception | None], object]


class Row(msgspec.Struct, eq=False):
    """One record on its way into the log.

    `upload` names the pieces that were kept before it; `kept` is told what came of it.

    `hidden` says that nobody may see it before.
    """

    endpoint: str
    record: Record
    kept: Kept
    upload: int | None = None
    hidden: bool = False


@dataclass(slots=True)
class Batch:
    """Rows in the order of their seqs, and how far numbers are to be reserved, by endpoint.

    `synced` says that the commit must be.
    """

    rows: list[Row] = field(default_factory=list)
    reserve: dict[str, int] = field(default_factory=dict)
    weight: int = 0
    synced: bool = False


class Batches:
    """Which batch is filled, and when one is handed to the writer.

    `write` is given the batch; `settle` is to be called when it is through.

    That is when the loop's turn is over, for what is asked for `soon`; else when somebody waits for it, and a moment
    after the first of it came at the latest. While one is being committed it is not before that is through, unless the
    next one is full. So a commit takes what came in a turn, in a moment, or during the commit before. `under_way`
    counts those that were handed over and are not through.
    """

    def __init__(self, write: Callable[[Batch], object], count: int, weight: int) -> None:
        self._write = write
        self._count = count
        self._weight = weight
        self._open = Batch()
        self.under_way = 0
        self._called = False
        self._timed = False

    def add(self, row: Row, reserve: int, synced: bool, soon: bool = True) -> None:
        """Put a row into the batch, and reserve numbers up to `reserve` (0: none)."""
        batch = self._open
        batch.rows.append(row)
        batch.weight += row.record.size if row.upload is None else len(row.record.inline[0])
        batch.synced = batch.synced or synced
        if reserve:
            batch.reserve[row.endpoint] = reserve
        if len(batch.rows) >= self._count or batch.weight >= self._weight:
            self.flush()
        elif soon or synced:
            self.hurry()
        elif not self._timed:
            self._timed = True
            asyncio.get_running_loop().call_later(GATHER_S, self._end_moment)

    def hurry(self) -> None:
        """Somebody waits for what is there."""
        if self._open.rows and not self.under_way and not self._called:
            self._called = True
            # What leaves in this turn is to be on its way before: a commit takes longer than a turn.
            loop = asyncio.get_running_loop()
            loop.call_soon(loop.call_soon, self._end_turn)

    def flush(self) -> None:
        """Hand over what is there."""
        if self._open.rows:
            batch, self._open = self._open, Batch()
            self.under_way += 1
            self._write(batch)

    def settle(self) -> None:
        """A batch is through."""
        self.under_way -= 1
        self.hurry()

    def _end_turn(self) -> None:
        self._called = False
        if not self.under_way:
            self.flush()

    def _end_moment(self) -> None:
        self._timed = False
        self.hurry()
