"""Handlers in memory for the tests of checks, and what drives a check against one."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from factories import NOW
from hookscope.forward.forwarder import Forwarder
from hookscope.model.capture import Failure
from hookscope.model.secret import Secret
from hookscope.providers.provider import Provider
from hookscope.providers.registry import load_providers
from hookscope.signatures.sign import asymmetric_kind, make_test_key
from hookscope.signatures.verification import verify
from hookscope.tools.check.fact import HandlerReply
from hookscope.tools.check.kit import ASSUMED_LIMIT_S, Kit
from hookscope.tools.samples.load import first_event
from hookscope_relay.delivery import Answer, Delivery, Headers, header

Handle = Callable[[Delivery], HandlerReply]

PARAMS = {"webhook_id": "1AB23456", "verify_token": "v", "client_secret": "c"}


def provider_of(name: str) -> Provider:
    found = load_providers().demand(name)
    assert found is not None
    return found


def secret_of(provider: Provider) -> tuple[Secret | None, tuple[Secret, ...]]:
    """What signs, and what verifies."""
    schemes = [scheme for scheme in provider.schemes if not scheme.explicit]
    if not schemes:
        return None, ()
    scheme = schemes[0]
    if asymmetric_kind(scheme):
        private, public = make_test_key(provider.name, scheme)
        return private, (public,)
    values = {"base64": "c2VjcmV0IHNlY3JldA==", "hex": "00112233445566778899aabbccddeeff"}
    values |= {
        "whsec": "whsec_c2VjcmV0IHNlY3JldA==",
        "whsec-or-text": "whsec_c2VjcmV0IHNlY3JldA==",
        "nfkd": "s\u00e9cret",
    }
    text = values.get(scheme.secret, scheme.secret_prefix + "some secret")
    secret = Secret(provider.name, "default", "user:pass" if scheme.kind == "basic" else text)
    return secret, (secret,)


def make_kit(name: str = "notion", **changes: Any) -> Kit:
    provider = provider_of(name)
    secret, verifying = secret_of(provider)
    counter = itertools.count(1)
    sample = first_event(provider)
    schemes = [scheme for scheme in provider.schemes if not scheme.explicit]
    values: dict[str, Any] = {
        "provider": provider,
        "sample": sample,
        "scheme": provider.scheme(sample.scheme) if sample.scheme else next(iter(schemes), None),
        "secret": secret,
        "public": verifying[0] if verifying else None,
        "url": "http://localhost:3000/hook",
        "target": "/hook",
        "now": lambda: NOW,
        "randomness": lambda size: next(counter).to_bytes(size, "big"),
        "params": PARAMS,
    }
    if "secret" in changes:
        values["public"] = None
    return Kit(**values | changes)


def say(status: int, body: bytes = b"", headers: Headers = (), elapsed_ms: float = 1.0) -> HandlerReply:
    return HandlerReply(answer=Answer(status=status, headers=headers, body=body), elapsed_ms=elapsed_ms)


def hang_up() -> HandlerReply:
    return HandlerReply(failure=Failure(kind="reset", detail="it reset the connection"))


def correct(kit: Kit) -> Handle:
    """A handler that does everything right, as far as it can be said in memory."""
    known = (kit.verifying,) if kit.verifying else ()

    def handle(delivery: Delivery) -> HandlerReply:
        if delivery.target.partition("?")[0] != "/hook":
            return say(404)
        if delivery.method != "POST":
            return say(405)
        if kit.scheme is not None:
            verdict = verify(delivery, kit.provider, known, NOW, delivery.url, kit.params)
            if verdict.state != "verified":
                return say(401)
        try:
            json.loads(delivery.body) if "urlencoded" not in (header(delivery.headers, "content-type") or "") else None
        except ValueError:
            return say(400)
        return say(200)

    return handle


def drive(steps: Any, handle: Handle) -> Any:
    """Run a check to its end against a handler; gives what it returns."""
    try:
        batch = next(steps)
        while True:
            batch = steps.send(tuple(handle(delivery) for delivery in batch))
    except StopIteration as end:
        return end.value


# Real handlers, as processes

HANDLERS = Path(__file__).resolve().parent / "checking_handlers"
SECRET = b"secret_of_the_checks"
WITHIN_S = 20.0


async def ready(forwarder: Forwarder) -> None:
    until = time.monotonic() + WITHIN_S
    while (failure := await forwarder.probe(1.0)) is not None:
        assert time.monotonic() < until, failure
        await asyncio.sleep(0.02)


def live_kit(provider: str, path: str, port: int, **changes: Any) -> Kit:
    known = load_providers().demand(provider)
    assert known is not None
    values: dict[str, Any] = {
        "provider": known,
        "sample": first_event(known),
        "scheme": known.schemes[0] if known.schemes else None,
        "secret": Secret(provider, "test", SECRET),
        "url": f"http://localhost:{port}{path}",
        "target": path,
        "now": time.time,
        "randomness": os.urandom,
        "limit_s": known.time_limit_s or ASSUMED_LIMIT_S,
        "limit_known": known.time_limit_s is not None,
    }
    return Kit(**values | changes)
