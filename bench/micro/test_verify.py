"""Recognising who sent a delivery of 2 KB, and verifying its signature."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from typing import Any

from hookscope.model.secret import Secret
from hookscope.providers.recognition import recognise
from hookscope.providers.registry import all_providers
from hookscope.signatures.verification import verify
from hookscope_relay.delivery import Delivery

SECRET = Secret("github", "default", b"It's a secret")


def signed(delivery: Delivery) -> Delivery:
    signature = "sha256=" + hmac.new(SECRET.value, delivery.body, hashlib.sha256).hexdigest()
    changed = tuple((n, signature if n == "X-Hub-Signature-256" else value) for n, value in delivery.headers)
    return replace(delivery, headers=changed)


def test_recognise(benchmark: Any, delivery: Delivery) -> None:
    providers = all_providers({}, {})
    assert benchmark(recognise, delivery, providers).provider == "github"


def test_verify(benchmark: Any, delivery: Delivery) -> None:
    provider = all_providers({}, {}).get("github")
    assert provider is not None
    made = signed(delivery)
    verdict = benchmark(verify, made, provider, (SECRET,), made.received_at, made.url, {})
    assert verdict.state == "verified"
