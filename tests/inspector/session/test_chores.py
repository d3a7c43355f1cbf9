"""What a session does by the clock. Silence through a session: test_runner.py."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from factories import make_delivery
from hookscope.config.settings import places
from hookscope.secrets.kept import keep_secret, load_secrets
from hookscope.session.chores import give_memory_back, keep_index, learn_secrets, trim
from hookscope.store.captures import CaptureStore
from hookscope_relay.errors import CannotWrite


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


async def test_a_store_that_cannot_trim_now_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = CaptureStore.open(tmp_path / "captures.db")
    asked: list[float] = []
    again = asyncio.Event()

    async def full(now: float) -> int:
        asked.append(now)
        if len(asked) > 2:
            again.set()
        raise CannotWrite("the disk is full")

    monkeypatch.setattr(store, "trim", full)
    trimming = asyncio.create_task(trim(store, 0.01))
    async with asyncio.timeout(10):
        await again.wait()
    trimming.cancel()
    store.close()


async def test_an_index_that_failed_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = CaptureStore.open(tmp_path / "captures.db")
    asked: list[bool] = []
    went_on = asyncio.Event()

    async def failing() -> None:
        asked.append(True)
        if len(asked) == 1:
            raise CannotWrite("the disk is full")
        went_on.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(store, "keep_index", failing)
    keeping = asyncio.create_task(keep_index(store, 0.01))
    async with asyncio.timeout(10):
        await went_on.wait()
    keeping.cancel()
    store.close()


async def test_a_secret_that_another_command_keeps_is_taken_over(tmp_path: Path) -> None:
    where = places({"HOOKSCOPE_HOME": str(tmp_path)})
    again: asyncio.Queue[str] = asyncio.Queue()
    plan: Any = SimpleNamespace(places=where, dotenv=None, load_secrets=lambda: load_secrets({}, where))
    pipeline: Any = SimpleNamespace(explainer=SimpleNamespace(secrets=()), verify_again=again.put)
    learning = asyncio.create_task(learn_secrets(pipeline, plan, 0.01))
    await asyncio.sleep(0)  # it has looked at what there is
    try:
        for provider in ("github", "stripe"):
            kept = keep_secret(where, provider, "sesame", use_keyring=False)
            assert await asyncio.wait_for(again.get(), 10) == provider
            assert kept in pipeline.explainer.secrets
    finally:
        learning.cancel()
    assert again.empty()


async def test_memory_is_given_back_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, given = asyncio.get_running_loop(), asyncio.Semaphore(0)
    monkeypatch.setattr(
        "hookscope.session.chores.give_back_free_memory", lambda: loop.call_soon_threadsafe(given.release)
    )
    giving = asyncio.create_task(give_memory_back(0.01))
    async with asyncio.timeout(10):
        for _ in range(3):
            await given.acquire()
    giving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await giving
