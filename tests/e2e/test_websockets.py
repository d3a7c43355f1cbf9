"""WebSockets through the tunnel: a relay, an inspector, a handler and a client, all real."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from hookscope.config.settings import places
from hookscope.model.capture import Attempt, Capture
from hookscope.model.events import Attempted, Ready
from hookscope.session.terms import Forwarding
from hookscope.store.reader import CaptureReader
from hookscope_relay.app import Relay
from hookscope_relay.settings import Limits
from raw_http import Conversation, RawClient, RawMessage, RawServer, exchange
from relays import relaying
from sessions import WITHIN_S, Session, make_plan

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = base64.b64encode(hashlib.sha1(KEY + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
UPGRADE = (
    b"Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Key: %b\r\nsec-websocket-VERSION: 13\r\n"
    % KEY
)

Said = Callable[[ServerConnection], Awaitable[None]]


async def echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


@asynccontextmanager
async def joined(
    home: Path, said: Said = echo, *, limits: Limits | None = None, forwarding: Forwarding | None = None, **wish: Any
) -> AsyncIterator[tuple[Session, Relay]]:
    """A relay, a session on it and a WebSocket server that it forwards to."""
    async with (
        relaying(**({"limits": limits} if limits else {})) as relay,
        serve(said, "127.0.0.1", 0, max_size=None, **wish) as server,
    ):
        port = next(iter(server.sockets)).getsockname()[1]
        plan = make_plan(home, relay.origin, f"http://127.0.0.1:{port}")
        session = Session(
            make_plan(home, relay.origin, plan.handler.url, **({"forwarding": forwarding} if forwarding else {}))
        )
        async with session.running():
            yield session, relay


async def url_of(session: Session) -> str:
    return "ws" + (await session.until(Ready)).url.removeprefix("http") + "/live?x=1"


async def dialled(session: Session, **wish: Any) -> ClientConnection:
    return await connect(await url_of(session), proxy=None, open_timeout=WITHIN_S, max_size=None, **wish)


def captured(home: Path, name: str = "last") -> Capture:
    reader = CaptureReader(places({"HOOKSCOPE_HOME": str(home)}).captures)
    try:
        return reader.find(name)
    finally:
        reader.close()


def of(capture: Capture) -> Attempt:
    assert len(capture.attempts) == 1
    return capture.attempts[0]


@pytest.mark.parametrize("compression", [None, "deflate"])
async def test_messages_pass_both_ways_and_are_recorded(tmp_path: Path, compression: str | None) -> None:
    async with joined(tmp_path, subprotocols=[Subprotocol("b")]) as (session, relay):
        client = await dialled(session, compression=compression, subprotocols=[Subprotocol("a"), Subprotocol("b")])
        assert client.subprotocol == "b"
        large = bytes(range(256)) * 4096
        for message in ("hello", "again, hello", b"\x00\xff", large):
            await client.send(message)
            assert await asyncio.wait_for(client.recv(), WITHIN_S) == message
        await (await client.ping())
        await client.close(4001, "done")
        attempted = await session.until(Attempted)
        assert (attempted.status, attempted.failure) == (101, "")
        assert not relay._gate.streams.taken
    attempt = of(captured(tmp_path))
    note = attempt.stream
    assert attempt.request is None
    assert note is not None
    assert note.broken == ""
    said = [(one.from_sender, one.kind, one.code, one.shown) for one in note.spoken if one.kind != "binary"]
    assert said == [
        (True, "text", None, b"hello"),
        (False, "text", None, b"hello"),
        (True, "text", None, b"again, hello"),
        (False, "text", None, b"again, hello"),
        *[one for one in said if one[1] in ("ping", "pong")],
        (True, "close", 4001, b"done"),
        (False, "close", 4001, b"done"),
    ]
    assert [one.kind for one in note.spoken].count("ping") == [one.kind for one in note.spoken].count("pong") == 1
    assert [one.shown for one in note.spoken if one.kind == "binary"][:2] == [b"\x00\xff"] * 2
    if compression is None:
        assert [one.size for one in note.spoken if one.kind == "binary"] == [2, 2, len(large), len(large)]


async def raw(conversation: Conversation) -> None:
    """A handler that says what it got, and then its own first words in the same write."""
    await conversation.head()
    head = b"HTTP/1.1 101 Switching It Is\r\nupgrade: WebSocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %b\r\nX-Odd:  y\r\n\r\n"
    await conversation.send(head % ACCEPT + b"\x81\x02hi")
    assert await conversation.reader.readexactly(6) == b"\x81\x80\x00\x00\x00\x00"
    await conversation.send(b"\x88\x02\x03\xe8")


async def test_the_handshake_passes_byte_for_byte(tmp_path: Path) -> None:
    async with relaying() as relay, RawServer(behaviour=raw) as handler:
        session = Session(make_plan(tmp_path, relay.origin, handler.url))
        async with session.running(), RawClient(relay.settings.port) as sender:
            target = (await session.until(Ready)).url.partition("://")[2].partition("/")[2]
            head = b"GET /%b/live HTTP/1.1\r\nHost: h\r\n" % target.rstrip("/").encode()
            head = head.replace(b"Host: h", b"Host: 127.0.0.1") + UPGRADE + b"Sec-WebSocket-Protocol: a, b\r\n\r\n"
            await sender.send(head)
            answer = RawMessage(await sender.reader.readuntil(b"\r\n\r\n"))
            assert await sender.reader.readexactly(4) == b"\x81\x02hi"
            await sender.send(b"\x81\x80\x00\x00\x00\x00")
            assert await sender.rest() == b"\x88\x02\x03\xe8"
    assert answer.first_line == b"HTTP/1.1 101 Switching It Is"
    assert answer.headers[:4] == [
        (b"upgrade", b"WebSocket"),
        (b"Connection", b"Upgrade"),
        (b"Sec-WebSocket-Accept", ACCEPT),
        (b"X-Odd", b"y"),
    ]
    assert UPGRADE + b"Sec-WebSocket-Protocol: a, b\r\n" in handler.requests[0]


async def problem(session: Session, relay: Relay, extra: bytes = UPGRADE) -> tuple[int, dict[str, Any]]:
    target = (await session.until(Ready)).url.partition("://")[2].partition("/")[2].rstrip("/").encode()
    request = b"GET /%b/live HTTP/1.1\r\nHost: 127.0.0.1\r\n%b\r\n" % (target, extra)
    answer = RawMessage(await exchange(relay.settings.port, request))
    return answer.status, json.loads(answer.body or b"{}")


async def test_an_upgrade_that_is_switched_off_is_refused_in_words(tmp_path: Path) -> None:
    async with joined(tmp_path, forwarding=Forwarding(websocket=False)) as (session, relay):
        status, told = await problem(session, relay)
    assert (status, told["type"]) == (501, "urn:hookscope:problem:upgrade-refused")
    assert told["detail"] == "WebSockets are switched off here."


async def test_an_inspector_of_an_older_version_is_never_handed_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hookscope.tunnel.client.Tunnel._query", lambda _: "?mode=handler")
    async with joined(tmp_path) as (session, relay):
        status, told = await problem(session, relay)
    assert (status, told["type"]) == (501, "urn:hookscope:problem:upgrade-refused")


async def test_a_relay_of_an_older_version_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hookscope.tunnel.outflow.Streams.open", lambda *_: None)
    async with joined(tmp_path) as (session, relay):
        status, told = await problem(session, relay)
    assert (status, told["detail"]) == (501, "The relay is of a version that passes no upgrades on.")


async def test_nobody_takes_an_upgrade_later(tmp_path: Path) -> None:
    async with relaying() as relay:
        session = Session(make_plan(tmp_path, relay.origin))
        async with session.running():
            status, told = await problem(session, relay)
            assert (status, told["type"]) == (501, "urn:hookscope:problem:upgrade-refused")
        status, told = await problem(session, relay)
        assert (status, told["type"]) == (503, "urn:hookscope:problem:not-listening")


async def test_a_handler_that_wants_no_websocket_says_so_itself(tmp_path: Path) -> None:
    async with relaying() as relay, RawServer(b"HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\n{}") as handler:
        session = Session(make_plan(tmp_path, relay.origin, handler.url))
        async with session.running():
            status, _ = await problem(session, relay)
        assert status == 404
        assert handler.last.values(b"upgrade") == [b"websocket"]


async def test_another_upgrade_is_ignored(tmp_path: Path) -> None:
    extra = b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n"
    async with relaying() as relay, RawServer(b"HTTP/1.1 200 Fine\r\nContent-Length: 2\r\n\r\n{}") as handler:
        session = Session(make_plan(tmp_path, relay.origin, handler.url))
        async with session.running():
            status, _ = await problem(session, relay, extra)
            await session.until(Attempted)
        assert (status, handler.last.values(b"upgrade")) == (200, [])
    assert ("Upgrade", "h2c") in captured(tmp_path).delivery.headers


async def test_a_sender_that_goes_is_gone_for_the_handler(tmp_path: Path) -> None:
    ended = asyncio.Event()

    async def waiting(connection: ServerConnection) -> None:
        with pytest.raises(ConnectionClosed):
            await connection.recv()
        ended.set()

    async with joined(tmp_path, waiting) as (session, _):
        client = await dialled(session)
        client.transport.abort()
        await asyncio.wait_for(ended.wait(), WITHIN_S)
        await session.until(Attempted)
    note = of(captured(tmp_path)).stream
    assert note is not None
    assert note.broken == "sender-gone"


async def test_an_inspector_that_goes_ends_the_conversation(tmp_path: Path) -> None:
    async with joined(tmp_path) as (session, _):
        client = await dialled(session)
        await client.send("hello")
        await client.recv()
    with pytest.raises(ConnectionClosed) as closed:
        await asyncio.wait_for(client.recv(), WITHIN_S)
    assert closed.value.rcvd is None


async def test_a_handler_that_reads_slowly_slows_the_sender(tmp_path: Path) -> None:
    go_on = asyncio.Event()
    got = 0

    async def slow(connection: ServerConnection) -> None:
        nonlocal got
        await go_on.wait()
        async for message in connection:
            got += len(message)

    async with joined(tmp_path, slow, max_queue=1) as (session, _):
        client = await dialled(session, compression=None)
        sent = 0

        async def send() -> None:
            nonlocal sent
            for _ in range(48):
                await client.send(b"x" * 1024 * 1024)
                sent += 1

        sending = asyncio.create_task(send())
        _, stalled = await asyncio.wait({sending}, timeout=1.0)
        assert stalled
        assert sent < 30
        go_on.set()
        await asyncio.wait_for(sending, WITHIN_S * 2)
        await client.close()
        await session.until(Attempted)
        assert got == 48 * 1024 * 1024


async def test_what_is_silent_for_too_long_is_cut_off(tmp_path: Path) -> None:
    async with joined(tmp_path, limits=Limits(stream_idle_s=0.3)) as (session, _):
        client = await dialled(session, ping_interval=None)
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(client.recv(), WITHIN_S)
        await session.until(Attempted)
    note = of(captured(tmp_path)).stream
    assert note is not None
    assert note.broken == "idle"


async def test_there_is_room_for_so_many(tmp_path: Path) -> None:
    async with joined(tmp_path, limits=Limits(endpoint_streams=2)) as (session, _):
        clients = [await dialled(session) for _ in range(2)]
        with pytest.raises(InvalidStatus) as refused:
            await dialled(session)
        assert refused.value.response.status_code == 503
        await clients[0].close()
        await session.until(Attempted, 2)
        await (await dialled(session)).close()
        await clients[1].close()
