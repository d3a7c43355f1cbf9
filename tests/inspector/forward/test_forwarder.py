from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from forwarding_ends import MIB, REQUEST, failure, forwarded, forwarding
from hookscope.forward.forwarder import Forwarded, Forwarder
from hookscope.model.capture import Failure
from hookscope.model.containers import INSIDE
from hookscope.model.handler import parse_handler
from raw_http import OK, Behaviour, Conversation, RawServer, free_port, has_ipv6, self_signed


async def test_a_port_without_a_listener_is_refused_and_both_addresses_are_named() -> None:
    port = free_port()
    outcome = await Forwarder(parse_handler(str(port))).forward(REQUEST, 5)
    assert failure(outcome).kind == "refused"
    expected = f"127.0.0.1:{port} or [::1]:{port}" if has_ipv6() else f"127.0.0.1:{port}"
    assert failure(outcome).detail.removesuffix(INSIDE) == f"nothing listens on {expected}"
    assert outcome.connected_to == ""


async def test_a_name_without_an_address_is_a_dns_failure() -> None:
    async def lookup(host: str) -> Sequence[str]:
        raise socket.gaierror(-2, "Name or service not known")

    outcome = await Forwarder(parse_handler("nowhere.invalid:80"), lookup=lookup).forward(REQUEST, 5)
    assert failure(outcome).kind == "dns"
    assert "nowhere.invalid" in failure(outcome).detail


async def read_and(conversation: Conversation, then: bytes = b"") -> None:
    await conversation.request()
    await conversation.send(then)


async def reset_at_once(conversation: Conversation) -> None:
    await conversation.request()
    conversation.reset()


async def reset_after_half(conversation: Conversation) -> None:
    await conversation.request()
    await conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")
    conversation.reset()


def saying(data: bytes) -> Behaviour:
    async def behave(conversation: Conversation) -> None:
        await read_and(conversation, data)

    return behave


