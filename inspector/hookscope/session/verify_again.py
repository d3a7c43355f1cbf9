"""Explains outside of a session, with a secret that was given now, what came without it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from hookscope.attempts.explain import Explainer
from hookscope.model.events import Diagnosed, Event
from hookscope.session.derive import Derive
from hookscope.store.captures import CaptureStore


@dataclass(slots=True)
class Verified:
    """How many deliveries were looked at again, and how many of them verify now."""

    looked_at: int = 0
    verified: int = 0

    def count(self, event: Event) -> None:
        """Count a delivery that was explained."""
        if isinstance(event, Diagnosed):
            self.looked_at += 1
            self.verified += event.verdict is not None and event.verdict.state == "verified"


async def verify_again(store: CaptureStore, explainer: Explainer, provider: str) -> Verified:
    """Have what came from the provider without its right secret explained with those that the explainer has."""
    verified = Verified()
    derive = Derive(
        store=store,
        explainer=explainer,
        emit=verified.count,
        handler=lambda _: None,
        kept_back=lambda *_: "",
    )
    await derive.verify_again(None, provider)
    async with asyncio.TaskGroup() as group:
        explaining = group.create_task(derive.run())
        await derive.drain()
        explaining.cancel()
    return verified
