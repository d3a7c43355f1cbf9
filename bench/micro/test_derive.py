"""Explaining 64 ordinary deliveries behind the trip, and keeping what was found; the figure is that of all.

`at hand` they are still in memory, else they are read back from the store. All are of one object; of one event where
that is said.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from test_append import entry

from hookscope.attempts.explain import Explainer
from hookscope.providers.registry import all_providers
from hookscope.session.derive import Derive, Waiting
from hookscope.store.captures import CaptureStore
from hookscope.store.earlier import StoreMemory
from hookscope.store.entry import Entry, Group
from hookscope_relay.delivery import Answer, Delivery

STEP = 64
STEPS = 12


@pytest.fixture
def explainer(tmp_path: Path) -> Iterator[tuple[CaptureStore, Explainer]]:
    store = CaptureStore.open(tmp_path / "state" / "captures.db")
    explainer = Explainer(
        providers=all_providers({}, {}), secrets=(), memory=StoreMemory(store, "endpoint"), keep=lambda *_: ()
    )
    yield store, explainer
    explainer.close()
    store.close()


def entries(delivery: Delivery, answer: Answer, one_event: bool) -> list[Entry]:
    made = []
    for number in range(1, STEP * STEPS + 1):
        event = "one" if one_event else f"event-{number}"
        headers = tuple((name, event if name == "X-GitHub-Delivery" else value) for name, value in delivery.headers)
        one = entry(replace(delivery, headers=headers), answer, number, "")
        one.recognition = None
        made.append(one)
    return made


@pytest.mark.parametrize("at_hand", [True, False], ids=["at hand", "read back"])
@pytest.mark.parametrize("one_event", [False, True], ids=["each its own event", "one event"])
def test_derive(
    benchmark: Any,
    explainer: tuple[CaptureStore, Explainer],
    delivery: Delivery,
    answer: Answer,
    at_hand: bool,
    one_event: bool,
) -> None:
    store, explains = explainer
    made = entries(delivery, answer, one_event)

    async def append() -> None:
        for start in range(0, len(made), STEP):
            await store.append(Group(made[start : start + STEP]), explains.recognise)

    asyncio.run(append())
    steps = iter(range(0, len(made), STEP))

    def next_step() -> tuple[tuple[list[Waiting]], dict[str, Any]]:
        start = next(steps)
        step: list[Waiting] = [one if at_hand else one.number for one in made[start : start + STEP]]
        return (step,), {}

    def derive(step: list[Waiting]) -> None:
        async def run() -> None:
            derive = Derive(
                store=store, explainer=explains, emit=lambda _: None, handler=lambda _: None, kept_back=lambda *_: ""
            )
            for one in step:
                derive.add(one)
            task = asyncio.create_task(derive.run())
            await derive.drain()
            task.cancel()

        asyncio.run(run())

    benchmark.pedantic(derive, setup=next_step, rounds=STEPS - 2, warmup_rounds=2)
    assert store.waiting() == []
