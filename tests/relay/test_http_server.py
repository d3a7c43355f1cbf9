"""What cannot be parsed, or does not come to its end: our own answers, of a problem type, quoting nothing."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json

import pytest

from hookscope_relay.delivery import Answer
from hookscope_relay.http_server import Connection
from hookscope_relay.ingress import Taken
from hookscope_relay.limits import Hold, head_bytes
from hookscope_relay.senders import Waiter
from hookscope_relay.settings import Limits
from raw_http import RawClient, RawMessage
from relays import FINE, ID, WITHIN_S, ask, inspecting, opened, relaying, until

QUOTED = b"quote-me-not"
TIMES = Limits(head_s=0.2, body_s=0.3, idle_s=0.5)


def post(
    headers: bytes = b"", target: bytes = b"/" + ID + b"/" + QUOTED, method: bytes = b"POST", body: bytes = b""
) -> bytes:
    return (
        method + b" " + target + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Q: " + QUOTED + b"\r\n" + headers + b"\r\n" + body
    )


def long_target(size: int) -> bytes:
    return b"/" + ID + b"/" + QUOTED + b"a" * size


def coded(coding: bytes) -> bytes:
    return post(b"Transfer-Encoding: " + coding + b"\r\n", body=b"0\r\n\r\n")


CHUNKED = b"Transfer-Encoding: chunked\r\n"

MALFORMED = {
    "bytes of another protocol": b"\x16\x03\x01\x02\x00\x01" + QUOTED + b"\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + QUOTED,
    "HTTP/0.9": b"GET /" + QUOTED + b"\r\n\r\n",
    "HTTP/1.2": post().replace(b"HTTP/1.1", b"HTTP/1.2"),
    "no Host": b"POST /" + QUOTED + b" HTTP/1.1\r\n\r\n",
    "a repeated Host": post(b"Host: " + QUOTED + b"\r\n"),
    "a repeated Content-Type": post(b"Content-Type: a\r\nContent-Type: " + QUOTED + b"\r\n"),
    "a repeated User-Agent": post(b"User-Agent: a\r\nUser-Agent: " + QUOTED + b"\r\n"),
    "a repeated ETag": post(b"ETag: a\r\nETag: " + QUOTED + b"\r\n"),
    "a target in UTF-8": post(target=b"/" + ID + b"/" + QUOTED + b"\xc3\xa9"),
    "a target in latin-1": post(target=b"/" + ID + b"/" + QUOTED + b"\xe9"),
    "a control byte in the target": post(target=b"/" + ID + b"/" + QUOTED + b"\x01"),
    "a DEL in the target": post(target=b"/" + ID + b"/" + QUOTED + b"\x7f"),
    "a tab in the target": post(target=b"/" + ID + b"/\t" + QUOTED),
    "a target with its host": post(target=b"http://127.0.0.1/" + QUOTED),
    "a target that is a host": post(target=b"127.0.0.1:80", method=b"CONNECT"),
    "a star": post(target=b"*", method=b"OPTIONS"),
    "a folded line": post(b"X-A: 1\r\n " + QUOTED + b"\r\n"),
    "a space before the colon": post(b"X-A : " + QUOTED + b"\r\n"),
    "a name with a space": post(b"X A: " + QUOTED + b"\r\n"),
    "a name in UTF-8": post(b"X-\xc3\xa9: " + QUOTED + b"\r\n"),
    "a line without a colon": post(QUOTED + b"\r\n"),
    "a NUL in a value": post(b"X-A: a\0" + QUOTED + b"\r\n"),
    "a CR in a value": post(b"X-A: a\r" + QUOTED + b"\r\n"),
    "two lengths": post(b"Content-Length: 1\r\nContent-Length: 2\r\n"),
    "one length twice": post(b"Content-Length: 2\r\nContent-Length: 2\r\n", body=b"hi"),
    "a list of lengths": post(b"Content-Length: 2, 2\r\n", body=b"hi"),
    "a signed length": post(b"Content-Length: +1\r\n"),
    "a length in hexadecimal": post(b"Content-Length: 0x1\r\n"),
    "no length at all in its header": post(b"Content-Length: \r\n"),
    "a length beyond all numbers": post(b"Content-Length: 99999999999999999999999\r\n"),
    "a length beside chunks": post(b"Content-Length: 1\r\n" + CHUNKED),
    "chunks beside a length": post(CHUNKED + b"Content-Length: 1\r\n"),
    "chunks in HTTP/1.0": coded(b"chunked").replace(b"HTTP/1.1", b"HTTP/1.0"),
    "a vertical tab after chunked": coded(b"chunked\x0b"),
    "a chunk of no size": post(CHUNKED, body=b"zz" + QUOTED + b"\r\n"),
    "a chunk larger than it says": post(CHUNKED, body=b"2\r\nhi" + QUOTED + b"\r\n0\r\n\r\n"),
    "a chunk beyond all numbers": post(CHUNKED, body=b"fffffffffffffffffffff\r\n"),
    "a line end in a chunk's extension": post(CHUNKED, body=b"2;a\nb\r\nhi\r\n0\r\n\r\n"),
    "a method that nobody knows": post(method=b"QUOTEMENOT"),
    "a method in lower case": post(method=b"post"),
    "lines that end in LF only": b"POST /" + QUOTED + b" HTTP/1.1\nHost: 127.0.0.1\n\n",
}
TARGETS = {
    f"a target of {size:,} bytes": post(target=long_target(size)) for size in (16_400, 18_000, 100_000, 1_000_000)
}
HEADERS = {
    "a header of 33 KB": post(b"X-A: " + b"a" * 33_000 + b"\r\n"),
    "a header of 300 KB": post(b"X-A: " + b"a" * 300_000 + b"\r\n"),
    "a header's name of 300 KB": post(b"a" * 300_000 + b": 1\r\n"),
    "201 headers": post(b"X-A: 1\r\n" * 199),
    "900 headers": post(b"X-A: 1\r\n" * 900),
    "20,000 headers": post(b"X-A: 1\r\n" * 20_000),
    "140 KB of headers": post((b"X-A: " + b"a" * 1000 + b"\r\n") * 140),
    "1,000 trailers": post(CHUNKED, body=b"0\r\n" + b"X-A: 1\r\n" * 1000 + b"\r\n"),
}
CODINGS = {
    coding.decode(): coded(coding)
    for coding in (
        b"gzip",
        b"gzip, chunked",
        b"chunked, gzip",
        b"chunked, chunked",
        b"chunked;q=1",
        b"chunked,",
        b'"chunked"',
        b"xchunked",
        b"identity",
    )
} | {"two headers": post(CHUNKED + CHUNKED, body=b"0\r\n\r\n"), "nothing": post(b"Transfer-Encoding:\r\n")}
REFUSED = [
    *((name, request, 400, "malformed") for name, request in MALFORMED.items()),
    *((name, request, 414, "target-too-long") for name, request in TARGETS.items()),
    *((name, request, 431, "headers-too-large") for name, request in HEADERS.items()),
    *((f"coding: {name}", request, 501, "not-implemented") for name, request in CODINGS.items()),
]


@pytest.mark.parametrize(
    ("request_", "status", "problem"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
async def test_what_cannot_be_taken_gets_a_problem_that_quotes_nothing(request_, status, problem, caplog):
    caplog.set_level("DEBUG")
    async with relaying() as relay:
        await opened(relay)
        caplog.clear()
        answer = await ask(relay, request_)
        assert relay.metrics.refused == {problem: 1}
    assert (answer.status, json.loads(answer.body)["type"]) == (status, f"urn:hookscope:problem:{problem}")
    assert b"quote" not in answer.raw.lower()
    assert "quote" not in caplog.text.lower()
    assert "Traceback" not in caplog.text


TOLD = {
    "a long target": (post(target=long_target(40_000)), "target-too-long"),
    "many headers": (post(b"X-A: 1\r\n" * 300), "headers-too-large"),
    "a large header": (post(b"X-A: " + b"a" * 60_000 + b"\r\n"), "headers-too-large"),
    "an odd coding": (coded(b"gzip, chunked"), "not-implemented"),
}


@pytest.mark.parametrize(("request_", "problem"), TOLD.values(), ids=TOLD)
async def test_what_concerns_a_known_endpoint_is_told_to_its_inspectors(request_, problem):
    async with relaying() as relay, inspecting(relay) as inspector:
        await ask(relay, request_)
        await inspector.until(lambda: inspector.refused)
    (refused,) = inspector.refused
    assert (refused.problem, refused.method) == (problem, "POST")
    assert refused.target.startswith("/" + QUOTED.decode())


UNENDED = {
    "half a request line": b"POST / HT",
    "half a header": b"POST / HTTP/1.1\r\nHo",
    "no empty line": b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n",
}


@pytest.mark.parametrize("start", UNENDED.values(), ids=UNENDED)
async def test_a_head_that_does_not_end_is_given_up(start):
    async with relaying(limits=TIMES) as relay, asyncio.timeout(WITHIN_S), RawClient(relay.settings.port) as client:
        await client.send(start)
        answer = RawMessage(await client.answer())
        assert await client.rest() == b""
        assert relay.metrics.limited == {"header-time": 1}
    assert (answer.status, answer.values(b"Connection")) == (408, [b"close"])


async def test_a_head_a_byte_at_a_time_has_no_more_time_than_another():
    async with relaying(limits=TIMES) as relay, asyncio.timeout(WITHIN_S), RawClient(relay.settings.port) as client:
        answering = asyncio.create_task(client.answer())
        for number in range(200):
            if answering.done():
                break
            client.writer.write(b"POST / HTTP/1.1\r\nX: "[number : number + 1] or b"a")
            await asyncio.sleep(0.01)
        assert RawMessage(await answering).status == 408
        assert number < 100


async def test_the_second_request_of_a_connection_is_watched_too():
    async with relaying(limits=TIMES) as relay, asyncio.timeout(WITHIN_S), RawClient(relay.settings.port) as client:
        await client.send(b"GET /-/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert RawMessage(await client.answer()).status == 200
        await client.send(b"GET /-/hea")
        assert RawMessage(await client.answer()).status == 408


async def test_who_says_nothing_is_hung_up_on_without_a_word():
    async with relaying(limits=TIMES) as relay, asyncio.timeout(WITHIN_S), RawClient(relay.settings.port) as client:
        assert await client.rest() == b""


async def test_a_head_that_comes_in_parts_and_a_large_body_in_time_are_fine():
    async with relaying(limits=Limits(head_s=1.0)) as relay, RawClient(relay.settings.port) as client:
        await opened(relay)
        request = post(b"Content-Length: 3000000\r\n")
        for start in range(0, len(request), 50):
            await client.send(request[start : start + 50])
            await asyncio.sleep(0.01)
        for _ in range(3):
            await client.send(b"x" * 1_000_000)
        assert RawMessage(await client.answer(b"POST")).status == 202
        await client.send(post())
        assert RawMessage(await client.answer(b"POST")).status == 202
        assert relay.metrics.refused == {}


async def test_pipelined_requests_are_each_answered():
    async with relaying() as relay, asyncio.timeout(WITHIN_S), RawClient(relay.settings.port) as client:
        await opened(relay)
        one = post(b"Content-Length: 2\r\n", body=b"hi")
        await client.send(one * 100)
        answers = [RawMessage(await client.answer(b"POST")) for _ in range(100)]
    assert [int(answer.values(b"Hookscope-Seq")[0]) for answer in answers] == list(range(1, 101))


async def test_requests_may_be_cut_anywhere():
    both = post(b"Content-Length: 2\r\n", body=b"hi") * 2
    async with relaying() as relay, asyncio.timeout(WITHIN_S):
        await opened(relay)
        for at in range(1, len(both), 7):
            async with RawClient(relay.settings.port) as client:
                await client.send(both[:at])
                await asyncio.sleep(0)
                await client.send(both[at:])
                assert [RawMessage(await client.answer(b"POST")).status for _ in range(2)] == [202, 202]


async def test_a_head_in_small_parts_may_not_grow_beyond_its_bound():
    limits = Limits(target_bytes=1024, header_bytes=1024)
    async with relaying(limits=limits) as relay, asyncio.timeout(WITHIN_S), RawClient(relay.settings.port) as client:
        await client.send(b"POST / HTTP/1.1\r\n")
        for number in range(head_bytes(limits) // 1000 + 2):
            await client.send(b"X-%d: " % number + b"a" * 990 + b"\r\n")
        assert RawMessage(await client.answer(b"POST")).status == 431


@pytest.mark.parametrize("protocol", [b"RTSP/1.0", b"ICE/1.0"])
@pytest.mark.parametrize("method", [b"OPTIONS", b"POST", b"SOURCE", b"ANNOUNCE"])
async def test_other_protocols_of_this_form_are_not_http(protocol, method):
    async with relaying() as relay:
        await opened(relay)
        answer = await ask(relay, post(method=method).replace(b"HTTP/1.1", protocol))
    assert answer.status == 400


async def test_no_trailer_becomes_a_header_of_the_next_request():
    first = post(CHUNKED, body=b"0\r\nX-Smuggled: 1\r\n\r\n")
    async with relaying() as relay, inspecting(relay) as inspector, RawClient(relay.settings.port) as client:
        await client.send(first + post())
        await inspector.until(lambda: inspector.arrivals)
        inspector.tunnel.replies.send(1, FINE, "")
        answer = RawMessage(await client.answer(b"POST"))
        assert (answer.status, answer.values(b"Connection"), await client.rest()) == (200, [b"close"], b"")
    assert len(inspector.arrivals) == 1


async def test_nothing_is_taken_after_a_request_that_was_not_understood():
    async with relaying() as relay, asyncio.timeout(WITHIN_S), RawClient(relay.settings.port) as client:
        await opened(relay)
        await client.send(coded(b"cow, chunked") + post())
        assert RawMessage(await client.answer(b"POST")).status == 501
        assert await client.rest() == b""


# Who only holds on


@pytest.mark.parametrize("limit", ["connections", "address_connections"])
async def test_who_says_nothing_makes_room_for_who_sends(limit):
    async with relaying(limits=Limits(**{limit: 20})) as relay, asyncio.timeout(WITHIN_S):
        await opened(relay)
        async with contextlib.AsyncExitStack() as stack:
            held = [await stack.enter_async_context(RawClient(relay.settings.port)) for _ in range(30)]
            await until(lambda: len(relay._held) == 20)
            answers = [await ask(relay, post()) for _ in range(5)]
            assert await held[0].rest() == b""
    assert [answer.status for answer in answers] == [202] * 5
    assert relay.metrics.limited["max-" + limit.replace("address_connections", "connections-address")] >= 10
    assert len(relay._held) == 0


async def test_heads_that_do_not_end_hold_no_more_than_they_may_all_together():
    start = b"POST /x HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"".join(
        b"X-%d: %b\r\n" % (at, b"a" * 5000) for at in range(20)
    )
    async with relaying(limits=Limits(heads_bytes=1_000_000)) as relay, asyncio.timeout(WITHIN_S):
        await opened(relay)
        async with contextlib.AsyncExitStack() as stack:
            held = [await stack.enter_async_context(RawClient(relay.settings.port)) for _ in range(30)]
            for client in held:
                await client.send(start)
            answer = RawMessage(await held[0].answer())
            assert (answer.status, json.loads(answer.body)["limit"]) == (503, "max-heads")
            assert answer.values(b"Retry-After")
            await until(lambda: relay.metrics.limited["max-heads"] >= 20)
            assert 0 < relay._held.head_bytes <= 1_000_000
            assert (await ask(relay, post())).status == 202
    await until(lambda: relay._held.head_bytes == 0)


async def test_where_all_have_a_request_in_hand_another_is_told_so():
    limits = Limits(connections=2)
    async with (
        relaying(limits=limits) as relay,
        inspecting(relay) as inspector,
        RawClient(relay.settings.port) as client,
    ):
        await client.send(post())
        await inspector.until(lambda: inspector.arrivals)
        answer = await ask(relay, b"")
        inspector.tunnel.replies.send(1, FINE, "")
        assert RawMessage(await client.answer(b"POST")).status == 200
    assert (answer.status, json.loads(answer.body)["limit"]) == (503, "max-connections")


# The short way


async def test_every_plain_request_of_a_connection_goes_the_short_way_the_first_one_too(monkeypatch):
    careful = []
    whole_way = Connection._handle_request

    async def count(*args):
        careful.append(args)
        return await whole_way(*args)

    monkeypatch.setattr(Connection, "_handle_request", count)
    async with relaying() as relay, RawClient(relay.settings.port) as client:
        await opened(relay)
        careful.clear()
        for headers in (b"", b"Connection: keep-alive\r\n", b"Content-Length: 0\r\n"):
            await client.send(post(headers))
            assert RawMessage(await client.answer(b"POST")).status == 202
        assert careful == []
        await client.send(post(b"Expect: nothing\r\n"))
        assert RawMessage(await client.answer(b"POST")).status == 202
        assert len(careful) == 1
        await client.send(post())
        assert RawMessage(await client.answer(b"POST")).status == 202
        assert len(careful) == 1


@pytest.mark.parametrize(("late_s", "whole_ways"), [(0.0, 0), (0.3, 1)])
async def test_the_rest_of_a_small_body_is_waited_for_a_moment(monkeypatch, late_s, whole_ways):
    careful = []
    whole_way = Connection._handle_request

    async def count(*args):
        careful.append(args)
        return await whole_way(*args)

    async with relaying() as relay, RawClient(relay.settings.port) as client:
        await opened(relay)
        monkeypatch.setattr(Connection, "_handle_request", count)
        for part in (post(b"Content-Length: 6\r\n"), b"two", b"two"):
            await client.send(part)
            await asyncio.sleep(late_s)
        assert RawMessage(await client.answer(b"POST")).status == 202
        assert (len(careful), relay._held.head_bytes) == (whole_ways, 0)


async def test_a_body_that_never_comes_is_given_up_as_ever_and_a_sender_that_leaves_holds_nothing():
    async with relaying(limits=TIMES) as relay, asyncio.timeout(WITHIN_S):
        await opened(relay)
        async with RawClient(relay.settings.port) as client:
            await client.send(post(b"Content-Length: 6\r\n"))
            assert RawMessage(await client.answer(b"POST")).status == 408
        async with RawClient(relay.settings.port) as client:
            await client.send(post(b"Content-Length: 6\r\n"))
            await until(lambda: relay._held.head_bytes)
        await until(lambda: not relay._held.head_bytes)


async def test_what_a_delivery_made_is_gone_with_its_answer_without_the_garbage_collector():
    gc.collect()
    gc.disable()
    try:
        async with relaying() as relay, inspecting(relay, FINE), RawClient(relay.settings.port) as client:
            for _ in range(3):
                await client.send(post(b"Content-Length: 2\r\n", body=b"hi"))
                assert RawMessage(await client.answer(b"POST")).status == 200
            # By `type`: `isinstance` asks other libraries' lazy objects what they are.
            left = [type(one).__name__ for one in gc.get_objects() if type(one) in (Waiter, Taken, Hold)]
    finally:
        gc.enable()
    assert left == []


async def test_a_connection_stays_for_as_long_as_it_is_used_and_is_closed_when_idle():
    async with relaying(limits=TIMES) as relay, asyncio.timeout(WITHIN_S), RawClient(relay.settings.port) as client:
        await opened(relay)
        for _ in range(4):
            await client.send(post(b"Content-Length: 2\r\n", body=b"hi"))
            assert RawMessage(await client.answer(b"POST")).status == 202
            await asyncio.sleep(0.2)
        assert await client.rest() == b""


async def test_what_follows_an_unanswered_request_waits_its_turn_whatever_its_size():
    one = post(b"Content-Length: 2\r\n", body=b"hi")
    large = post(b"Content-Length: 300000\r\n", body=b"x" * 300_000)
    async with relaying() as relay, inspecting(relay) as inspector, RawClient(relay.settings.port) as client:
        await client.send(one)
        await inspector.until(lambda: inspector.arrivals)
        await client.send(large + one)
        for seq in (1, 2, 3):
            await inspector.until(lambda seq=seq: len(inspector.arrivals) == seq)
            inspector.tunnel.replies.send(seq, Answer(status=200, body=b"%d" % seq), "")
        bodies = [RawMessage(await client.answer(b"POST")).body for _ in range(3)]
    assert bodies == [b"1", b"2", b"3"]


async def test_a_large_answer_to_an_ordinary_request_comes_whole():
    body = b"0123456789" * 100_000
    async with relaying() as relay, inspecting(relay, Answer(status=200, body=body)):
        answer = await ask(relay, post(b"Content-Length: 2\r\n", body=b"hi"))
    assert answer.body == body


async def test_an_ordinary_request_for_which_there_is_no_room_is_refused_and_the_connection_stays():
    limits = Limits(endpoint_bytes=10)
    async with relaying(limits=limits) as relay, asyncio.timeout(WITHIN_S), RawClient(relay.settings.port) as client:
        await opened(relay)
        for length, status in ((11, 503), (9, 202)):
            await client.send(post(b"Content-Length: %d\r\n" % length, body=b"x" * length))
            assert RawMessage(await client.answer(b"POST")).status == status
        assert (relay._gate.bytes.taken, relay._gate.deliveries.taken) == (0, 0)


async def test_a_sender_that_hangs_up_on_an_ordinary_request_gives_its_place_back():
    async with relaying() as relay, inspecting(relay) as inspector:
        async with RawClient(relay.settings.port) as client:
            await client.send(post())
            await inspector.until(lambda: inspector.arrivals)
            assert relay._gate.deliveries.taken == 1
        await until(lambda: not relay._gate.deliveries.taken)
    assert relay.metrics.deliveries == {"sender-gone": 1}


async def test_a_body_that_comes_faster_than_it_is_taken_in_is_refused(monkeypatch):
    go_on, refuse = asyncio.Event(), Connection.refuse_body

    async def add(intake, part):
        await go_on.wait()

    def refuse_body(connection):
        refuse(connection)
        go_on.set()

    monkeypatch.setattr("hookscope_relay.intake.Intake.add", add)
    monkeypatch.setattr(Connection, "refuse_body", refuse_body)
    async with relaying(limits=Limits(unread_bytes=100_000)) as relay, asyncio.timeout(WITHIN_S):
        await opened(relay)
        async with RawClient(relay.settings.port) as client:
            await client.send(post(b"Content-Length: 2000000\r\n"))
            for _ in range(4):
                await client.send(b"x" * 100_000)
            answer = RawMessage(await client.answer())
        assert (answer.status, json.loads(answer.body)["limit"]) == (503, "max-unread")
        assert relay.metrics.limited["max-unread"] == 1
