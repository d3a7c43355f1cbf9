"""Requests over a real socket become deliveries, or are refused in the contract's words."""

from __future__ import annotations

import asyncio
import contextlib
import json

import pytest

from factories import make_ring, open_sealed
from hookscope.tunnel.frames import Arrival
from hookscope_relay.delivery import Answer, Delivery
from hookscope_relay.settings import Limits, Rates
from raw_http import RawClient, RawMessage
from relays import (
    FINE,
    ID,
    KEY,
    WITHIN_S,
    ask,
    inspecting,
    make_request,
    opened,
    problem_of,
    relaying,
    until,
    with_body,
)


def open_arrival(arrival: Arrival) -> Delivery:
    return open_sealed(arrival.pieces, arrival.id, KEY.id, make_ring().sealing)


async def test_with_nobody_attached_the_sender_gets_202_and_the_seq():
    async with relaying() as relay:
        await opened(relay)
        answer = await ask(relay, make_request(headers=b"Content-Length: 2\r\n", body=b"hi"))
        assert (answer.status, answer.values(b"Hookscope-Seq"), answer.body) == (202, [b"1"], b"Stored.\n")
        async with inspecting(relay) as inspector:
            await inspector.until(lambda: inspector.arrivals)
        arrivals = inspector.arrivals
        assert (arrivals[0].owed, arrivals[0].answer) == (True, False)
        assert answer.values(b"Hookscope-Delivery") == [arrivals[0].id.encode()]


async def test_an_endpoint_that_refuses_while_away_says_when_to_retry():
    async with relaying() as relay:
        await opened(relay, away="refuse")
        answer = await ask(relay, make_request())
    assert (answer.status, answer.values(b"Retry-After"), answer.values(b"Hookscope-Seq")) == (503, [b"60"], [])


async def test_after_the_deadline_the_sender_gets_504():
    async with relaying(deadline_s=0.2) as relay, inspecting(relay):
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
    async with relaying() as relay, inspecting(relay, answer) as inspector:
        got = await ask(relay, request)
    delivery = open_arrival(inspector.arrivals[0])
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
        assert relay.metrics.refused == {problem: 1}
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
    async with relaying(trusted_proxies=trusted) as relay, inspecting(relay, fine) as inspector:
        await ask(relay, make_request(headers=FORWARDED))
    delivery = open_arrival(inspector.arrivals[0])
    assert (delivery.remote, delivery.scheme) == (remote, scheme)
    assert delivery.url == f"{scheme}://127.0.0.1/{KEY.id}/x"


LIMITED = {
    "an endpoint's rate": ({"rates": Rates(endpoint=1.0)}, 429, "rate-limited", "endpoint-rate", b"1"),
    "an address's rate": ({"rates": Rates(address=1.0)}, 429, "rate-limited", "address-rate", b"1"),
    "an endpoint's bytes": (
        {"limits": Limits(endpoint_bytes=1)},
        503,
        "relay-busy",
        "max-in-flight-endpoint",
        b"5",
    ),
    "all bytes": ({"limits": Limits(bytes=1)}, 503, "relay-busy", "max-in-flight", b"5"),
    "a body": ({"limits": Limits(body_bytes=1)}, 413, "body-too-large", "max-body", None),
    "a target": ({"limits": Limits(target_bytes=20)}, 414, "target-too-long", "max-target", None),
    "a header": ({"limits": Limits(field_bytes=10)}, 431, "headers-too-large", "max-header", None),
    "all headers": ({"limits": Limits(header_bytes=10)}, 431, "headers-too-large", "max-header-bytes", None),
    "the number of headers": ({"limits": Limits(header_count=1)}, 431, "headers-too-large", "max-headers", None),
}


@pytest.mark.parametrize(("settings", "status", "problem", "limit", "retry"), LIMITED.values(), ids=LIMITED)
async def test_each_limit_has_its_answer_its_metric_and_is_told_to_the_inspectors(
    settings, status, problem, limit, retry
):
    async with relaying(**settings) as relay, inspecting(relay, FINE) as inspector:
        for _ in range(3):
            answer = await ask(relay, with_body(b"hello"))
        assert (answer.status, problem_of(answer)) == (status, problem)
        assert json.loads(answer.body)["limit"] == limit
        assert answer.values(b"Retry-After") == ([retry] if retry else [])
        assert relay.metrics.limited[limit] >= 1
        if limit != "address-rate":
            await inspector.until(lambda: inspector.refused)
            assert (inspector.refused[0].problem, inspector.refused[0].target) == (problem, "/x")
        assert (relay._gate.deliveries.taken, relay._gate.bytes.taken) == (0, 0)


async def test_a_refused_body_says_its_size_to_the_inspectors():
    async with relaying(limits=Limits(body_bytes=100)) as relay, inspecting(relay) as inspector:
        await ask(relay, make_request(headers=b"Content-Length: 30000000\r\n"))
        await inspector.until(lambda: inspector.refused)
    assert (inspector.refused[0].problem, inspector.refused[0].size) == ("body-too-large", 30_000_000)


@pytest.mark.parametrize(
    ("limits", "limit"),
    [
        (Limits(endpoint_deliveries=2), "max-deliveries-endpoint"),
        (Limits(deliveries=2), "max-deliveries"),
    ],
)
async def test_so_many_deliveries_at_a_time(limits, limit):
    async with relaying(limits=limits) as relay, inspecting(relay) as inspector:
        waiting = [asyncio.create_task(ask(relay, with_body(b"hi"))) for _ in range(2)]
        await inspector.until(lambda: len(inspector.arrivals) == 2)
        refused = await ask(relay, with_body(b"hi"))
        for arrival in inspector.arrivals:
            inspector.tunnel.replies.send(arrival.seq, FINE, "")
        assert [answer.status for answer in await asyncio.gather(*waiting)] == [200, 200]
        assert relay.metrics.limited == {limit: 1}
        assert (refused.status, problem_of(refused)) == (503, "relay-busy")
        again = asyncio.create_task(ask(relay, with_body(b"hi")))
        await inspector.until(lambda: len(inspector.arrivals) == 3)
        inspector.tunnel.replies.send(3, FINE, "")
        assert (await again).status == 200


