"""What waits for its turn at a handler, and what ends that."""

from __future__ import annotations

from dataclasses import replace

from held import begun, delivery
from hookscope.store.captures import CaptureStore
from hookscope.store.held import HeldDelivery
from hookscope.tools.filters.language import parse
from hookscope_relay.delivery import Answer


async def attempt(store: CaptureStore, name: str, route: str = "", *, copy: bool = False, holds: bool = False) -> None:
    noted = replace(begun("backlog", "http://h/", 1.0), route=route, is_copy=copy)
    number = await store.begin_attempt(name, noted)
    await store.end_attempt(name, number, elapsed_ms=1.0, answer=Answer(status=503), holds=holds)


async def test_what_is_held_is_owed_until_an_attempt_at_it_ended(store: CaptureStore) -> None:
    one = delivery(1)
    await store.keep(one, endpoint="e", origin="live")
    await store.hold(1, "pay")
    await store.hold(1, "audit", copy=True)
    await store.hold(1, "pay")
    assert store.held_ones("e") == [HeldDelivery(one.id, 1, "pay", False), HeldDelivery(one.id, 1, "audit", True)]
    assert store.numbers(parse("is:held")) == [1]
    assert [row.number for row in store.owed_without_attempt("e")] == [1]
    assert store.summaries()[0].held
    await attempt(store, one.id, "pay", holds=True)
    assert store.is_held(1, "pay")
    await attempt(store, one.id, "pay")
    assert not store.is_held(1, "pay") and store.is_held(1, "audit")
    assert store.owed_without_attempt("e") == []
    await attempt(store, one.id, "other", copy=True)
    assert store.is_held(1, "audit")
    await attempt(store, one.id, "audit", copy=True)
    assert store.held_ones("e") == []


async def test_an_experiment_ends_no_wait_and_a_cleared_capture_does(store: CaptureStore) -> None:
    one = delivery(1)
    await store.keep(one, endpoint="e", origin="live")
    await store.hold(1, "pay")
    number = await store.begin_attempt(one.id, begun("probe", "http://h/", 1.0))
    await store.end_attempt(one.id, number, elapsed_ms=1.0, answer=Answer(status=200))
    assert store.is_held(1, "pay")
    await store.clear()
    assert store.held_ones("e") == []
