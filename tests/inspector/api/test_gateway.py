"""The gateway between a raw client and a raw API: what passes is known to the byte."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from connect_proxy import connect_proxy
from hookscope.api.directory import Api
from hookscope.api.fault import parse_faults
from hookscope.api.gateway import Gateway
from hookscope.api.passage import KEPT_BYTES
from hookscope.model.call import Call
from hookscope_relay.errors import InputError
from raw_http import Behaviour, Conversation, RawClient, RawMessage, RawServer, exchange, free_port, self_signed

WITHIN_S = 10.0


class Listening:
    """A gateway to one API, and the calls that it told of."""

    def __init__(self, gateway: Gateway, calls: list[Call], bell: asyncio.Event) -> None:
        self.gateway, self.calls, self._bell = gateway, calls, bell

    async def one(self) -> Call:
        async with asyncio.timeout(WITHIN_S):
            while not self.calls:
                self._bell.clear()
                await self._bell.wait()
        return self.calls[-1]

    async def ask(self, request: bytes) -> RawMessage:
        async with asyncio.timeout(WITHIN_S):
            return RawMessage(await exchange(self.gateway.port, request))


@contextlib.asynccontextmanager
async def opened(base: str, *faults: str) -> AsyncIterator[Listening]:
    calls: list[Call] = []
    bell = asyncio.Event()

    def told(call: Call) -> None:
        calls.append(call)
        bell.set()

    gateway = Gateway(
        {"notion": Api(name="notion", base=base)}, told, tls=self_signed()[1], faults=parse_faults(faults, ("notion",))
    )
    await gateway.start(0)
    try:
        yield Listening(gateway, calls, bell)
    finally:
        await gateway.stop()


def get(target: str = "/notion/v1/users/me", more: str = "", host: str = "127.0.0.1:1") -> bytes:
    return f"GET {target} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer ntn_x\r\n{more}\r\n".encode("latin-1")


async def test_request_and_answer_pass_byte_for_byte_over_tls() -> None:
    answer = b"HTTP/1.1 403 Nope\r\nContent-TYPE: application/json\r\nX-A: 1\r\nX-a: 2\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\n\x1f\x8b\x00\x01\x02"
    async with RawServer(answer, tls=self_signed()[0]) as api, opened(f"https://localhost:{api.port}") as here:
        body = b"\x1f\x8bnot really gzip"
        head = (
            "POST /notion/v1/a%2Fb/../c?x=%C3%A9&y=a+b HTTP/1.1\r\nHost: 127.0.0.1:1\r\nauthorization: Bearer ntn_1\r\n"
            f"X-Odd: \xc3\xa9\r\nContent-Encoding: gzip\r\nNotion-Version: 2022-06-28\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        got = await here.ask(head.encode("latin-1") + body)
        call = await here.one()
    sent = api.last
    assert sent.first_line == b"POST /v1/a%2Fb/../c?x=%C3%A9&y=a+b HTTP/1.1"
    assert sent.headers == [
        (b"Host", f"localhost:{api.port}".encode()),
        (b"authorization", b"Bearer ntn_1"),
        (b"X-Odd", b"\xc3\xa9"),
        (b"Content-Encoding", b"gzip"),
        (b"Notion-Version", b"2022-06-28"),
        (b"Content-Length", str(len(body)).encode()),
    ]
    assert sent.body == body
    assert got.raw == answer
    assert (call.api, call.method, call.target, call.status) == ("notion", "POST", "/v1/a%2Fb/../c?x=%C3%A9&y=a+b", 403)
    assert call.answer is not None
    assert (call.body, call.answer.body, call.body_bytes, call.answer_bytes) == (body, answer[-5:], len(body), 5)
    assert call.first_byte_ms is not None
    assert call.first_byte_ms <= call.elapsed_ms


async def test_an_untrusted_certificate_is_refused_and_named() -> None:
    async with RawServer(tls=self_signed()[0]) as api:
        calls: list[Call] = []
        gateway = Gateway({"notion": Api(name="notion", base=f"https://localhost:{api.port}")}, calls.append)
        await gateway.start(0)
        got = RawMessage(await exchange(gateway.port, get()))
        await gateway.stop()
        assert api.requests == []
    assert got.status == 502
    assert got.values(b"Hookscope-Answered-By") == [b"inspector"]
    assert calls[0].failure is not None
    assert calls[0].failure.kind == "tls"
    assert "certificate" in calls[0].failure.detail


async def test_an_answer_streams_before_it_is_whole() -> None:
    go_on = asyncio.Event()

    async def talk(conversation: Conversation) -> None:
        await conversation.request()
        await conversation.send(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nfirst\n\r\n"
        )
        await go_on.wait()
        await conversation.send(b"7\r\nsecond\n\r\n0\r\n\r\n")

    async with RawServer(behaviour=talk) as api, opened(api.url) as here:
        reader, writer = await asyncio.open_connection("127.0.0.1", here.gateway.port)
        writer.write(get())
        async with asyncio.timeout(WITHIN_S):
            head = await reader.readuntil(b"\r\n\r\n")
            first = await reader.readuntil(b"first\n\r\n")
            go_on.set()
            rest = await reader.readuntil(b"0\r\n\r\n")
        writer.close()
        call = await here.one()
    assert b"Transfer-Encoding: chunked\r\n" in head
    assert (first, rest) == (b"6\r\nfirst\n\r\n", b"7\r\nsecond\n\r\n0\r\n\r\n")
    assert call.answer is not None
    assert call.answer.body == b"first\nsecond\n"


@pytest.mark.parametrize(
    ("base", "status", "kind"),
    [
        (f"http://127.0.0.1:{free_port()}", 502, "refused"),
        ("https://no-such-host.invalid", 502, "dns"),
    ],
    ids=["refused", "dns"],
)
async def test_an_api_that_cannot_be_reached_is_a_failure(base: str, status: int, kind: str) -> None:
    async with opened(base) as here:
        got = await here.ask(get())
        call = await here.one()
    assert got.status == status
    assert call.failure is not None
    assert (call.failure.kind, call.status) == (kind, None)


async def reset(conversation: Conversation) -> None:
    await conversation.request()
    conversation.reset()


async def lie(conversation: Conversation) -> None:
    await conversation.request()
    await conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfew")
    await conversation.close()


async def babble(conversation: Conversation) -> None:
    await conversation.request()
    await conversation.send(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
    await conversation.close()


async def switch(conversation: Conversation) -> None:
    await conversation.request()
    await conversation.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nanything")


@pytest.mark.parametrize(
    ("behaviour", "kinds"),
    [
        (reset, {"reset", "closed"}),
        (lie, {"bad-response"}),
        (babble, {"bad-response"}),
        (switch, {"bad-response"}),
    ],
)
async def test_a_broken_answer_is_told_and_the_next_call_works(behaviour: Behaviour, kinds: set[str]) -> None:
    async with RawServer(behaviour=behaviour) as api, opened(api.url) as here:
        with contextlib.suppress(EOFError, ConnectionError):
            await here.ask(get())
        call = await here.one()
        assert call.failure is not None
        assert call.failure.kind in kinds
        assert not call.abandoned
        assert here.gateway.port


async def test_a_handler_that_hangs_up_is_told_apart() -> None:
    asked = asyncio.Event()

    async def hang(conversation: Conversation) -> None:
        await conversation.request()
        asked.set()
        await conversation.reader.read()

    async with RawServer(behaviour=hang) as api, opened(api.url) as here:
        _, writer = await asyncio.open_connection("127.0.0.1", here.gateway.port)
        writer.write(get())
        async with asyncio.timeout(WITHIN_S):
            await asked.wait()
        writer.close()
        call = await here.one()
    assert call.abandoned
    assert call.failure is not None
    assert "the handler hung up" in call.failure.detail


@pytest.mark.parametrize("paused", [False, True])
async def test_what_the_api_says_is_heard_out_though_the_handler_looks_at_the_status_only(paused: bool) -> None:
    gone = asyncio.Event()

    async def talk(conversation: Conversation) -> None:
        await conversation.request()
        await conversation.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 12\r\n\r\n")
        if paused:
            await gone.wait()
        await conversation.send(b"said in full")

    async with RawServer(behaviour=talk) as api, opened(api.url) as here:
        reader, writer = await asyncio.open_connection("127.0.0.1", here.gateway.port)
        writer.write(get())
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.abort()
        gone.set()
        call = await here.one()
    assert (call.status, call.failure) == (403, None)
    assert call.answer is not None
    assert call.answer.body == b"said in full"


async def test_a_large_answer_passes_whole_and_is_kept_in_part() -> None:
    size = 100_000_000

    async def talk(conversation: Conversation) -> None:
        await conversation.request()
        await conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(size // 1_000_000):
            await conversation.send(b"x" * 1_000_000)

    async with RawServer(behaviour=talk) as api, opened(api.url) as here:
        got = await here.ask(get())
        call = await here.one()
    assert len(got.body) == size
    assert call.answer is not None
    assert (call.answer_bytes, len(call.answer.body)) == (size, KEPT_BYTES)


async def test_a_long_or_chunked_request_goes_on_as_it_comes() -> None:
    async with RawServer() as api, opened(api.url) as here:
        await here.ask(
            b"POST /notion/x HTTP/1.1\r\nHost: localhost:1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
        )
        assert api.last.values(b"Transfer-Encoding") == [b"chunked"]
        assert b"abc" in api.last.body
        body = b"y" * 3_000_000
        await here.ask(b"POST /notion/x HTTP/1.1\r\nHost: localhost:1\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        assert api.last.values(b"Content-Length") == [b"3000000"]
        assert api.last.body == body
        assert (here.calls[-1].body_bytes, len(here.calls[-1].body)) == (3_000_000, KEPT_BYTES)


async def test_our_own_header_stays_here() -> None:
    async with RawServer() as api, opened(api.url) as here:
        await here.ask(get(more="Hookscope-Delivery: 01abc\r\n"))
        call = await here.one()
    assert api.last.values(b"Hookscope-Delivery") == []
    assert ("Hookscope-Delivery", "01abc") in call.headers


@pytest.mark.parametrize(
    ("request_", "status", "words"),
    [
        (get("/github/x"), 404, "this gateway serves notion"),
        (get("/"), 404, "this gateway serves notion"),
        (get(host="evil.example"), 421, "on this machine only"),
        (get(host="localhost:80@evil.example"), 421, "on this machine only"),
        (get(host="127.0.0.1:evil.example"), 421, "on this machine only"),
        (get(more="Origin: https://evil.example\r\n"), 403, "no page of a browser"),
        (get(more="Origin: null\r\n"), 403, "no page of a browser"),
        (get(more="Sec-Fetch-Site: cross-site\r\nCookie: hookscope-web-1=x\r\n"), 403, "no page of a browser"),
    ],
)
async def test_what_goes_nowhere_is_told_and_is_no_call(request_: bytes, status: int, words: str) -> None:
    async with opened("http://127.0.0.1:9") as here:
        got = await here.ask(request_)
        assert here.calls == []
    assert got.status == status
    assert words in got.body.decode()


async def test_a_client_that_takes_no_path_is_known_by_its_kind_of_token() -> None:
    async with RawServer() as api:
        apis = {
            "stripe": Api(name="stripe", base=api.url, tokens=("stripe-key",)),
            "notion": Api(name="notion", base="http://127.0.0.1:9"),
        }
        calls: list[Call] = []
        gateway = Gateway(apis, calls.append)
        port = await gateway.start(0)
        try:
            for token, status in (("sk_test_" + "a1" * 12, 200), ("unknown", 404)):
                head = f"GET /v1/customers HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n"
                assert RawMessage(await exchange(port, head.encode())).status == status
        finally:
            await gateway.stop()
    assert [(call.api, call.target) for call in calls] == [("stripe", "/v1/customers")]


async def test_the_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with RawServer(tls=self_signed()[0]) as api:
        with connect_proxy(api.port, "user:word") as proxy:
            monkeypatch.setenv("HTTPS_PROXY", f"http://user:word@127.0.0.1:{proxy.port}")
            monkeypatch.delenv("NO_PROXY", raising=False)
            monkeypatch.delenv("no_proxy", raising=False)
            # The certificate is for localhost, which no proxy is asked for: the name that is refused shows that TLS was
            # begun with the API.
            async with opened("https://api.example.test") as here:
                await here.ask(get())
                call = await here.one()
    assert proxy.asked == ["api.example.test:443"]
    assert call.failure is not None
    assert call.failure.kind == "tls"


async def test_faults_are_played_in_the_apis_words() -> None:
    async with (
        RawServer() as api,
        opened(api.url, "notion: 403 on POST /v1/comments", "notion: hang-up on GET /gone") as here,
    ):
        assert (await here.ask(get())).status == 200
        got = await here.ask(b"POST /notion/v1/comments HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
        assert (got.status, b"restricted_resource" in got.body) == (403, True)
        assert here.calls[-1].fault == "notion: 403 on POST /v1/comments"
        with contextlib.suppress(EOFError, ConnectionError):
            await here.ask(get("/notion/gone"))
        assert here.calls[-1].failure is not None
        assert len(api.requests) == 1


async def test_a_taken_port_is_told_or_left() -> None:
    async with opened("http://127.0.0.1:9") as here:
        other = Gateway({}, lambda call: None)
        with pytest.raises(InputError, match="is in use"):
            await other.start(here.gateway.port, fixed=True)
        await other.start(here.gateway.port)
        assert other.port not in (0, here.gateway.port)
        await other.stop()


async def test_one_connection_carries_many_calls() -> None:
    async with RawServer() as api, opened(api.url) as here:
        async with RawClient(here.gateway.port) as client:
            for _ in range(3):
                await client.send(get())
                assert RawMessage(await client.answer()).status == 200
        assert len({call.connection for call in here.calls}) == 1
        assert len(api.requests) == 3