async def test_a_body_that_is_kept_makes_room_while_its_sender_waits():
    async with relaying(limits=Limits(endpoint_bytes=10)) as relay, inspecting(relay) as inspector:
        waiting = [asyncio.create_task(ask(relay, with_body(b"12345678"))) for _ in range(1)]
        await inspector.until(lambda: inspector.arrivals)
        waiting.append(asyncio.create_task(ask(relay, with_body(b"12345678"))))
        await inspector.until(lambda: len(inspector.arrivals) == 2)
        assert relay._gate.bytes.taken == 0
        for arrival in inspector.arrivals:
            inspector.tunnel.replies.send(arrival.seq, FINE, "")
        assert [answer.status for answer in await asyncio.gather(*waiting)] == [200, 200]


async def test_a_body_that_only_announces_itself_takes_no_room():
    async with relaying() as relay, contextlib.AsyncExitStack() as stack:
        await opened(relay)
        for _ in range(20):
            client = await stack.enter_async_context(RawClient(relay.settings.port))
            await client.send(make_request(headers=b"Content-Length: 25000000\r\n", body=b"x"))
        await until(lambda: relay._gate.bytes.taken == 20)
        assert (await ask(relay, with_body(b"x" * 1_000_000))).status == 202


@pytest.mark.parametrize(
    ("limits", "limit"),
    [
        (Limits(slack_s=0.2, min_rate=1000), "min-rate"),
        (Limits(body_s=0.2, min_rate=0), "body-time"),
        (Limits(body_s=0.2, min_rate=1), "body-time"),
    ],
)
async def test_a_body_that_drips_is_given_up(limits, limit):
    async with (
        relaying(limits=limits) as relay,
        inspecting(relay) as inspector,
        asyncio.timeout(WITHIN_S),
        RawClient(relay.settings.port) as client,
    ):
        await client.send(make_request(headers=b"Content-Length: 1000\r\n"))
        answering = asyncio.create_task(client.answer(b"POST"))
        while not answering.done():
            client.writer.write(b"x")
            await asyncio.sleep(0.01)
        answer = RawMessage(await answering)
        await inspector.until(lambda: inspector.refused)
        assert relay.metrics.limited == {limit: 1}
    assert (answer.status, problem_of(answer), inspector.refused[0].problem) == (408, "too-slow", "too-slow")


async def test_a_body_that_comes_at_the_least_rate_may_take_its_time():
    limits = Limits(slack_s=0.2, min_rate=500)
    async with relaying(limits=limits) as relay, RawClient(relay.settings.port) as client:
        await opened(relay)
        await client.send(make_request(headers=b"Content-Length: 500\r\n"))
        for _ in range(50):
            client.writer.write(b"x" * 10)
            await asyncio.sleep(0.01)
        assert RawMessage(await client.answer(b"POST")).status == 202


async def test_behind_a_trusted_proxy_each_sender_has_a_rate_of_its_own():
    rates = Rates(address=1.0)

    def sent_by(address: bytes) -> bytes:
        return make_request(headers=b"X-Forwarded-For: 9.9.9.9, " + address + b"\r\n")

    async with relaying(trusted_proxies=("127.0.0.1",), rates=rates) as relay:
        answers = [
            await ask(relay, sent_by(address))
            for address in (
                b"203.0.113.1",
                b"203.0.113.1",
                b"203.0.113.1",
                b"2001:db8::1",
                b"2001:db8::2",
                b"2001:db8::3",
            )
        ]
    assert [answer.status for answer in answers] == [404, 404, 429] * 2


async def test_without_a_trusted_proxy_nobody_can_choose_an_address():
    async with relaying(rates=Rates(address=1.0)) as relay:
        answers = [
            await ask(relay, make_request(headers=b"X-Forwarded-For: 203.0.113.%d\r\n" % number)) for number in range(3)
        ]
    assert [answer.status for answer in answers] == [404, 404, 429]


async def test_the_status_while_away_travels_and_stays_with_the_endpoint():
    async with relaying() as relay:
        await opened(relay, away="store", away_status=200)
        first = await ask(relay, with_body(b"hi"))
        await opened(relay)
        second = await ask(relay, with_body(b"hi"))
    assert [first.status, second.status] == [200, 200]


async def test_the_relays_way_is_for_endpoints_that_chose_none():
    async with relaying(away="refuse") as relay:
        await opened(relay)
        assert problem_of(await ask(relay, with_body(b"hi"))) == "not-listening"
        await opened(relay, away="store")
        assert (await ask(relay, with_body(b"hi"))).status == 202


async def test_a_sender_that_does_not_take_its_answer_is_dropped(monkeypatch):
    monkeypatch.setattr("hookscope_relay.exact_response.TAKEN_WITHIN_S", 0.2)
    large = Answer(status=200, headers=(), body=b"x" * 20_000_000)
    async with relaying() as relay, inspecting(relay, large), RawClient(relay.settings.port) as client:
        await client.send(make_request())
        await client.reader.readuntil(b"\r\n\r\n")
        client.writer.transport.pause_reading()
        assert relay._runner is not None
        await until(lambda: len(relay._runner.server.connections) == 1)
