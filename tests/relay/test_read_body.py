"""A body that does not come, or is too large; `test_ingress.py` has the answers to that."""

from __future__ import annotations

import asyncio
from unittest.mock import Mock

import pytest
from aiohttp import ClientPayloadError, StreamReader, web
from aiohttp.base_protocol import BaseProtocol

from factories import make_delivery, make_key
from hookscope_relay.intake import Intake
from hookscope_relay.keys.seal import Sealer
from hookscope_relay.limits import Gate, Refusal
from hookscope_relay.log.memory import MemoryLog
from hookscope_relay.read_body import read_body
from hookscope_relay.settings import Limits, Rates

KEY = make_key()


def content(*parts: bytes, error: Exception | None = None, ends: bool = True) -> StreamReader:
    reader = StreamReader(Mock(spec=BaseProtocol), 2**16, loop=asyncio.get_running_loop())
    for part in parts:
        reader.feed_data(part)
    if error is not None:
        reader.set_exception(error)
    elif ends:
        reader.feed_eof()
    return reader


async def read(reader: StreamReader, limits: Limits) -> int:
    intake = Intake(Sealer().begin(make_delivery().id, KEY.id, KEY.seal, 0.0), MemoryLog())
    with Gate(limits, Rates()).hold(KEY.id) as hold:
        await read_body(reader, hold, limits, intake)
    return intake.size


async def test_a_body_is_taken_in() -> None:
    assert await read(content(b"one", b"two"), Limits()) == 6


@pytest.mark.parametrize(
    ("given", "limits", "problem"),
    [
        ({"error": ClientPayloadError()}, Limits(), "malformed"),
        ({"error": web.RequestPayloadError()}, Limits(), "malformed"),
        ({"ends": False}, Limits(slack_s=0.01), "too-slow"),
        ({}, Limits(body_bytes=2), "body-too-large"),
        ({}, Limits(bytes=2), "relay-busy"),
    ],
    ids=["broken", "not-valid", "slow", "large", "no-room"],
)
async def test_what_is_not_taken_is_refused(given: dict[str, object], limits: Limits, problem: str) -> None:
    with pytest.raises(Refusal) as refused:
        await read(content(b"one", **given), limits)  # type: ignore[arg-type]
    assert refused.value.problem == problem
