"""Probes of real captures, against handlers on a socket: each planted fault is proved."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from factories import NOW, Forgetful, make_delivery
from held import begun
from hookscope.attempts.explain import Explainer
from hookscope.attempts.make import Attempts
from hookscope.config.settings import places
from hookscope.model.errors import HandlerUnreachable, RefusedForSafety
from hookscope.model.secret import Secret
from hookscope.providers.registry import load_providers
from hookscope.store.captures import CaptureStore
from hookscope.tools.probe.run import Probed, Prober
from hookscope.tools.replay.trials import Tries
from hookscope_relay.delivery import Answer, Delivery
from raw_http import Conversation, RawMessage, RawServer

SECRETS = (
    Secret("notion", "default", "secret_a"),
    Secret("notion", "old", "secret_b"),
    Secret("twilio", "default", "auth_token"),
    Secret("hubspot", "default", "client_secret"),
)
DELIVERY = make_delivery(
    target="/hook",
    headers=(
        ("Host", "relay.example"),
        ("Content-Type", "application/json"),
        ("Cookie", "a=1"),
        ("X-Notion-Signature", "sha256=00"),
    ),
)


def signed(message: RawMessage, key: bytes, body: bytes | None = None) -> bool:
    wanted = "sha256=" + hmac.new(key, message.body if body is None else body, hashlib.sha256).hexdigest()
    return message.values(b"x-notion-signature") == [wanted.encode()]


def re_serialised(message: RawMessage) -> bytes:
    return json.dumps(json.loads(message.body)).encode()


# What the capture was answered, what the handler answers, and the probe that proves why.
CASES: tuple[tuple[int, Callable[[RawMessage], int], str], ...] = (
    (404, lambda m: 200 if b" /hook/ " in m.head else 404, "other-slash"),
    (401, lambda m: 200 if signed(m, b"secret_b") else 401, "other-secret"),
    (401, lambda m: 200 if m.body and signed(m, b"secret_a", re_serialised(m)) else 401, "re-serialised"),
    (401, lambda m: 200 if signed(m, b"secret_a", m.body.decode("ascii", "ignore").encode()) else 401, "misread"),
    (401, lambda m: 200 if signed(m, b"secret_a", b"") else 401, "misread"),
    (403, lambda m: 403 if m.values(b"cookie") else 200, "without-cookies"),
    (403, lambda m: 200 if b"html" in b"".join(m.values(b"accept")) else 403, "browser-accept"),
    (404, lambda m: 200 if m.values(b"host") == [b"relay.example"] else 404, "preserved-host"),
    (500, lambda m: 500 if m.values(b"content-type") == [b"application/json"] else 200, "content-type"),
    (405, lambda m: 204 if m.head.startswith(b"OPTIONS") else 405, "options"),
    (401, lambda m: 200 if signed(m, b"secret_a") else 401, "again"),
)


def behaviour(decide: Callable[[RawMessage], int]) -> Callable[[Conversation], Awaitable[None]]:
    async def converse(conversation: Conversation) -> None:
        while (raw := await conversation.request()) is not None:
            status = decide(RawMessage(raw))
            allow = b"Allow: GET\r\n" if status == 204 else b""
            await conversation.send(b"HTTP/1.1 %d X\r\n%sContent-Length: 0\r\n\r\n" % (status, allow))

    return converse


@asynccontextmanager
async def bench(
    home: Path, status: int, to: str, delivery: Delivery = DELIVERY, **options: bool
) -> AsyncIterator[tuple[CaptureStore, Tries]]:
    store = CaptureStore.open(home / "captures.db")
    explainer = Explainer(
        providers=load_providers(),
        secrets=SECRETS,
        memory=Forgetful(),
        keep=lambda *_: (),
    )
    attempts = Attempts(store=store, explainer=explainer, emit=lambda _: None)
    await store.keep(delivery, origin="live")
    number = await store.begin_attempt(delivery.id, begun("live", f"http://localhost:{to}{delivery.target}", NOW))
    await store.end_attempt(
        delivery.id, number, elapsed_ms=1, answer=Answer(status=status, reason="X"), failure=None, answered_by=""
    )
    tries = Tries(attempts, places({"HOOKSCOPE_HOME": str(home)}), **options)
    try:
        yield store, tries
    finally:
        await tries.close()
        explainer.close()
        store.close()


async def probe(home: Path, status: int, decide: Callable[[RawMessage], int]) -> tuple[Probed, CaptureStore]:
    async with (
        RawServer(behaviour=behaviour(decide)) as server,
        bench(home, status, str(server.port)) as (store, tries),
    ):
        prober = Prober(tries)
        capture = store.find("1")
        told: list[str] = []
        plan = prober.plan(capture)
        probed = await prober.run(capture, 1, plan, lambda outcome: told.append(outcome.probe.name))
        assert told == [probe.name for probe in plan]
        made = store.find("1").attempts[1:]
        assert {attempt.origin for attempt in made} == {"probe"}
        turned = [one for one in probed.outcomes[1:] if one.accepted and one.probe.name not in ("options", "control")]
        assert len(made) - len(plan) == (bool(turned) and not probed.outcomes[0].accepted)
        return probed, store


@pytest.mark.parametrize(
    ("status", "decide", "name"), CASES, ids=[f"{number} {case[2]}" for number, case in enumerate(CASES)]
)
async def test_the_planted_fault_is_proved(
    tmp_path: Path, status: int, decide: Callable[[RawMessage], int], name: str
) -> None:
    probed, _ = await probe(tmp_path, status, decide)
    proved = [conclusion.probes for conclusion in probed.conclusions if conclusion.proof == "proved"]
    assert proved == [(name,)]


async def test_nothing_goes_to_another_machine(tmp_path: Path) -> None:
    async with bench(tmp_path, 404, "1") as (store, tries):
        capture = store.find("1")
        with pytest.raises(RefusedForSafety):
            await tries.send(capture, 1, capture.delivery, to="192.0.2.1:80")


async def test_a_handler_that_is_not_there_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    async with bench(tmp_path, 404, "1") as (store, tries):
        with pytest.raises(HandlerUnreachable):
            await tries.demand(store.find("1"))
        assert len(store.find("1").attempts) == 1


async def test_a_capture_without_an_attempt_needs_a_handler(tmp_path: Path) -> None:
    async with bench(tmp_path, 404, "1") as (store, tries):
        capture = store.find("1")
        lonely = type(capture)(delivery=capture.delivery)
        with pytest.raises(HandlerUnreachable, match="no handler is known"):
            await tries.forwarder(lonely)


CALLED = "https://relay.example/abc"
SMS = make_delivery(
    target="/sms",
    url=f"{CALLED}/sms",
    headers=(
        ("Host", "relay.example"),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("X-Twilio-Signature", "x"),
    ),
    body=b"Body=hello",
)
CONTACT = make_delivery(
    target="/hs",
    url=f"{CALLED}/hs",
    headers=(
        ("Host", "relay.example"),
        ("Content-Type", "application/json"),
        ("X-HubSpot-Signature-v3", "x"),
        ("X-HubSpot-Request-Timestamp", "1"),
    ),
    body=b'[{"eventId":1}]',
)


def first(message: RawMessage, name: bytes) -> str:
    return message.values(name)[0].decode() if message.values(name) else ""


def twilio_by_its_own_url(message: RawMessage) -> int:
    """As a handler answers that builds the URL from X-Forwarded-Proto and -Host, and knows of no prefix."""
    host = f"{first(message, b'x-forwarded-proto')}://{first(message, b'x-forwarded-host')}"
    wanted = base64.b64encode(hmac.digest(b"auth_token", f"{host}/smsBodyhello".encode(), "sha1")).decode()
    return 200 if first(message, b"x-twilio-signature") == wanted else 403


def hubspot_with_a_float(message: RawMessage) -> int:
    """As a handler answers that reads the timestamp as a number and prints it."""
    stamp = float(first(message, b"x-hubspot-request-timestamp") or 0)
    text = f"POST{CALLED}/hs{message.body.decode()}{stamp}"
    wanted = base64.b64encode(hmac.digest(b"client_secret", text.encode(), "sha256")).decode()
    return 200 if first(message, b"x-hubspot-signature-v3") == wanted else 401


@pytest.mark.parametrize(
    ("delivery", "status", "decide", "name"),
    [(SMS, 403, twilio_by_its_own_url, "handler-url"), (CONTACT, 401, hubspot_with_a_float, "misread")],
    ids=["live-twilio-forwarded-headers", "live-hubspot-float-timestamp"],
)
async def test_what_a_handler_signs_in_the_place_of_the_provider_is_proved(
    tmp_path: Path, delivery: Delivery, status: int, decide: Callable[[RawMessage], int], name: str
) -> None:
    async with (
        RawServer(behaviour=behaviour(decide)) as server,
        bench(tmp_path, status, str(server.port), delivery) as (store, tries),
    ):
        prober, capture = Prober(tries), store.find("1")
        probed = await prober.run(capture, 1, prober.plan(capture))
    assert [conclusion.probes for conclusion in probed.conclusions if conclusion.proof == "proved"] == [(name,)]
