"""A disk that fails does not change the order of deliveries."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from held import delivery
from hookscope.store import inserts
from hookscope.store.captures import CaptureStore
from hookscope_relay.errors import CannotWrite


class Full(sqlite3.OperationalError):
    sqlite_errorcode = sqlite3.SQLITE_FULL


async def test_what_follows_a_delivery_that_could_not_be_kept_is_not_kept_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, full = inserts.insert_capture, {2}

    def insert(connection: sqlite3.Connection, made: Any, place: Any, **more: Any) -> Any:
        if place.seq in full:
            raise Full("database or disk is full")
        return whole(connection, made, place, **more)

    async def keep(seq: int | None) -> object:
        index = seq or 9
        prev = None if seq is None else seq - 1
        return await store.keep(delivery(index), endpoint="e", epoch="a", seq=seq, prev=prev, origin="live")

    monkeypatch.setattr(inserts, "insert_capture", insert)
    store = CaptureStore.open(tmp_path / "captures.db")
    ended = await asyncio.gather(*(keep(seq) for seq in (1, 2, 3)), return_exceptions=True)
    assert [isinstance(one, CannotWrite) for one in ended] == [False, True, True]
    assert "disk is full" in str(ended[2])
    with pytest.raises(CannotWrite):
        await keep(4)
    await keep(None)  # what has no place in a log has no order to keep
    full.clear()
    with pytest.raises(CannotWrite):
        await keep(3)
    for seq in (2, 3, 4):
        await keep(seq)
    assert [row.id for row in store.summaries()] == [delivery(index).id for index in (4, 3, 2, 9, 1)]
    assert store.cursor("e") == ("a", 4)
    store.close()