@pytest.mark.parametrize(
    ("behaviour", "kind", "detail"),
    [
        (saying(b""), "closed", "closed the connection without an answer"),
        (saying(b"HTTP/1.1 200 OK\r\nConte"), "closed", "in the middle of the answer's head"),
        (saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), "closed", "after 3 of 9 bytes"),
        (reset_at_once, "reset", "reset the connection without an answer"),
        (reset_after_half, "reset", "reset the connection after 3 of 9 bytes"),
        (saying(b"220 mail.example ESMTP\r\n"), "bad-response", "it begins with '220 mail.example ESMTP"),
        (saying(b"\xff" * 100), "bad-response", "not HTTP/1.1"),
        (saying(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"), "too-large", "99999999 bytes"),
    ],
)
async def test_a_handler_that_gives_no_answer_is_a_failure_that_says_how_far_it_came(
    behaviour: Behaviour, kind: str, detail: str
) -> None:
    server = RawServer(behaviour=behaviour)
    outcome = await forwarded(server)
    assert failure(outcome).kind == kind
    assert detail in failure(outcome).detail
    assert len(server.requests) == server.connections == 1


async def test_an_answer_beyond_the_limit_is_too_large() -> None:
    server = RawServer(b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n" + b"a" * 11)
    assert failure(await forwarded(server, max_answer_bytes=10)).kind == "too-large"
    server = RawServer(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n" + b"a" * 10)
    assert (await forwarded(server, max_answer_bytes=10)).answer is not None


async def silent(conversation: Conversation) -> None:
    await conversation.request()
    await conversation.reader.read()


async def half_an_answer(conversation: Conversation) -> None:
    await conversation.request()
    await conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")
    await conversation.reader.read()


async def deaf(conversation: Conversation) -> None:
    conversation.writer.transport.pause_reading()  # type: ignore[attr-defined]
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("behaviour", "body", "detail"),
    [
        (silent, b"{}", "no answer within 0.1 s: still waiting for the answer"),
        (half_an_answer, b"{}", "still reading the body of the answer, 3 of 9 bytes so far"),
        (deaf, b"x" * 16 * MIB, "still sending the request, "),
    ],
)
async def test_a_timeout_says_how_far_the_forward_had_come(behaviour: Behaviour, body: bytes, detail: str) -> None:
    outcome = await forwarded(RawServer(behaviour=behaviour), replace(REQUEST, body=body), timeout=0.1)
    assert failure(outcome).kind == "timeout"
    assert detail in failure(outcome).detail
    assert 90 <= outcome.elapsed_ms < 2000


async def test_a_lookup_that_hangs_is_a_timeout() -> None:
    async def lookup(host: str) -> Sequence[str]:
        await asyncio.Event().wait()
        return ()

    outcome = await Forwarder(parse_handler("slow.test:80"), lookup=lookup).forward(REQUEST, 0.05)
    assert failure(outcome).detail == "no answer within 0.05 s: still looking up slow.test"


async def test_a_plain_handler_that_waits_out_a_tls_handshake_is_a_timeout_with_a_hint() -> None:
    async with RawServer(behaviour=deaf) as server:
        outcome = await Forwarder(parse_handler(f"https://127.0.0.1:{server.port}")).forward(REQUEST, 0.1)
    assert failure(outcome).kind == "timeout"
    assert "use http://" in failure(outcome).detail


@pytest.mark.parametrize("timeout", [0, -1])
async def test_no_time_left_is_a_timeout_and_nothing_is_sent(timeout: float) -> None:
    server = RawServer()
    assert failure(await forwarded(server, timeout=timeout)).kind == "timeout"
    assert server.requests == []


async def test_waiting_for_a_turn_counts() -> None:
    async with forwarding(RawServer(behaviour=silent), parallel=1) as forwarder:
        first = asyncio.create_task(forwarder.forward(REQUEST, 5))
        await asyncio.sleep(0)
        second = await forwarder.forward(REQUEST, 0.05)
        first.cancel()
        await asyncio.wait({first})
    assert failure(second).detail == "no answer within 0.05 s: still waiting for its turn"


async def test_a_cancelled_forward_hangs_up() -> None:
    ended = asyncio.Event()
    began = asyncio.Event()

    async def behave(conversation: Conversation) -> None:
        await conversation.request()
        began.set()
        assert await conversation.reader.read() == b""
        ended.set()

    async with forwarding(RawServer(behaviour=behave)) as forwarder:
        task = asyncio.create_task(forwarder.forward(REQUEST, 5))
        await began.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(ended.wait(), 2)


async def test_a_handler_over_tls_is_reached_and_its_connection_used_again() -> None:
    server = RawServer(tls=self_signed()[0])
    async with forwarding(server, insecure=True) as forwarder:
        outcomes = [await forwarder.forward(REQUEST, 5) for _ in range(3)]
    assert [outcome.answer is not None for outcome in outcomes] == [True] * 3
    assert outcomes[2].reused
    assert server.connections == 1


async def test_a_self_signed_certificate_needs_insecure() -> None:
    outcome = await forwarded(RawServer(tls=self_signed()[0]))
    assert failure(outcome).kind == "tls"
    assert "--insecure" in failure(outcome).detail
    assert outcome.connected_to


async def test_8_mb_go_through_tls_both_ways() -> None:
    body = bytes(range(256)) * (8 * MIB // 256)
    server = RawServer(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body, tls=self_signed()[0])
    request = replace(REQUEST, headers=(("Content-Length", str(len(body))),), body=body)
    outcome = await forwarded(server, request, insecure=True, timeout=20)
    assert outcome.answer is not None
    assert outcome.answer.body == server.last.body == body


async def test_tls_spoken_to_a_plain_handler_and_the_other_way_round_say_which_scheme_to_use() -> None:
    async with RawServer(behaviour=saying_to_anything(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as plain:
        outcome = await Forwarder(parse_handler(f"https://127.0.0.1:{plain.port}")).forward(REQUEST, 5)
    assert failure(outcome).kind == "tls"
    assert "use http://" in failure(outcome).detail
    async with RawServer(behaviour=saying_to_anything(b"\x15\x03\x01\x00\x02\x02\x46")) as tls:
        outcome = await Forwarder(parse_handler(f"http://127.0.0.1:{tls.port}")).forward(REQUEST, 5)
    assert failure(outcome) == Failure(kind="bad-response", detail="the port speaks TLS: use https://")


def saying_to_anything(data: bytes) -> Behaviour:
    async def behave(conversation: Conversation) -> None:
        await conversation.reader.read(10)
        await conversation.send(data)

    return behave


@pytest.mark.parametrize(
    ("server", "kind"),
    [
        (RawServer, None),
        (lambda: RawServer(tls=self_signed()[0]), "tls"),
    ],
)
async def test_a_probe_connects_and_sends_nothing(server: Callable[[], RawServer], kind: str | None) -> None:
    running = server()
    async with forwarding(running) as forwarder:
        found = await forwarder.probe()
    assert (found.kind if found else None) == kind
    assert running.requests == []


async def test_a_probe_of_a_closed_port_is_refused() -> None:
    found = await Forwarder(parse_handler(str(free_port()))).probe()
    assert found is not None and found.kind == "refused"


@pytest.mark.parametrize("warm", [False, True])
async def test_a_handler_that_died_of_a_request_listens_no_more(warm: bool) -> None:
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)

        async def serve() -> None:
            connection, _ = await loop.sock_accept(listener)
            with connection:
                if warm:
                    await loop.sock_recv(connection, MIB)
                    await loop.sock_sendall(connection, OK)
                await loop.sock_recv(connection, MIB)
                listener.close()

        serving = asyncio.create_task(serve())
        forwarder = Forwarder(parse_handler(str(listener.getsockname()[1])))
        if warm:
            assert (await forwarder.forward(REQUEST, 5)).answer is not None
        told: asyncio.Future[Forwarded] = loop.create_future()
        forwarder.begin(REQUEST, 5, told.set_result)
        outcome = await told
        await serving
        await forwarder.close()
    assert outcome.reused is warm
    assert failure(outcome).detail.endswith("without an answer, and nothing listens there any more")
