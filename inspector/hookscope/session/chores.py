"""What a session does by the clock: trims the store, fills the index of bodies, gives memory back, looks for new
secrets, and watches for silence."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Coroutine
from typing import Any

from hookscope.attempts.explain import Around
from hookscope.secrets.kept import mark_of
from hookscope.session.pipeline import Pipeline
from hookscope.session.plan import Plan
from hookscope.store.captures import CaptureStore
from hookscope_relay.errors import HookscopeError
from hookscope_relay.memory import give_back_free_memory

TRIM_EVERY_S = 600.0
AGAIN_AFTER_S = 30.0
LOOK_EVERY_S = 1.0
GIVE_BACK_EVERY_S = 30.0


def chores(store: CaptureStore, pipeline: Pipeline, plan: Plan) -> list[Coroutine[Any, Any, None]]:
    """What runs beside a session until it is cancelled."""
    found = [trim(store), keep_index(store), give_memory_back(), pipeline.courses.standstill.watch()]
    found.append(learn_secrets(pipeline, plan))
    return [*found, watch_silence(store, pipeline, plan.expect_every_s)] if plan.expect_every_s else found


async def trim(store: CaptureStore, every_s: float = TRIM_EVERY_S) -> None:
    """Delete what is too old or too much, now and then again; a store that cannot do it now is asked again."""
    while True:
        with contextlib.suppress(HookscopeError):
            await store.trim(time.time())
        await asyncio.sleep(every_s)


async def keep_index(store: CaptureStore, again_after_s: float = AGAIN_AFTER_S) -> None:
    """Fill the index of bodies, and go on some time after the store failed."""
    while True:
        with contextlib.suppress(HookscopeError):
            await store.keep_index()
        await asyncio.sleep(again_after_s)


async def give_memory_back(every_s: float = GIVE_BACK_EVERY_S) -> None:
    """Return what a flood left unused in the heap, which would stay with the process until it ends."""
    while True:
        await asyncio.sleep(every_s)
        await asyncio.to_thread(give_back_free_memory)


async def learn_secrets(pipeline: Pipeline, plan: Plan, every_s: float = LOOK_EVERY_S) -> None:
    """Take over what another command keeps or forgets meanwhile, and look with it at what came without."""
    seen = mark_of(plan.places, plan.dotenv)
    while True:
        await asyncio.sleep(every_s)
        if (now := mark_of(plan.places, plan.dotenv)) == seen:
            continue
        seen = now
        with contextlib.suppress(HookscopeError):
            secrets = await asyncio.to_thread(plan.load_secrets)
            new = {secret.provider for secret in secrets if secret not in pipeline.explainer.secrets}
            pipeline.explainer.secrets = secrets
            for provider in sorted(new):
                await pipeline.verify_again(provider)


async def watch_silence(store: CaptureStore, pipeline: Pipeline, expect_every_s: float) -> None:
    """Say once of each last delivery that none has followed it within the time."""
    told = ""
    while True:
        last = await asyncio.to_thread(store.recent, endpoint=pipeline.endpoint, limit=1)
        left = last[0].received_at + expect_every_s - time.time() if last else expect_every_s
        if last and left < 0 and last[0].id != told:
            told = last[0].id
            settled = await asyncio.to_thread(store.settlement, told)
            pipeline.explain_again(told, Around(expect_every_s=expect_every_s, settled=settled))
        # A clock that was set back must not make this sleep for as long as it was ahead.
        await asyncio.sleep(min(left + 0.01, expect_every_s) if left > 0 else expect_every_s)
