"""Replays against a real store and a handler that records every byte."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from factories import NOW, Forgetful, make_delivery
from hookscope.attempts.explain import Explainer
from hookscope.attempts.make import Attempts
from hookscope.config.settings import places
from hookscope.forward.forwarder import Forwarder
from hookscope.model.capture import Attempt, Capture
from hookscope.model.edits import edits_of, render_draft
from hookscope.model.errors import HandlerUnreachable, NoSuchCapture, RefusedForSafety
from hookscope.model.events import Attempted, Diagnosed, Event
from hookscope.model.handler import parse_handler
from hookscope.model.secret import Secret
from hookscope.model.session_requests import Replay
from hookscope.providers.registry import load_providers
from hookscope.store.captures import CaptureStore
from hookscope.tools.replay.one import Replayer, handler_of
from hookscope_relay.delivery import Delivery
from hookscope_relay.errors import InputError
from raw_http import RawMessage, RawServer

SECRETS = (Secret("notion", "default", "secret_abc"),)
DELIVERY = make_delivery(
    headers=(
        ("Host", "relay.example"),
        ("User-Agent", "notion-api"),
        ("X-Notion-Signature", "sha256=00"),
        ("X-A", "1"),
        ("x-a", "2"),
    )
)


class Bench:
    """A store with one capture, and a replayer over it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.store = CaptureStore.open(home / "captures.db")
        self.events: list[Event] = []
        self.explainer = Explainer(
            providers=load_providers(),
            secrets=SECRETS,
            memory=Forgetful(),
            keep=lambda *_: (),
        )
        self.attempts = Attempts(store=self.store, explainer=self.explainer, emit=self.events.append)
        self.own: Forwarder | None = None
        self.replayer = self.with_handler("")

    def with_handler(self, handler: str, **options: Any) -> Replayer:
        self.own = Forwarder(parse_handler(handler)) if handler else None
        self.replayer = Replayer(
            attempts=self.attempts,
            places=places({"HOOKSCOPE_HOME": str(self.home)}),
            secrets=lambda: SECRETS,
            own=self.own,
            **options,
        )
        return self.replayer

    async def close(self) -> None:
        await self.replayer.close()
        if self.own is not None:
            await self.own.close()
        self.explainer.close()
        self.store.close()


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    bench = Bench(tmp_path)
    await bench.store.keep(DELIVERY, origin="live")
    yield bench
    await bench.close()


def body_of(raw: bytes) -> bytes:
    return RawMessage(raw).body


async def test_a_replay_is_one_more_attempt_with_the_same_bytes(bench: Bench) -> None:
    async with RawServer() as handler:
        replayed = await bench.with_handler(handler.url).replay(Replay(name="last"))
    (request,) = [RawMessage(raw) for raw in handler.requests]
    assert request.body == DELIVERY.body
    assert [pair for pair in request.headers if pair[0].lower() == b"x-a"] == [(b"X-A", b"1"), (b"x-a", b"2")]
    assert request.values(b"Hookscope-Replay-Of") == request.values(b"Hookscope-Delivery") == [DELIVERY.id.encode()]
    assert request.values(b"Hookscope-Origin") == [b"replay"]
    assert (replayed.number, replayed.attempt.number, replayed.passed, replayed.note) == (1, 1, True, "")
    (attempt,) = bench.store.attempts(DELIVERY.id)
    assert (attempt.origin, attempt.request) == ("replay", None)
    assert [type(event) for event in bench.events] == [Attempted, Diagnosed]


async def test_an_edited_replay_keeps_what_was_sent(bench: Bench) -> None:
    edits = edits_of(
        method="PUT", path="/new?x", set_headers=["X-A: 3"], drop_headers=["User-Agent"], values=["/type=x"]
    )
    async with RawServer() as handler:
        replayed = await bench.with_handler(handler.url + "/base").replay(Replay(name="1", edits=edits))
    request = RawMessage(handler.requests[0])
    assert (request.method, request.target) == (b"PUT", b"/base/new?x")
    assert request.values(b"x-a") == [b"3"]
    assert request.values(b"User-Agent") == []
    assert b'"type":"x"' in request.body
    kept = bench.store.attempts(DELIVERY.id)[0].request
    assert kept is not None
    assert (kept.method, kept.body) == ("PUT", request.body)
    assert bench.store.find("1").delivery == DELIVERY
    assert replayed.attempt.handler_url.endswith("/base/new?x")


