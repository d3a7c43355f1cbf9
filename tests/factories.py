"""Plausible values in one call, for every test."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from hookscope_relay.delivery import Delivery, new_delivery_id
from hookscope_relay.keys.endpoint_key import EndpointKey, KeyRing
from hookscope_relay.keys.seal import Opener
from hookscope_relay.log.protocol import EndpointRecord

NOW = 1_790_000_000.0
NOTION_BODY = (
    b'{"id":"367cba44-b6f3-4c92-81e7-6a2e9659efd4","timestamp":"2026-10-05T23:55:34.285Z","type":"page.created",'
    b'"workspace_name":"Caf\xc3\xa9","attempt_number":1,"entity":{"id":"153104cd","type":"page"},"data":{}}'
)

# Runs a command line: exit code, standard output, standard error.
Run: TypeAlias = Callable[..., tuple[int, str, str]]


def make_key(seed: int = 1) -> EndpointKey:
    return EndpointKey(bytes([seed]) * 32)


def make_ring(seed: int = 1) -> KeyRing:
    return KeyRing(make_key(seed))


def make_record(key: EndpointKey | None = None, **changes: Any) -> EndpointRecord:
    key = key or make_key()
    return EndpointRecord(id=key.id, key=key.public, seal=key.seal, opened_at=NOW, used_at=NOW, **changes)


def make_delivery(**changes: Any) -> Delivery:
    values: dict[str, Any] = {
        "id": new_delivery_id(NOW, os.urandom(10)),
        "received_at": NOW,
        "method": "POST",
        "target": "/webhooks/notion",
        "headers": (("Host", "relay.example"), ("Content-Type", "application/json"), ("X-Odd", "caf\xe9")),
        "body": NOTION_BODY,
        "remote": "203.0.113.7",
        "url": "https://relay.example/abc/webhooks/notion",
    }
    return Delivery(**values | changes)


def open_sealed(
    pieces: Sequence[bytes], delivery_id: str, endpoint: str, private_keys: Sequence[X25519PrivateKey]
) -> Delivery:
    """What one opens who opens nothing else."""
    return Opener(private_keys).open(pieces, delivery_id, endpoint)


class Forgetful:
    """A memory that holds nothing."""

    def related(self, recognition: object, number: int) -> tuple[Any, ...]:
        return ()

    def recent(self, number: int) -> tuple[Any, ...]:
        return ()

    def over(self, asked: object) -> Forgetful:
        return self
