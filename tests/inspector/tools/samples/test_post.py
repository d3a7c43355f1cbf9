"""One sample to a public address: what arrives there. Through a session: test_front_desk.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookscope.config.settings import places
from hookscope.model.errors import HandlerUnreachable
from hookscope.model.secret import Secret
from hookscope.providers.registry import load_providers
from hookscope.tools.samples.post import post_sample
from hookscope_relay.errors import InputError
from raw_http import RawServer, free_port

STRIPE = load_providers().demand("stripe")
assert STRIPE is not None


@pytest.mark.parametrize(("secrets", "signed"), [((), False), ((Secret("stripe", "default", "whsec_abc"),), True)])
async def test_a_sample_is_signed_where_there_is_a_secret(
    secrets: tuple[Secret, ...], signed: bool, tmp_path: Path
) -> None:
    async with RawServer(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n") as server:
        where = places({"HOOKSCOPE_HOME": str(tmp_path)})
        assert await post_sample(f"{server.url}/endpoint", STRIPE, "payment_intent.succeeded", secrets, where) == 202
    assert server.last.target == b"/endpoint"
    assert bool(server.last.values(b"Stripe-Signature")) == signed
    assert b"payment_intent.succeeded" in server.last.body
    assert not server.last.values(b"Hookscope-Delivery")


async def test_what_cannot_be_sent_is_told(tmp_path: Path) -> None:
    where = places({"HOOKSCOPE_HOME": str(tmp_path)})
    with pytest.raises(InputError):
        await post_sample("http://localhost:1/x", STRIPE, "no.such.event.at.all", (), where)
    with pytest.raises(HandlerUnreachable, match="did not reach"):
        await post_sample(f"http://localhost:{free_port()}/x", STRIPE, "", (), where)
