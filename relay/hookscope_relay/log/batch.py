"""The records that one commit writes: all that came in a turn of the event loop, or during the commit before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from hookscope_relay.log.protocol import Record

# With the error, or None once the record is kept.
Kept: TypeAlias = Callable[[Exception | None], object]


@dataclass(slots=True)
class Row:
    """One record on its way into the log. `upload` names the pieces that were kept before it; `kept` is told what came of it.

    `hidden` says that nobody may see it before.
    """

    endpoint: str
    record: Record
    kept: Kept
    upload: int | None = None
    hidden: bool = False


@dataclass(slots=True)
class Batch:
    """Rows in the order of their seqs, and how far numbers are to be reserved, by endpoint. `synced` says that the commit must be."""

    rows: list[Row] = field(default_factory=list)
    reserve: dict[str, int] = field(default_factory=dict)
    weight: int = 0
    synced: bool = False


class Batches:
    """Which batch is filled, and when one is handed to the writer: at the end of the loop's turn, and while one is being committed not before it is, unless it is full.

    So the writer is woken once for all that came in a turn, or during a commit. `write` is given the batch; `settle` is to be called when it is through.
    """

    def __init__(self, write: Callable[[Batch], object], count: int, weight: int) -> None:
        self._write = write
        self._count = count
        self._weight = weight
        self._open = Batch()
        self._under_way = 0
        self._called = False

    def add(self, row: Row, reserve: int, synced: bool) -> None:
        """Put a row into the batch, and reserve numbers up to `reserve` (0: none)."""
        batch = self._open
        batch.rows.append(row)
        batch.weight += row.record.size if row.upload is None else len(row.record.inline[0])
        batch.synced = batch.synced or synced
        if reserve:
            batch.reserve[row.endpoint] = reserve
        if len(batch.rows) >= self._count or batch.weight >= self._weight:
            self.flush()
        elif not self._under_way and not self._called:
            self._called = True
            asyncio.get_running_loop().call_soon(self._end_turn)

    def flush(self) -> None:
        """Hand over what is there."""
        if self._open.rows:
            batch, self._open = self._open, Batch()
            self._under_way += 1
            self._write(batch)

    def settle(self) -> None:
        """A batch is through."""
        self._under_way -= 1
        if not self._under_way:
            self.flush()

    def _end_turn(self) -> None:
        self._called = False
        self.flush()
