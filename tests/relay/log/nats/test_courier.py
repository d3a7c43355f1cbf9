"""Questions and replies over one subscription of a real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from hookscope_relay.log.nats.courier import Ack, ApiError, Courier, NoAnswer
from nats_servers import NatsServer, open_courier


@pytest.fixture
async def courier(nats: NatsServer) -> AsyncIterator[Courier]:
    made = await open_courier(nats)
    yield made
    await made.close()


async def test_a_question_has_one_reply_and_nobody_is_known_at_once(courier: Courier) -> None:
    async def echo(message: object) -> None:
        await message.respond(message.data[::-1])  # type: ignore[attr-defined]

    await courier.client.subscribe("echo", cb=echo)
    assert (await courier.request("echo", b"abc")).data == b"cba"
    with pytest.raises(NoAnswer):
        await courier.request("nobody", b"abc", within_s=30.0)


async def test_silence_is_told_once_patience_is_over(courier: Courier) -> None:
    await courier.client.subscribe("silent", cb=_ignore)
    with pytest.raises(NoAnswer):
        await courier.request("silent", b"", within_s=0.02)


async def test_what_jetstream_refuses_has_its_code(courier: Courier) -> None:
    with pytest.raises(ApiError, match="stream not found") as error:
        await courier.api("STREAM.INFO.none")
    assert error.value.code == 10059


async def test_messages_are_kept_in_the_order_in_which_they_were_sent(courier: Courier) -> None:
    config = {"name": "courier", "subjects": ["courier.*"], "num_replicas": 1}
    await courier.api("STREAM.CREATE.courier", config)
    told: list[object] = []
    done = asyncio.Event()
    for number in range(200):
        courier.publish(f"courier.{number}", b"", lambda ack: (told.append(ack), len(told) == 200 and done.set()), 20.0)
    async with asyncio.timeout(20):
        await done.wait()
    assert told == [Ack(seq, False) for seq in range(1, 201)]
    again = await courier.keep("courier.x", b"", {"Nats-Msg-Id": "x"})
    assert await courier.keep("courier.x", b"", {"Nats-Msg-Id": "x"}) == Ack(again.seq, True)
    assert json.loads((await courier.request("$JS.API.STREAM.DELETE.courier", b"")).data)["success"]


async def test_who_waits_at_the_end_is_told(nats: NatsServer) -> None:
    courier = await open_courier(nats)
    await courier.client.subscribe("silent", cb=_ignore)
    asking = asyncio.ensure_future(courier.request("silent", b"", within_s=60.0))
    await asyncio.sleep(0)
    await courier.close()
    with pytest.raises(NoAnswer):
        await asking


async def _ignore(_: object) -> None:
    pass


async def test_patience_lasts_longer_while_messages_are_kept(courier: Courier) -> None:
    """A slow cluster is no silent one."""
    await courier.api("STREAM.CREATE.slow", {"name": "slow", "subjects": ["slow.*"], "num_replicas": 1})
    await courier.client.subscribe("unanswered.*", cb=_ignore)
    loop = asyncio.get_running_loop()
    over: dict[str, float] = {}
    done = asyncio.Event()

    def told(name: str) -> None:
        over[name] = loop.time() - started
        done.set()

    async def wait(name: str, most_s: float) -> None:
        done.clear()
        courier.publish(f"unanswered.{name}", b"", lambda _: told(name), 0.1, None, most_s)
        await done.wait()

    started = loop.time()
    async with asyncio.timeout(20):
        await wait("silent", 20.0)
        keeping = asyncio.ensure_future(_keep_on(courier))
        started = loop.time()
        await wait("slow", 0.5)
    keeping.cancel()
    assert over["silent"] < 0.5 <= over["slow"]


async def test_a_broken_connection_ends_patience_at_once(nats: NatsServer) -> None:
    courier = await open_courier(nats)
    await courier.client.subscribe("silent", cb=_ignore)
    asking = asyncio.ensure_future(courier.request("silent", b"", within_s=60.0))
    await courier.client.flush()
    await courier.client.force_reconnect()
    with pytest.raises(NoAnswer):
        await asyncio.wait_for(asking, 20)
    await courier.close()


async def _keep_on(courier: Courier) -> None:
    while True:
        await courier.keep("slow.x", b"")
