"""Keeps captures that came out of files in the store, each once, with the attempts that the file tells of."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from hookscope.model.capture import Attempt, Capture
from hookscope.providers.recognition import recognise
from hookscope.providers.registry import Providers
from hookscope.store.captures import CaptureStore

ENDPOINT = "imported"


@dataclass(frozen=True, slots=True)
class Imported:
    """A capture as it is held: its number, whether it was not held before, and what its sender said of itself."""

    capture: Capture
    number: int
    new: bool
    provider: str
    event_type: str


def keep_all(store: CaptureStore, captures: Sequence[Capture], providers: Providers) -> list[Imported]:
    """Hold the captures in order, under the endpoint `imported`; one that is held already changes nothing."""

    async def work() -> list[Imported]:
        return [await _keep(store, capture, providers) for capture in captures]

    return asyncio.run(work())


async def _keep(store: CaptureStore, capture: Capture, providers: Providers) -> Imported:
    delivery = capture.delivery
    recognition = recognise(delivery, providers, capture.provider)
    kept = await store.keep(delivery, endpoint=ENDPOINT, origin="fixture", recognition=recognition)
    if kept.new:
        for attempt in capture.attempts:
            await _keep_attempt(store, delivery.id, attempt)
    return Imported(capture, kept.number, kept.new, recognition.provider, recognition.event_type)


async def _keep_attempt(store: CaptureStore, delivery_id: str, attempt: Attempt) -> None:
    number = await store.begin_attempt(delivery_id, attempt)
    if attempt.answer is not None or attempt.failure is not None:
        await store.end_attempt(
            delivery_id,
            number,
            elapsed_ms=attempt.elapsed_ms,
            answer=attempt.answer,
            failure=attempt.failure,
            answered_by=attempt.answered_by,
        )
