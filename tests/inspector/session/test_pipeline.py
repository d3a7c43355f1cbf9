"""The one door for deliveries, with a real store and a real handler."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from factories import Forgetful, make_delivery, make_key, make_ring
from hookscope.attempts.explain import Explainer
from hookscope.attempts.make import Attempts
from hookscope.attempts.route import parse_respond
from hookscope.forward.forwarder import Forwarder
from hookscope.model.events import Attempted, Captured, Diagnosed, Event, HandshakeSeen, Noticed, Settled
from hookscope.model.handler import parse_handler
from hookscope.providers.registry import all_providers
from hookscope.session.pipeline import Pipeline
from hookscope.session.terms import Forwarding
from hookscope.store.captures import CaptureStore
from hookscope.tunnel.frames import Arrival
from hookscope.tunnel.probe import BODY, probe_headers
from hookscope_relay.delivery import Answer, Delivery
from hookscope_relay.keys.seal import Sealer
from hookscope_relay.wire import Settled as SettledFrame
from raw_http import RawServer

WITHIN_S = 15.0


def arrive(delivery: Delivery, seq: int = 1, seed: int = 1, **changes: Any) -> Arrival:
    key = make_key()
    pieces = Sealer().seal(delivery, key.id, make_key(seed).seal, 0.0)
    values: dict[str, Any] = {"left_ms": 20_000, "answer": True, "owed": False}
    return Arrival(epoch="e", seq=seq, prev=seq - 1, id=delivery.id, pieces=pieces, **values | changes)


class Door:
    """A pipeline over a store, with what it replied and told."""

    def __init__(self, home: Path) -> None:
        self.store = CaptureStore.open(home / "captures.db")
        self.replies: list[tuple[int, Answer, str]] = []
        self.events: list[Event] = []
        self._bell = asyncio.Event()
        self._explainer = Explainer(
            providers=all_providers({}, {}),
            secrets=(),
            memory=Forgetful(),
            keep=lambda *_: (),
        )
        self._forwarder: Forwarder | None = None

    def open(self, handler: str = "", **forwarding: Any) -> Pipeline:
        self._forwarder = Forwarder(parse_handler(handler)) if handler else None
        return Pipeline(
            keys=make_ring(),
            store=self.store,
            explainer=self._explainer,
            attempts=Attempts(store=self.store, explainer=self._explainer, emit=self._emit),
            forwarder=self._forwarder,
            forwarding=Forwarding(**forwarding),
            reply=lambda seq, answer, by: self.replies.append((seq, answer, by)),
            emit=self._emit,
        )

    def _emit(self, event: Event) -> None:
        self.events.append(event)
        self._bell.set()

    async def until(self, kind: type, count: int = 1) -> Any:
        async with asyncio.timeout(WITHIN_S):
            while len(found := [event for event in self.events if isinstance(event, kind)]) < count:
                self._bell.clear()
                await self._bell.wait()
        return found[count - 1]

    async def close(self) -> None:
        if self._forwarder is not None:
            await self._forwarder.close()
        self._explainer.close()
        self.store.close()


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    door = Door(tmp_path)
    yield door
    await door.close()


async def test_a_delivery_is_kept_answered_and_explained_in_that_order(door: Door) -> None:
    pipeline = door.open(respond=parse_respond("202:later"))
    await pipeline.receive(arrive(make_delivery()))
    await door.until(Diagnosed)
    assert [type(event) for event in door.events] == [Captured, Diagnosed]
    ((seq, answer, by),) = door.replies
    assert (seq, answer.status, answer.body, by) == (1, 202, b"later", "inspector")
    assert door.store.find("1").delivery.body == make_delivery().body
    assert door.store.cursor(pipeline.endpoint) == ("e", 1)
    await pipeline.finish()


async def test_a_delivery_that_comes_twice_is_one_capture(door: Door) -> None:
    pipeline = door.open()
    delivery = make_delivery()
    for _ in range(2):
        await pipeline.receive(arrive(delivery))
    await door.until(Diagnosed)
    await pipeline.finish()
    assert pipeline.tell.captured == 1
    assert len(door.replies) == 1


@pytest.mark.parametrize(
    ("changes", "origin", "missed"),
    [
        ({}, "live", False),
        ({"answer": False}, "live", False),
        ({"answer": False, "left_ms": 0}, "backlog", True),
        ({"answer": False, "left_ms": 0, "owed": True}, "backlog", False),
    ],
)
async def test_where_a_delivery_came_from(door: Door, changes: dict[str, Any], origin: str, missed: bool) -> None:
    pipeline = door.open()
    await pipeline.receive(arrive(make_delivery(), **changes))
    captured = await door.until(Captured)
    await door.until(Diagnosed)
    await pipeline.finish()
    assert (captured.origin, captured.missed) == (origin, missed)
    assert len(door.replies) == (1 if changes.get("answer", True) else 0)


async def test_what_cannot_be_opened_is_a_gap_and_a_notice(door: Door) -> None:
    pipeline = door.open()
    await pipeline.receive(arrive(make_delivery(), seed=2))
    assert "cannot be opened" in (await door.until(Noticed)).text
    assert len(door.store.gaps(pipeline.endpoint)) == 1
    assert door.replies == []
    await pipeline.finish()


async def test_the_sender_is_answered_before_anything_is_explained(door: Door) -> None:
    async with RawServer(b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno") as handler:
        pipeline = door.open(handler.url)
        await pipeline.receive(arrive(make_delivery(), seq=4))
        await door.until(Diagnosed)
        assert [type(event) for event in door.events] == [Captured, Attempted, Diagnosed]
        ((seq, answer, by),) = door.replies
        assert (seq, answer.status, answer.reason, answer.body, by) == (4, 500, "Oh", b"no", "")
        (attempt,) = door.store.find("1").attempts
        assert attempt.answer == answer
        await pipeline.finish()


async def test_a_handler_that_takes_longer_than_the_sender_waits_is_a_timeout(door: Door) -> None:
    async def behaviour(conversation: Any) -> None:
        await conversation.request()
        await asyncio.Event().wait()

    async with RawServer(behaviour=behaviour) as handler:
        pipeline = door.open(handler.url)
        began = time.monotonic()
        await pipeline.receive(arrive(make_delivery(), left_ms=700))
        assert (await door.until(Attempted)).failure == "timeout"
        assert time.monotonic() - began < WITHIN_S / 2
        assert door.replies[0][1].status == 504
        await pipeline.finish()


async def test_a_handshakes_token_is_told_and_not_kept_unasked(door: Door) -> None:
    pipeline = door.open()
    body = b'{"verification_token":"secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl"}'
    headers = (("Content-Type", "application/json"), ("User-Agent", "notion-api"))
    await pipeline.receive(arrive(make_delivery(headers=headers, body=body)))
    seen = await door.until(HandshakeSeen)
    await door.until(Diagnosed)
    assert (seen.provider, seen.kept) == ("notion", "asked")
    await pipeline.finish()


async def test_a_secret_that_nobody_pastes_is_not_shown(door: Door) -> None:
    pipeline = door.open()
    await pipeline.receive(
        arrive(make_delivery(headers=(("X-Hook-Secret", "b537207f20cbfa02357cf448134da559e8bd"),), body=b""))
    )
    seen = await door.until(HandshakeSeen)
    await door.until(Diagnosed)
    assert (seen.provider, seen.token.split()[0]) == ("asana", "fingerprint")
    assert "nothing is to be pasted" in seen.instruction
    await pipeline.finish()


async def test_how_the_wait_ended_is_kept(door: Door) -> None:
    pipeline = door.open()
    delivery = make_delivery()
    await pipeline.receive(arrive(delivery))
    pipeline.settled(SettledFrame(seq=1, how="expired", status=504, by="relay", waited_ms=25), delivery.id)
    assert (await door.until(Settled)).how == "expired"
    told = 1
    while "timing.sender-gone" not in [finding.code for finding in (await door.until(Diagnosed, told)).findings]:
        told += 1
    assert door.store.settlement(delivery.id) is not None
    await pipeline.finish()


async def test_a_probe_of_ours_is_answered_passed_over_and_nowhere_counted(door: Door) -> None:
    async with RawServer() as server:
        pipeline = door.open(server.url)
        probe = make_delivery(id="01j00000000000000000000001", body=BODY, headers=probe_headers(make_key()))
        await pipeline.receive(arrive(probe, 1))
        await pipeline.receive(arrive(make_delivery(id="01j00000000000000000000002"), 2))
        await door.until(Attempted)
        await pipeline.all_kept()
        assert len(server.requests) == 1
    assert [(seq, answer.status) for seq, answer, _ in door.replies] == [(1, 200), (2, 200)]
    assert [event.id for event in door.events if isinstance(event, Captured)] == ["01j00000000000000000000002"]
    assert (pipeline.tell.captured, door.store.count(), door.store.cursor(pipeline.endpoint)) == (1, 1, ("e", 2))
