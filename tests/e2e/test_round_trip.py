"""Capture, save, load, replay: the handler's raw socket sees the same bytes as it saw live."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from pathlib import Path

from factories import Forgetful, make_delivery
from hookscope.attempts.explain import Explainer
from hookscope.attempts.make import Attempts
from hookscope.attempts.route import route
from hookscope.config.settings import places
from hookscope.forward.forwarder import Forwarder
from hookscope.forward.request import OURS
from hookscope.model.capture import Capture
from hookscope.model.capture_file import dumps, loads
from hookscope.model.handler import parse_handler
from hookscope.model.session_requests import Replay
from hookscope.providers.registry import load_providers
from hookscope.store.captures import CaptureStore
from hookscope.tools.replay.one import Replayer
from hookscope.tools.save.make import make_fixture
from hookscope_relay.delivery import Delivery
from raw_http import RawMessage, RawServer
from vectors.reading import load_vectors, to_delivery

GENERATED = 200
NAMES = ("X-A", "x-a", "X-Signature", "Accept", "X!#$%&'*+^`|~", "Cookie", "Content-Encoding")
VALUES = ("", "v", "a  b\tc", "caf\xe9 \xff", 'q="1, 2"', "v" * 3000)
TARGETS = ("", "/", "/a%2Fb", "//x//y", "/a;b=c", "/a?", "/a??b=?", "/a?q=%20+&&c", "?only=query", "/" + "p" * 2000)
METHODS = ("POST", "PUT", "PATCH", "DELETE", "PURGE", "QUERY")


def generated(chance: random.Random) -> Delivery:
    """Any delivery that a relay passes on."""
    body = chance.choice(
        (b"", b"\x00", bytes(chance.randbytes(chance.randrange(5000))), '{ "é" :1.0,\r\n"a":[]}'.encode())
    )
    headers = [
        ("Host", "relay.example"),
        *((chance.choice(NAMES), chance.choice(VALUES)) for _ in range(chance.randrange(9))),
    ]
    if body or chance.random() < 0.5:
        headers.insert(chance.randrange(len(headers) + 1), ("content-LENGTH", str(len(body))))
    return make_delivery(
        method=chance.choice(METHODS), target=chance.choice(TARGETS), headers=tuple(headers), body=body
    )


def alike(raw: bytes) -> tuple[bytes, list[tuple[bytes, bytes]], bytes]:
    """What must be the same: everything but the headers in which hookscope says where the request comes from."""
    message = RawMessage(raw)
    kept = [pair for pair in message.headers if not pair[0].lower().startswith(OURS.encode())]
    return message.first_line, kept, message.body


async def test_a_saved_delivery_is_replayed_with_the_bytes_that_came_live(tmp_path: Path) -> None:
    chance = random.Random(20)
    vectors = [to_delivery(vector) for vector in load_vectors().values()]
    deliveries = [*(generated(chance) for _ in range(GENERATED)), *vectors]
    explainer = Explainer(providers=load_providers(), secrets=(), memory=Forgetful(), keep=lambda *_: ())
    live, saved = (CaptureStore.open(tmp_path / name) for name in ("live.db", "saved.db"))
    async with RawServer() as handler:
        forwarder = Forwarder(parse_handler(handler.url))
        replayer = Replayer(
            attempts=Attempts(store=saved, explainer=explainer, emit=lambda _: None),
            places=places({"HOOKSCOPE_HOME": str(tmp_path)}),
            secrets=lambda: (),
            own=forwarder,
        )
        attempts = Attempts(store=live, explainer=explainer, emit=lambda _: None)
        for number, delivery in enumerate(deliveries, 1):
            kept = replace(delivery, id=f"{number:026}")
            await live.keep(kept, origin="live")
            handover = attempts.plan(
                kept,
                forwarder.handler,
                origin="live",
                target=route(kept, forwarder.handler, "").target,
                limit_s=20,
            )
            await attempts.forward(handover, number, forwarder)
            file = dumps(make_fixture(live.find(kept.id), None, keep_url=True))
            loaded: Capture = loads(file)
            await saved.keep(loaded.delivery, origin="fixture")
            await replayer.replay(Replay(name=kept.id))
            came, again = handler.requests[-2:]
            assert alike(again) == alike(came)
            assert RawMessage(came).body == delivery.body
        await forwarder.close()
    assert len(handler.requests) == 2 * len(deliveries) > 2 * GENERATED
    await asyncio.to_thread(explainer.close)
    live.close()
    saved.close()
