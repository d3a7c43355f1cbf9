"""One attempt: what is kept, and when the sender hears of it. Edited and replayed attempts: test_replaying.py."""

from __future__ import annotations

import asyncio
from pathlib import Path

from factories import Forgetful, make_delivery
from hookscope.attempts.explain import Explainer
from hookscope.attempts.make import Attempts
from hookscope.forward.forwarder import Forwarder
from hookscope.model.events import Attempted, Event
from hookscope.model.handler import parse_handler
from hookscope.providers.registry import load_providers
from hookscope.store.captures import CaptureStore
from raw_http import Conversation, RawServer


async def test_the_outcome_is_heard_of_before_it_is_kept(tmp_path: Path) -> None:
    delivery = make_delivery()
    store = CaptureStore.open(tmp_path / "captures.db")
    explainer = Explainer(providers=load_providers(), secrets=(), memory=Forgetful(), keep=lambda *_: ())
    events: list[Event] = []
    await store.keep(delivery, origin="live")
    async with RawServer() as handler:
        forwarder = Forwarder(parse_handler(handler.url))
        attempts = Attempts(store=store, explainer=explainer, emit=events.append)
        handover = attempts.plan(delivery, forwarder.handler, origin="live", target="/t", limit_s=5)
        attempt = await attempts.forward(handover, 1, forwarder)
        await forwarder.close()
    assert attempt.answer is not None
    assert store.attempts(delivery.id) == (attempt,)
    assert [type(event) for event in events] == [Attempted]
    explainer.close()
    store.close()


async def test_what_a_stop_cuts_off_is_kept_as_a_failure(tmp_path: Path) -> None:
    delivery = make_delivery()
    store = CaptureStore.open(tmp_path / "captures.db")
    explainer = Explainer(providers=load_providers(), secrets=(), memory=Forgetful(), keep=lambda *_: ())
    await store.keep(delivery, origin="live")
    asked = asyncio.Event()

    async def say_nothing(conversation: Conversation) -> None:
        await conversation.request()
        asked.set()
        await conversation.request()

    async with RawServer(behaviour=say_nothing) as handler:
        attempts = Attempts(store=store, explainer=explainer, emit=lambda _: None)
        forwarder = Forwarder(parse_handler(handler.url))
        handover = attempts.plan(delivery, forwarder.handler, origin="live", target="/", limit_s=30)
        task = asyncio.create_task(attempts.forward(handover, 1, forwarder))
        async with asyncio.timeout(10):
            await asked.wait()
        attempts.stopping = True
        task.cancel()
        attempt = await task
        await forwarder.close()
    assert attempt.failure is not None
    assert attempt.failure.kind == "closed"
    assert store.attempts(delivery.id)[0].failure == attempt.failure
    explainer.close()
    store.close()