async def test_signed_anew_it_verifies_and_unsigned_edits_say_that_they_do_not(bench: Bench) -> None:
    edits = edits_of(values=["/type=x"])
    async with RawServer() as handler:
        replayer = bench.with_handler(handler.url)
        signed = await replayer.replay(Replay(name="1", edits=edits, resign=True))
        unsigned = await replayer.replay(Replay(name="1", edits=edits))
    assert signed.explained.verdict is not None
    assert signed.explained.verdict.state == "verified"
    assert SECRETS[0].fingerprint in signed.note
    assert unsigned.explained.verdict is not None
    assert unsigned.explained.verdict.state == "rejected"


async def test_an_edited_draft_is_sent(bench: Bench) -> None:
    draft = render_draft(DELIVERY).replace(b"POST ", b"PATCH ")
    async with RawServer() as handler:
        await bench.with_handler(handler.url).replay(Replay(name="1", draft=draft))
    assert RawMessage(handler.requests[0]).method == b"PATCH"


async def test_another_handler_and_then_the_one_that_had_it_last(bench: Bench) -> None:
    async with RawServer() as own, RawServer() as other:
        await bench.with_handler(own.url).replay(Replay(name="1", to=f"{other.url}/there"))
        assert (len(own.requests), len(other.requests)) == (0, 1)
        await bench.own.close()  # just made
        await bench.replayer.close()
        await bench.with_handler("").replay(Replay(name="1"))
        assert RawMessage(other.requests[1]).target == b"/there/webhooks/notion"


@pytest.mark.parametrize(
    ("options", "wanted", "error"),
    [
        ({}, {"name": "7"}, NoSuchCapture),
        ({}, {}, HandlerUnreachable),
        ({}, {"to": "http://203.0.113.9/"}, RefusedForSafety),
        ({}, {"to": "127.0.0.1:1", "edits": edits_of(set_headers=["A:\x01\r\nx"])}, InputError),
        ({}, {"to": "127.0.0.1:1", "edits": edits_of(set_headers=["Bad Name: x"])}, InputError),
        ({"handler": "127.0.0.1:1", "only_path": "/other"}, {}, RefusedForSafety),
        ({"handler": "127.0.0.1:1/base"}, {"edits": edits_of(path="/../x")}, RefusedForSafety),
        ({}, {"resign": True, "provider": "stripe", "to": "127.0.0.1:1"}, InputError),
    ],
)
async def test_what_cannot_be_replayed_is_told_and_leaves_no_attempt(
    bench: Bench, options: dict[str, Any], wanted: dict[str, Any], error: type[Exception]
) -> None:
    replayer = bench.with_handler(options.pop("handler", ""), **options)
    with pytest.raises(error):
        await replayer.replay(Replay(**{"name": "1"} | wanted))
    assert bench.store.attempts(DELIVERY.id) == ()


def attempt_at(url: str) -> Attempt:
    return Attempt(number=1, origin="live", handler_url=url, started_at=NOW)


@pytest.mark.parametrize(
    ("target", "urls", "expected"),
    [
        ("/hook", [], None),
        ("/hook", ["http://localhost:3000/hook"], "http://localhost:3000"),
        ("/hook?x=1", ["http://localhost:3000/base/hook?x=1"], "http://localhost:3000/base"),
        ("", ["http://localhost:3000/base"], "http://localhost:3000/base"),
        (
            "/hook",
            ["http://localhost:3000/base/hook", "http://localhost:3000/base/edited"],
            "http://localhost:3000/base",
        ),
    ],
)
def test_the_handler_that_had_it_last(target: str, urls: list[str], expected: str | None) -> None:
    delivery: Delivery = make_delivery(target=target)
    handler = handler_of(Capture(delivery=delivery, attempts=tuple(attempt_at(url) for url in urls)))
    assert (handler.url if handler else None) == expected
