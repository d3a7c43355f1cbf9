"""The client's own way out and in, over a real server."""

from __future__ import annotations

import asyncio

import pytest

from hookscope_relay.log.nats.client import NatsClient, message
from hookscope_relay.log.nats.parser import Mail
from nats_servers import NatsServer, wait_for


@pytest.mark.parametrize(
    ("headers", "reply", "expected"),
    [
        (None, "", b"PUB a.b  3\r\nabc\r\n"),
        (None, "c", b"PUB a.b c 3\r\nabc\r\n"),
        ({"Nats-Msg-Id": "1"}, "c", b"HPUB a.b c 28 31\r\nNATS/1.0\r\nNats-Msg-Id: 1\r\n\r\nabc\r\n"),
    ],
)
def test_a_message_is_one_command(headers: dict[str, str] | None, reply: str, expected: bytes) -> None:
    assert message("a.b", b"abc", reply, headers) == expected


async def test_a_listener_hears_every_message_in_order_though_one_makes_it_fail(nats: NatsServer) -> None:
    client = NatsClient()
    await client.connect(nats.url)
    heard: list[tuple[str, bytes, str]] = []

    def hear(said: Mail) -> None:
        heard.append((said.subject, said.data, said.header(b"Word")))
        assert said.data != b"0"

    await client.listen("ears.*", hear)
    client.write([message("ears.x", b"%d" % number, "", {"Word": "w"}) for number in range(100)])
    await wait_for(lambda: len(heard) == 100)
    assert heard == [("ears.x", b"%d" % number, "w") for number in range(100)]
    await client.close()


async def test_a_listener_hears_on_after_the_connection_broke(nats: NatsServer) -> None:
    lost = asyncio.Event()
    client = NatsClient()
    await client.connect(nats.url, disconnected_cb=client.forget_pending, reconnect_time_wait=0)
    client.lost = lost.set
    heard: list[bytes] = []
    await client.listen("ears", lambda said: heard.append(said.data))
    await client.force_reconnect()
    async with asyncio.timeout(20):
        await lost.wait()
    await wait_for(lambda: client.is_connected)
    client.write([message("ears", b"again", "", None)])
    await wait_for(lambda: heard == [b"again"])
    await client.close()
