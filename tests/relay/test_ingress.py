"""Requests over a real socket become deliveries, or are refused in the contract's words."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from factories import make_key, make_ring
from hookscope.session import Arrival
from hookscope.tunnel import Change, Dialling, Tunnel
from hookscope_relay.app import Relay
from hookscope_relay.delivery import Answer, Delivery
from hookscope_relay.keys.sealing import open_sealed
from hookscope_relay.settings import Limits, RelaySettings
from raw_http import RawClient, RawMessage, exchange

KEY = make_key()
ID = KEY.id.encode()
WITHIN_S = 10.0


@contextlib.asynccontextmanager
async def relaying(**changes: Any) -> AsyncIterator[Relay]:
    relay = Relay(RelaySettings(**{"port": 0, "database": None} | changes))
    await relay.start()
    try:
        yield relay
    finally:
        await relay.stop()


@contextlib.asynccontextmanager
async def inspecting(relay: Relay, answer: Answer | None, **wish: Any) -> AsyncIterator[list[Arrival]]:
    """A real inspector that gives every delivery the answer; yields what arrived."""
    arrivals: list[Arrival] = []
    connected = asyncio.Event()

    async def receive(incoming: Any, _: Any) -> None:
        if isinstance(incoming, Arrival):
            arrivals.append(incoming)
            if incoming.answer and answer is not None:
                tunnel.reply(incoming.seq, answer, "")

    def changed(change: Change) -> None:
        if change.state == "connected":
            connected.set()

    dialling = Dialling(relay=relay.origin, key=KEY, **wish)
    tunnel = Tunnel(dialling, cursor=lambda: None, receive=receive, changed=changed)
    running = asyncio.create_task(tunnel.run())
    try:
        async with asyncio.timeout(WITHIN_S):
            await connected.wait()
        yield arrivals
    finally:
        await tunnel.stop()
        await running


async def opened(relay: Relay, **wish: Any) -> None:
    """The endpoint exists afterwards, and nobody is attached."""
    async with inspecting(relay, None, **wish):
        pass
    assert relay._hub is not None
    async with asyncio.timeout(WITHIN_S):
        while relay._hub.sessions(KEY.id):  # noqa: ASYNC110 - the relay tells nobody that a session ended
            await asyncio.sleep(0.01)


def make_request(
    target: bytes = b"/" + ID + b"/x", headers: bytes = b"", body: bytes = b"", method: bytes = b"POST"
) -> bytes:
    return method + b" " + target + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n" + headers + b"\r\n" + body


async def ask(relay: Relay, request: bytes) -> RawMessage:
    return RawMessage(await exchange(relay.settings.port, request))


def open_arrival(arrival: Arrival) -> Delivery:
    return open_sealed(arrival.pieces, arrival.id, KEY.id, make_ring().sealing)


async def test_with_nobody_attached_the_sender_gets_202_and_the_seq():
    async with relaying() as relay:
        await opened(relay)
        answer = await ask(relay, make_request(headers=b"Content-Length: 2\r\n", body=b"hi"))
        assert (answer.status, answer.values(b"Hookscope-Seq"), answer.body) == (202, [b"1"], b"Stored.\n")
        async with inspecting(relay, None) as arrivals:
            async with asyncio.timeout(WITHIN_S):
                while not arrivals:  # noqa: ASYNC110 - a list has no bell
                    await asyncio.sleep(0.01)
        assert (arrivals[0].owed, arrivals[0].answer) == (True, False)
        assert answer.values(b"Hookscope-Delivery") == [arrivals[0].id.encode()]


async def test_an_endpoint_that_refuses_while_away_says_when_to_retry():
    async with relaying() as relay:
        await opened(relay, away="refuse")
        answer = await ask(relay, make_request())
    assert (answer.status, answer.values(b"Retry-After"), answer.values(b"Hookscope-Seq")) == (503, [b"60"], [])


async def test_after_the_deadline_the_sender_gets_504():
    async with relaying(deadline_s=0.2) as relay, inspecting(relay, None):
        answer = await ask(relay, make_request())
    assert (answer.status, answer.values(b"Hookscope-Seq")) == (504, [b"1"])
    assert json.loads(answer.body)["type"] == "urn:hookscope:problem:deadline-passed"


async def test_a_request_arrives_as_it_was_sent_and_its_answer_too():
    answer = Answer(status=299, reason="Fine", headers=(("x-MINE", "caf\xe9"), ("X-Mine", "2")), body=b"\x00\xff")
    request = make_request(
        b"/" + ID + b"//a%2fb/../c?q=%zz&&",
        b"x-Odd:  caf\xe9 \r\nX-ODD: 2\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
        b"3\r\nab\x00\r\n2;x=y\r\n\xff\n\r\n0\r\n\r\n",
        method=b"PATCH",
    )
    async with relaying() as relay, inspecting(relay, answer) as arrivals:
        got = await ask(relay, request)
    delivery = open_arrival(arrivals[0])
    assert (delivery.method, delivery.target, delivery.body) == ("PATCH", "//a%2fb/../c?q=%zz&&", b"ab\x00\xff\n")
    assert [pair for pair in delivery.headers if pair[0].lower() == "x-odd"] == [("x-Odd", "caf\xe9"), ("X-ODD", "2")]
    assert delivery.remote == "127.0.0.1"
    assert got.first_line == b"HTTP/1.1 299 Fine"
    assert got.headers[:2] == [(b"x-MINE", b"caf\xe9"), (b"X-Mine", b"2")]
    assert (got.body, got.values(b"Hookscope-Answered-By")) == (b"\x00\xff", [])


LIMITS = Limits(body_bytes=100, body_s=0.3)
REFUSED = {
    "an unknown endpoint": (make_request(b"/" + b"a" * 20), 404, "unknown-endpoint"),
    "no endpoint": (make_request(b"/"), 404, "unknown-endpoint"),
    "an id in upper case": (make_request(b"/" + ID.upper()), 404, "unknown-endpoint"),
    "a body announced too large": (make_request(headers=b"Content-Length: 101\r\n"), 413, "body-too-large"),
    "chunks too large": (
        make_request(headers=b"Transfer-Encoding: chunked\r\n", body=b"65\r\n" + b"x" * 101 + b"\r\n0\r\n\r\n"),
        413,
        "body-too-large",
    ),
    "a target too long": (make_request(b"/" + ID + b"/" + b"a" * 16_500), 414, "target-too-long"),
    "a header too long": (make_request(headers=b"X: " + b"a" * 33_000 + b"\r\n"), 431, "headers-too-large"),
    "headers too large together": (
        make_request(headers=b"".join(b"X%d: %s\r\n" % (n, b"a" * 30_000) for n in range(5))),
        431,
        "headers-too-large",
    ),
    "201 headers": (
        make_request(headers=b"".join(b"X: %d\r\n" % number for number in range(200))),
        431,
        "headers-too-large",
    ),
    "an odd transfer coding": (
        make_request(headers=b"Transfer-Encoding: gzip, chunked\r\n", body=b"0\r\n\r\n"),
        501,
        "not-implemented",
    ),
    "a browser's visit": (
        make_request(headers=b"Sec-Fetch-Mode: navigate\r\n", method=b"GET"),
        403,
        "browser-refused",
    ),
    "an older browser's visit": (
        make_request(headers=b"Upgrade-Insecure-Requests: 1\r\n", method=b"GET"),
        403,
        "browser-refused",
    ),
    "a body that does not come": (make_request(headers=b"Content-Length: 9\r\n", body=b"x"), 408, "too-slow"),
    "a broken chunk": (
        make_request(headers=b"Transfer-Encoding: chunked\r\n", body=b"zz\r\n"),
        400,
        "malformed",
    ),
}


@pytest.mark.parametrize(("request_", "status", "problem"), REFUSED.values(), ids=REFUSED)
async def test_what_is_no_delivery_is_refused_with_a_problem(request_, status, problem):
    async with relaying(limits=LIMITS) as relay:
        await opened(relay)
        answer = await ask(relay, request_)
        assert relay.refusals == {problem: 1}
    assert (answer.status, answer.values(b"Content-Type")) == (status, [b"application/problem+json"])
    assert json.loads(answer.body)["type"] == f"urn:hookscope:problem:{problem}"
    assert answer.values(b"Hookscope-Seq") == []


async def test_a_browser_is_welcome_where_the_operator_says_so():
    async with relaying(allow_browsers=True) as relay:
        await opened(relay)
        answer = await ask(relay, make_request(headers=b"Sec-Fetch-Mode: navigate\r\n", method=b"GET"))
    assert answer.status == 202


async def test_who_expects_100_is_told_to_go_on():
    async with relaying() as relay:
        await opened(relay)
        async with asyncio.timeout(WITHIN_S), RawClient(relay.settings.port) as client:
            await client.send(make_request(headers=b"Expect: 100-continue\r\nContent-Length: 2\r\n"))
            assert await client.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
            await client.send(b"ok")
            assert RawMessage(await client.answer(b"POST")).status == 202


async def test_who_expects_100_for_too_much_is_refused_at_once():
    async with relaying(limits=LIMITS) as relay:
        await opened(relay)
        answer = await ask(relay, make_request(headers=b"Expect: 100-continue\r\nContent-Length: 101\r\n"))
    assert (answer.status, answer.values(b"Connection")) == (413, [b"close"])


FORWARDED = b"X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n"


@pytest.mark.parametrize(
    ("trusted", "remote", "scheme"), [((), "127.0.0.1", "http"), (("127.0.0.0/8",), "203.0.113.9", "https")]
)
async def test_a_proxy_is_believed_where_it_is_trusted(trusted, remote, scheme):
    fine = Answer(status=200, reason="", headers=(), body=b"")
    async with relaying(trusted_proxies=trusted) as relay, inspecting(relay, fine) as arrivals:
        await ask(relay, make_request(headers=FORWARDED))
    delivery = open_arrival(arrivals[0])
    assert (delivery.remote, delivery.scheme) == (remote, scheme)
    assert delivery.url == f"{scheme}://127.0.0.1/{KEY.id}/x"
