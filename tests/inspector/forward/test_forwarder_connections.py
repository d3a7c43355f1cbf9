"""Which connections the forwarder makes, keeps and hangs up on, and where they go."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Sequence
from dataclasses import replace

import pytest

from forwarding_ends import MIB, REQUEST, failure, forwarded, forwarding
from hookscope.forward.forwarder import Forwarder
from hookscope.model.errors import RefusedForSafety
from hookscope.model.handler import parse_handler
from raw_http import OK, Conversation, RawServer, has_ipv6, self_signed


async def test_a_quiet_connection_is_used_again() -> None:
    server = RawServer()
    async with forwarding(server) as forwarder:
        outcomes = [await forwarder.forward(REQUEST, 5) for _ in range(3)]
    assert [outcome.reused for outcome in outcomes] == [False, True, True]
    assert server.connections == 1


@pytest.mark.skipif(not hasattr(socket, "TCP_QUICKACK"), reason="this system acknowledges as it likes")
async def test_a_handler_that_writes_head_and_body_apart_does_not_wait_for_an_acknowledgement() -> None:
    async def in_two_parts(conversation: Conversation) -> None:
        conversation.writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 0)
        while await conversation.request() is not None:
            for part in OK.partition(b"\r\n\r\n"):
                await conversation.send(part)

    async with forwarding(RawServer(behaviour=in_two_parts)) as forwarder:
        took = sorted([(await forwarder.forward(REQUEST, 5)).elapsed_ms for _ in range(21)])
    assert took[10] < 30, "a late acknowledgement is 40 ms"


async def test_without_idle_time_each_forward_has_its_own_connection() -> None:
    server = RawServer()
    async with forwarding(server, idle_s=0.0) as forwarder:
        for _ in range(3):
            assert not (await forwarder.forward(REQUEST, 5)).reused
    assert server.connections == 3


@pytest.mark.parametrize(
    "said",
    [
        OK + b"extra",
        OK + OK,
        OK.replace(b"Content-Length", b"Connection: close\r\nContent-Length"),
        OK.replace(b"HTTP/1.1", b"HTTP/1.0"),
    ],
)
async def test_a_connection_that_is_not_in_order_is_not_used_again(said: bytes) -> None:
    server = RawServer(said)
    async with forwarding(server) as forwarder:
        for _ in range(2):
            outcome = await forwarder.forward(REQUEST, 5)
            assert outcome.answer is not None and outcome.answer.body == b"ok"
    assert server.connections == 2


async def test_a_handler_that_hangs_up_after_each_answer_never_costs_a_delivery() -> None:
    gone: asyncio.Queue[None] = asyncio.Queue()

    async def answer_and_go(conversation: Conversation) -> None:
        await conversation.request()
        await conversation.send(OK)
        await conversation.close()
        gone.put_nowait(None)

    server = RawServer(behaviour=answer_and_go)
    async with forwarding(server) as forwarder:
        for _ in range(20):
            assert (await forwarder.forward(REQUEST, 5)).answer is not None
            await gone.get()
    assert len(server.requests) == server.connections == 20


async def test_a_reused_connection_that_closes_without_an_answer_is_a_failure_and_nothing_is_sent_again() -> None:
    async def answer_once_then_hang_up(conversation: Conversation) -> None:
        await conversation.request()
        await conversation.send(OK)
        await conversation.request()

    server = RawServer(behaviour=answer_once_then_hang_up)
    async with forwarding(server) as forwarder:
        await forwarder.forward(REQUEST, 5)
        second = await forwarder.forward(REQUEST, 5)
    assert second.reused
    assert failure(second).kind == "closed"
    assert server.connections == 1
    assert len(server.requests) == 2


async def test_100_forwards_at_once_all_have_their_own_answer() -> None:
    async def echo_target(conversation: Conversation) -> None:
        while await conversation.request() is not None:
            target = conversation.server.last.target
            await conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(target), target))

    server = RawServer(behaviour=echo_target)
    async with forwarding(server) as forwarder:
        requests = [replace(REQUEST, target=f"/{number}") for number in range(100)]
        outcomes = await asyncio.gather(*(forwarder.forward(request, 10) for request in requests))
    assert [outcome.answer.body for outcome in outcomes if outcome.answer] == [r.target.encode() for r in requests]
    assert server.connections <= 64


async def test_closing_hangs_up_on_idle_connections() -> None:
    ended = asyncio.Event()

    async def behave(conversation: Conversation) -> None:
        await conversation.request()
        await conversation.send(OK)
        await conversation.reader.read()
        ended.set()

    async with forwarding(RawServer(behaviour=behave)) as forwarder:
        await forwarder.forward(REQUEST, 5)
        await forwarder.close()
        await asyncio.wait_for(ended.wait(), 2)


TOO_LARGE = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig"


@pytest.mark.parametrize("attempt", range(5))
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
async def test_an_early_answer_is_reported_although_the_handler_hangs_up_on_the_body(attempt: int, tls: bool) -> None:
    async def refuse(conversation: Conversation) -> None:
        await conversation.reader.readuntil(b"\r\n\r\n")
        await conversation.send(TOO_LARGE)

    body = b"x" * (8 * MIB)
    server = RawServer(behaviour=refuse, tls=self_signed()[0] if tls else None)
    outcome = await forwarded(server, replace(REQUEST, body=body), insecure=True)
    assert outcome.answer is not None, outcome.failure
    assert (outcome.answer.status, outcome.answer.body) == (413, b"big")


async def test_a_handler_that_answers_before_it_reads_still_gets_the_whole_body() -> None:
    got: asyncio.Queue[int] = asyncio.Queue()

    async def answer_first(conversation: Conversation) -> None:
        await conversation.reader.readuntil(b"\r\n\r\n")
        await conversation.send(OK)
        got.put_nowait(len(await conversation.reader.readexactly(8 * MIB)))

    async with forwarding(RawServer(behaviour=answer_first)) as forwarder:
        outcome = await forwarder.forward(replace(REQUEST, body=b"x" * (8 * MIB)), 10)
        assert outcome.answer is not None
        assert await asyncio.wait_for(got.get(), 10) == 8 * MIB


async def test_large_bodies_both_ways_leave_the_loop_to_others() -> None:
    body = b"0123456789abcdef" * (25 * MIB // 16)
    worst = 0.0
    stop = False

    async def watch() -> None:
        nonlocal worst
        while not stop:
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            worst = max(worst, time.perf_counter() - before)

    async with forwarding(RawServer(behaviour=silent_sink)) as forwarder:
        watching = asyncio.create_task(watch())
        outcome = await forwarder.forward(replace(REQUEST, body=body), 20)
        stop = True
        await watching
    assert outcome.answer is not None
    assert worst < 0.25


async def silent_sink(conversation: Conversation) -> None:
    left = 25 * MIB
    await conversation.reader.readuntil(b"\r\n\r\n")
    while left > 0:
        left -= len(await conversation.reader.read(1 << 16))
    await conversation.send(OK)


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 loopback address")
async def test_localhost_falls_back_to_ipv6() -> None:
    server = RawServer(host="::1")
    async with forwarding(server, "PORT") as forwarder:
        outcome = await forwarder.forward(REQUEST, 5)
    assert outcome.connected_to == f"[::1]:{server.port}"
    assert outcome.answer is not None


@pytest.mark.parametrize("typed", ["PORT", "app.localhost:PORT", "0.0.0.0:PORT", "http://127.0.0.1:PORT/x"])
async def test_every_spelling_of_this_machine_is_reached_at_127_0_0_1(typed: str) -> None:
    server = RawServer()
    async with forwarding(server, typed) as forwarder:
        await forwarder.check_remote()
        outcome = await forwarder.forward(REQUEST, 5)
    assert outcome.connected_to == f"127.0.0.1:{server.port}"


async def test_a_name_that_moves_to_another_machine_is_refused_when_it_has_moved() -> None:
    found = ["127.0.0.1"]

    async def lookup(host: str) -> Sequence[str]:
        return tuple(found)

    server = RawServer(close=True)
    async with forwarding(server, "app.test:PORT", lookup=lookup, idle_s=0.0) as forwarder:
        assert (await forwarder.forward(REQUEST, 5)).answer is not None
        found[:] = ["192.0.2.1"]
        outcome = await forwarder.forward(REQUEST, 5)
    assert failure(outcome).kind == "refused"
    assert "app.test (192.0.2.1) is not on this machine; allow that with --allow-remote" in failure(outcome).detail


@pytest.mark.parametrize("typed", ["192.0.2.1:80", "http://10.0.0.1/", "http://[2001:db8::1]/"])
async def test_a_handler_on_another_machine_is_refused_at_the_start_unless_allowed(typed: str) -> None:
    handler = parse_handler(typed)
    with pytest.raises(RefusedForSafety, match="--allow-remote"):
        await Forwarder(handler).check_remote()
    await Forwarder(handler, allow_remote=True).check_remote()
    assert (await Forwarder(handler).probe()) is not None


async def test_a_name_that_is_not_known_yet_is_no_reason_to_stop_at_the_start() -> None:
    async def lookup(host: str) -> Sequence[str]:
        raise socket.gaierror(-2, "Name or service not known")

    await Forwarder(parse_handler("later.test:80"), lookup=lookup).check_remote()
