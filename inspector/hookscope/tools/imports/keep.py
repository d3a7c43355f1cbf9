"""Keeps captures that came out of files in the store, each once,
with the attempts that the file tells of and what is found of them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from hookscope.diagnosis.engine import diagnose
from hookscope.diagnosis.from_capture import case_of
from hookscope.model.capture import Attempt, Capture
from hookscope.model.finding import Finding
from hookscope.model.secret import Secret
from hookscope.providers.recognition import recognise
from hookscope.providers.registry import Providers
from hookscope.store.captures import CaptureStore

ENDPOINT = "imported"
# What is given to the store together is written together.
AT_A_TIME = 100


@dataclass(frozen=True, slots=True)
class Imported:
    """A capture as it is held: its number, whether it was not held before, what its sender said of itself, and the
    findings on the answer that the file tells of, best first."""

    capture: Capture
    number: int
    new: bool
    provider: str
    event_type: str
    findings: tuple[Finding, ...] = ()


def keep_all(
    store: CaptureStore,
    captures: Sequence[Capture],
    providers: Providers,
    secrets: Sequence[Secret] = (),
    quiet: Collection[str] = (),
) -> list[Imported]:
    """Hold the captures in order, under the endpoint `imported`; one that is held already changes nothing.

    What `hookscope diagnose` would find of each is kept with it; `quiet` are the rules not to hear of.
    """

    async def keep(capture: Capture) -> Imported:
        recognition = recognise(capture.delivery, providers, capture.provider)
        kept = await store.keep(capture.delivery, endpoint=ENDPOINT, origin="fixture", recognition=recognition)
        known = (kept.number, kept.new, recognition.provider, recognition.event_type)
        if not kept.new:
            return Imported(capture, *known)
        case = case_of(capture, providers, secrets)
        findings = diagnose(case, quiet)
        numbers = {one.number: await _keep_attempt(store, capture.delivery.id, one) for one in capture.attempts}
        outcome = numbers[capture.outcome.number] if capture.outcome else 0
        await store.keep_findings(capture.delivery.id, outcome, case.verdict, findings)
        return Imported(capture, *known, findings)

    async def work() -> list[Imported]:
        kept: list[Imported] = []
        for start in range(0, len(captures), AT_A_TIME):
            some = await asyncio.gather(*(keep(capture) for capture in captures[start : start + AT_A_TIME]))
            # The same delivery may stand twice in a file: what was found of it is there once all are kept.
            kept += (one if one.new else replace(one, findings=store.findings(one.capture.delivery.id)) for one in some)
        return kept

    return asyncio.run(work())


async def _keep_attempt(store: CaptureStore, delivery_id: str, attempt: Attempt) -> int:
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
    return number
