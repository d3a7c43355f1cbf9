"""Explaining behind the trip: all of it, once, also what an earlier session left."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from factories import Forgetful
from held import delivery
from hookscope.attempts.explain import Explainer
from hookscope.diagnosis.case import Settlement
from hookscope.model.capture import Attempt
from hookscope.model.events import Diagnosed, Event
from hookscope.model.finding import Finding
from hookscope.model.secret import Secret
from hookscope.model.verdict import Recognition
from hookscope.providers.registry import load_providers
from hookscope.session import derive as module
from hookscope.session.derive import Derive
from hookscope.store.captures import CaptureStore
from hookscope.store.entry import Entry, Group
from hookscope.store.inserts import LogPlace
from hookscope_relay.delivery import Answer, Delivery

REFUSED = Attempt(number=0, origin="live", handler_url="http://h/", started_at=1.0, answer=Answer(status=405))


class Behind:
    """A store with captures of which one was answered 405 each, and what explains them."""

    def __init__(self, path: Path) -> None:
        self.store = CaptureStore.open(path / "captures.db")
        self.explainer = Explainer(providers=load_providers(), secrets=(), memory=Forgetful(), keep=lambda *_: ())
        self.events: list[Event] = []
        self.derive = Derive(
            store=self.store,
            explainer=self.explainer,
            emit=self.events.append,
            handler=lambda _: None,
            kept_back=lambda *_: "",
        )
        self.running = asyncio.create_task(self.derive.run())

    async def append(self, count: int) -> list[Entry]:
        entries = [
            Entry(delivery=delivery(index), place=LogPlace("e", "a", index, index - 1), origin="live", attempt=REFUSED)
            for index in range(1, count + 1)
        ]
        await self.store.append(Group(entries), self.explainer.recognise)
        return entries

    async def drain(self) -> list[int]:
        async with asyncio.timeout(15):
            await self.derive.drain()
        return [event.number for event in self.events if isinstance(event, Diagnosed)]


@pytest.fixture
async def behind(tmp_path: Path) -> AsyncIterator[Behind]:
    behind = Behind(tmp_path)
    yield behind
    behind.running.cancel()
    await asyncio.wait({behind.running})
    behind.explainer.close()
    behind.store.close()


@pytest.mark.parametrize("at_hand", [1000, 2])
async def test_all_are_explained_in_order_at_hand_or_not(
    behind: Behind, monkeypatch: pytest.MonkeyPatch, at_hand: int
) -> None:
    monkeypatch.setattr(module, "AT_HAND", at_hand)
    for entry in await behind.append(7):
        behind.derive.add(entry)
    assert await behind.drain() == list(range(1, 8))
    assert behind.store.waiting() == []
    rows = behind.store.summaries()
    assert {row.cause for row in rows} == {rows[0].cause} != {""}


async def test_what_an_earlier_session_left_is_taken_up(behind: Behind) -> None:
    await behind.append(3)
    await behind.derive.resume("another")
    assert await behind.drain() == []
    await behind.derive.resume("e")
    assert await behind.drain() == [1, 2, 3]


@pytest.mark.parametrize(("earlier", "asked"), [(False, 0), (True, 2)])
async def test_only_what_an_earlier_session_left_is_recognised_again(
    behind: Behind, monkeypatch: pytest.MonkeyPatch, earlier: bool, asked: int
) -> None:
    monkeypatch.setattr(module, "AT_HAND", 0)
    entries = await behind.append(2)
    recognised: list[str] = []

    def recognise(delivery: Delivery) -> Recognition:
        recognised.append(delivery.id)
        return Recognition()

    monkeypatch.setattr(behind.explainer, "recognise", recognise)
    if earlier:
        await behind.derive.resume("e")
    else:
        for entry in entries:
            behind.derive.add(entry)
    assert await behind.drain() == [1, 2]
    assert len(recognised) == asked


async def test_how_the_wait_ended_is_explained_with_the_rest_or_after_it(behind: Behind) -> None:
    gone = Settlement(how="sender-gone", status=0, by="", waited_ms=5.0)
    first, second = await behind.append(2)
    for entry in (first, second):
        behind.derive.expect(entry.delivery.id)
    behind.derive.settled(first.delivery.id, gone)
    for entry in (first, second):
        behind.derive.add(entry)
    assert await behind.drain() == [1, 2]
    behind.derive.settled(second.delivery.id, gone)
    assert await behind.drain() == [1, 2, 2]
    for entry in (first, second):
        assert "timing.sender-gone" in [finding.code for finding in behind.store.findings(entry.delivery.id)]


async def test_what_was_cleared_meanwhile_is_passed_over(behind: Behind) -> None:
    await behind.append(2)
    await behind.store.clear()
    behind.derive.add(1)
    assert await behind.drain() == []


async def test_a_secret_that_is_given_later_verifies_what_came_without_it(behind: Behind) -> None:
    body = b'{"zen":"x"}'
    digest = hmac.new(b"given later", body, hashlib.sha256).hexdigest()
    headers = (("X-GitHub-Event", "push"), ("X-Hub-Signature-256", f"sha256={digest}"))
    signed = replace(delivery(1), body=body, headers=headers)
    entry = Entry(delivery=signed, place=LogPlace("e", "a", 1, 0), origin="live", attempt=REFUSED)
    await behind.store.append(Group([entry]), behind.explainer.recognise)
    behind.derive.add(entry)
    await behind.drain()
    assert behind.store.verdict(signed.id).state == "no-secret"
    proved = Finding(code="x.proved", severity="error", cause="x", layer="handler", title="t", hint="h", proved="so")
    await behind.store.keep_findings(signed.id, 1, None, [proved])
    for provider in ("stripe", "github"):
        behind.explainer.secrets = (Secret(provider, "default", b"given later"),)
        await behind.derive.verify_again("e", provider)
        await behind.drain()
    assert behind.store.verdict(signed.id).state == "verified"
    assert behind.store.summary(1).verdict == "verified"
    found = behind.store.findings(signed.id)
    assert found[0] == proved
    (told,) = (one for one in found if one.code == "signature.verified")
    assert told.evidence[0].text.startswith("verified now with the secret given at 20")
    assert not [one for one in found if one.code == "signature.unverified"]


async def test_while_deliveries_come_it_still_gets_on(behind: Behind) -> None:
    behind.derive.busy_at = time.monotonic() + 100
    for entry in await behind.append(9):
        behind.derive.add(entry)
    assert await behind.drain() == list(range(1, 10))
