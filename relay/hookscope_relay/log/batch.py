"""The records that one commit writes: filled on the event loop until the writer takes them, so that a commit takes all that came meanwhile."""

from __future__ import annotations

import threading
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
    """The batch that is open, if one is. Safe between the loop, which fills it, and the writer, which takes it."""

    def __init__(self, count: int, weight: int) -> None:
        self._count = count
        self._weight = weight
        self._open: Batch | None = None
        self._lock = threading.Lock()

    def add(self, row: Row, reserve: int, synced: bool) -> Batch | None:
        """Put a row into the open batch, and reserve numbers up to `reserve` (0: none); the batch, where this began one."""
        with self._lock:
            batch, began = self._open, None
            if batch is None:
                self._open = batch = began = Batch()
            batch.rows.append(row)
            batch.weight += row.record.size if row.upload is None else len(row.record.inline[0])
            batch.synced = batch.synced or synced
            if reserve:
                batch.reserve[row.endpoint] = reserve
            if len(batch.rows) >= self._count or batch.weight >= self._weight:
                self._open = None
        return began

    def close(self, batch: Batch) -> bool:
        """Nothing more is put into this batch; whether its commit must be synced."""
        with self._lock:
            if self._open is batch:
                self._open = None
            return batch.synced
