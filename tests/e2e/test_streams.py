"""Answers that reach their sender while the handler writes them: a relay, an inspector and a handler, all real."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from hookscope.model.events import Attempted, Captured, Ready
from hookscope_relay.app import Relay
from hookscope_relay.settings import Limits
from raw_http import OK, Behaviour, Conversation, RawClient, RawMessage, RawServer, exchange
from relays import relaying
from sessions import WITHIN_S, Session, make_plan

CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
MIB = 1024 * 1024


@asynccontextmanager
async def joined(
    home: Path, behaviour: Behaviour | None = None, *answers: bytes, limits: Limits | None = None, **changes: Any
) -> AsyncIterator[tuple[Session, Relay, RawServer]]:
    """A relay, a session on it and the handler that it forwards to."""
    wish = {"limits": limits} if limits else {}
    async with relaying(**wish) as relay, RawServer(*answers, behaviour=behaviour) as handler:
        session = Session(make_plan(home, relay.origin, handler.url, **changes))
        async with session.running():
            yield session, relay, handler


async def request(session: Session, method: bytes = b"POST", version: bytes = b"1.1", extra: bytes = b"") -> bytes:
    url = (await session.until(Ready)).url
    host, _, path = url.partition("://")[2].partition("/")
    head = b"%b /%b/x HTTP/%b\r\nHost: %b\r\nContent-Length: 0\r\n%b\r\n"
    return head % (method, path.rstrip("/").encode(), version, host.encode(), extra)


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def without_ours(answer: bytes) -> bytes:
    return re.sub(rb"Hookscope-[A-Za-z]+: [^\r]*\r\n", b"", answer)


async def test_each_event_is_there_before_the_next_one_is_written(tmp_path: Path) -> None:
    seen = asyncio.Event()

    async def events(conversation: Conversation) -> None:
        await conversation.request()
        await conversation.send(CHUNKED)
        for number in range(5):
            await conversation.send(chunk(b"data: %d\n\n" % number))
            await seen.wait()
            seen.clear()
        await conversation.send(b"0\r\n\r\n")
        await conversation.request()
        await conversation.send(OK)

    async with joined(tmp_path, events) as (session, relay, _), RawClient(relay.settings.port) as sender:
        sender.writer.write(await request(session))
        head = await sender.reader.readuntil(b"\r\n\r\n")
        assert without_ours(head) == CHUNKED
        for number in range(5):
            expected = chunk(b"data: %d\n\n" % number)
            assert await asyncio.wait_for(sender.reader.readexactly(len(expected)), WITHIN_S) == expected
            seen.set()
        assert await sender.reader.readexactly(5) == b"0\r\n\r\n"
        attempted = await session.until(Attempted)
        assert (attempted.status, attempted.failure) == (200, "")
        # The connection goes on.
        sender.writer.write(await request(session))
        assert (await sender.answer()).endswith(b"\r\n\r\nok")


FRAMED = [
    # What the handler writes, what the sender gets but for our own headers.
    (
        b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    ),
    (
        b"HTTP/1.1 200 Fine\r\ntransfer-encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\nx-b:  2\r\n\r\n",
        b"HTTP/1.1 200 Fine\r\ntransfer-encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\nx-b: 2\r\n\r\n",
    ),
    (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    ),
    (
        b"HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 400000\r\nHookscope-Seq: 7\r\n\r\n" + b"a" * 400_000,
        b"HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 400000\r\n\r\n" + b"a" * 400_000,
    ),
]


@pytest.mark.parametrize(("said", "got"), FRAMED, ids=["103", "trailers", "small-chunked", "long"])
async def test_an_answer_keeps_its_framing(tmp_path: Path, said: bytes, got: bytes) -> None:
    async with joined(tmp_path, None, said) as (session, relay, _), RawClient(relay.settings.port) as sender:
        sender.writer.write(await request(session))
        answer = b""
        while len(without_ours(answer)) < len(got):
            answer += await asyncio.wait_for(sender.reader.read(65536), WITHIN_S)
        assert without_ours(answer) == got


async def test_what_ends_with_its_connection_does_so_for_the_sender(tmp_path: Path) -> None:
    body = b"x" * 100_000

    async def until_close(conversation: Conversation) -> None:
        await conversation.request()
        await conversation.send(b"HTTP/1.0 200 OK\r\nX-A: 1\r\n\r\n" + body)

    async with joined(tmp_path, until_close) as (session, relay, _):
        answer = RawMessage(await exchange(relay.settings.port, await request(session)))
    assert (answer.status, answer.body, answer.values(b"connection")) == (200, body, [b"close"])


async def test_an_old_sender_gets_no_chunks(tmp_path: Path) -> None:
    async def events(conversation: Conversation) -> None:
        await conversation.request()
        await conversation.send(b"HTTP/1.1 103 Early Hints\r\n\r\n" + CHUNKED + chunk(b"one") + chunk(b"two"))
        await conversation.send(b"0\r\n\r\n")

    async with joined(tmp_path, events) as (session, relay, _):
        answer = RawMessage(await exchange(relay.settings.port, await request(session, version=b"1.0")))
    assert (answer.status, answer.body, answer.values(b"transfer-encoding")) == (200, b"onetwo", [])


async def broken(session: Session, relay: Relay) -> bytes:
    """What a sender got of an answer that was cut off; AssertionError where that ended in order."""
    got = b""
    async with RawClient(relay.settings.port) as sender:
        sender.writer.write(await request(session))
        try:
            while data := await asyncio.wait_for(sender.reader.read(65536), WITHIN_S):
                got += data
        except ConnectionResetError:
            return got
    answer = RawMessage(got)
    assert answer.status == 200
    assert not got.endswith(b"0\r\n\r\n")
    assert answer.values(b"transfer-encoding") or len(answer.body) < int(answer.values(b"content-length")[0])
    return got


OPENINGS = [CHUNKED, b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n"]


@pytest.mark.parametrize("opening", OPENINGS, ids=["chunked", "length"])
async def test_a_handler_that_breaks_off_breaks_the_senders_answer(tmp_path: Path, opening: bytes) -> None:
    async def breaks(conversation: Conversation) -> None:
        await conversation.request()
        await conversation.send(opening + b"5\r\nhello\r\n")

    async with joined(tmp_path, breaks) as (session, relay, _):
        await broken(session, relay)
        attempted = await session.until(Attempted)
    assert attempted.failure == "closed"


async def endless(conversation: Conversation) -> None:
    await conversation.request()
    await conversation.send(CHUNKED)
    while True:
        await conversation.send(chunk(b"data: " + b"x" * 1000 + b"\n\n"))
        await asyncio.sleep(0)


async def test_an_inspector_that_goes_breaks_the_senders_answer(tmp_path: Path) -> None:
    async with relaying() as relay, RawServer(behaviour=endless) as handler:
        session = Session(make_plan(tmp_path, relay.origin, handler.url))
        async with session.running():
            cut = asyncio.create_task(broken(session, relay))
            await session.until(Captured)
        assert b"data: x" in await cut
        assert not relay._gate.streams.taken


async def test_a_sender_that_goes_ends_the_handlers_connection(tmp_path: Path) -> None:
    ended = asyncio.Event()

    async def until_gone(conversation: Conversation) -> None:
        try:
            await endless(conversation)
        finally:
            ended.set()

    async with joined(tmp_path, until_gone) as (session, relay, _):
        async with RawClient(relay.settings.port) as sender:
            sender.writer.write(await request(session))
            await sender.reader.readuntil(b"data: x")
        await asyncio.wait_for(ended.wait(), WITHIN_S)
        attempted = await session.until(Attempted)
        assert (attempted.status, attempted.failure) == (200, "")
        assert not relay._gate.streams.taken


async def test_a_sender_that_reads_slowly_slows_the_handler(tmp_path: Path) -> None:
    written = 0
    stalled = asyncio.Event()

    async def much(conversation: Conversation) -> None:
        nonlocal written
        await conversation.request()
        await conversation.send(CHUNKED)
        for _ in range(64):
            conversation.writer.write(chunk(b"x" * MIB))
            try:
                await asyncio.wait_for(conversation.writer.drain(), 0.5)
            except TimeoutError:
                stalled.set()
                await conversation.writer.drain()
            written += MIB
        await conversation.send(b"0\r\n\r\n")

    async with joined(tmp_path, much) as (session, relay, _), RawClient(relay.settings.port) as sender:
        transport = cast(asyncio.Transport, sender.writer.transport)
        transport.pause_reading()
        sender.writer.write(await request(session))
        await asyncio.wait_for(stalled.wait(), WITHIN_S)
        assert written < 24 * MIB
        transport.resume_reading()
        size = 0
        while size < 64 * MIB:
            size += len(await asyncio.wait_for(sender.reader.read(MIB), WITHIN_S))
        attempted = await session.until(Attempted)
        assert (attempted.status, attempted.failure) == (200, "")


async def test_a_relay_has_no_room_for_any_number(tmp_path: Path) -> None:
    limits = Limits(endpoint_streams=1)
    async with (
        joined(tmp_path, endless, limits=limits) as (session, relay, _),
        RawClient(relay.settings.port) as sender,
    ):
        sender.writer.write(await request(session))
        await sender.reader.readuntil(b"data: x")
        refused = RawMessage(await exchange(relay.settings.port, await request(session)))
    assert refused.status == 503
    assert b'"limit": "max-streams-endpoint"' in refused.body


LIMITED = [Limits(stream_bytes=100_000), Limits(stream_idle_s=0.2)]


@pytest.mark.parametrize("limits", LIMITED, ids=["bytes", "idle"])
async def test_what_is_too_long_or_too_silent_is_cut_off(tmp_path: Path, limits: Limits) -> None:
    async def one_event(conversation: Conversation) -> None:
        await conversation.request()
        await conversation.send(CHUNKED + chunk(b"data: 1\n\n"))
        await conversation.reader.read()

    behaviour = one_event if limits.stream_idle_s < 1 else endless
    async with joined(tmp_path, behaviour, limits=limits) as (session, relay, _):
        await broken(session, relay)
        await session.until(Attempted)


@pytest.mark.parametrize("old", ["relay", "inspector"])
async def test_with_an_old_relay_or_inspector_answers_are_collected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str
) -> None:
    if old == "relay":
        monkeypatch.setattr("hookscope_relay.tunnel.parse_wish", _old_wish)
    else:
        monkeypatch.setattr("hookscope.tunnel.client.Tunnel._query", lambda _: "?mode=handler")

    async def events(conversation: Conversation) -> None:
        await conversation.request()
        await conversation.send(CHUNKED + chunk(b"data: 1\n\n"))
        await asyncio.sleep(0.05)
        await conversation.send(chunk(b"data: 2\n\n") + b"0\r\n\r\n")

    async with joined(tmp_path, events) as (session, relay, _), RawClient(relay.settings.port) as sender:
        sender.writer.write(await request(session))
        head = await sender.reader.readuntil(b"\r\n\r\n")
        assert b"Content-Length: 18\r\n" in head
        assert await sender.reader.readexactly(18) == b"data: 1\n\ndata: 2\n\n"


def _old_wish(query: str) -> Any:
    from hookscope_relay.tunnel import Wish

    assert "streams=1" in query
    return Wish(mode="handler", after=None, away=None, away_status=None)
