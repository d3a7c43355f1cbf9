"""What every micro-benchmark works on: one delivery of 2 KB as a sender posts it, its endpoint, and its answer."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from hookscope_relay.delivery import Answer, Delivery, new_delivery_id
from hookscope_relay.keys.endpoint_key import EndpointKey

sys.path.insert(0, str(Path(__file__).parent))

BODY = b'{"ref":"refs/heads/main","x":"' + b"a" * 2000 + b'"}'
NAMES = ("Host", "User-Agent", "Accept", "Content-Type", "X-GitHub-Event", "X-GitHub-Delivery", "X-Hub-Signature-256")
VALUES = (
    "relay.example",
    "GitHub-Hookshot/1",
    "*/*",
    "application/json",
    "push",
    "a" * 36,
    "sha256=" + "b" * 64,
)


@pytest.fixture
def key() -> EndpointKey:
    return EndpointKey(bytes(32))


@pytest.fixture
def delivery() -> Delivery:
    now = time.time()
    headers = (*zip(NAMES, VALUES, strict=True), ("Content-Length", str(len(BODY))))
    return Delivery(
        id=new_delivery_id(now, os.urandom(10)),
        received_at=now,
        method="POST",
        target="/hook",
        headers=headers,
        body=BODY,
        remote="127.0.0.1",
        url="https://relay.example/abc/hook",
    )


@pytest.fixture
def request_bytes(key: EndpointKey, delivery: Delivery) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in delivery.headers)
    return f"POST /{key.id}/hook HTTP/1.1\r\n{lines}\r\n".encode() + BODY


@pytest.fixture
def answer() -> Answer:
    return Answer(
        status=200, reason="OK", headers=(("Content-Type", "text/plain"), ("Content-Length", "2")), body=b"ok"
    )
