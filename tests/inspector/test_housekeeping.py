"""What a session does by the clock. Silence through a session: test_runner.py."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from factories import make_delivery
from hookscope.housekeeping import trim
from hookscope.store.captures import CaptureStore


async def test_trimming_runs_again_and_again_and_may_be_cancelled_at_any_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = CaptureStore.open(tmp_path / "captures.db")
    await store.keep(make_delivery(received_at=1.0), origin="live")
    trimmed = asyncio.Event()
    whole = store.trim

    async def counting(now: float) -> int:
        gone = await whole(now)
        if not store.count():
            trimmed.set()
        return gone

    monkeypatch.setattr(store, "trim", counting)
    trimming = asyncio.create_task(trim(store, 0.01))
    async with asyncio.timeout(10):
        await trimmed.wait()
    trimming.cancel()
    store.close()
    with pytest.raises(asyncio.CancelledError):
        await trimming
