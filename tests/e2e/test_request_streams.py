"""Requests that reach the handler while their senders write them: a relay, an inspector and a handler, all real."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hookscope.config.settings import places
from hookscope.model.capture import Capture
from hookscope.model.errors import RefusedForSafety
from hookscope.model.events import Attempted, Captured, Noticed, Ready
from hookscope.model.session_requests import Replay
from hookscope.store.captures import CaptureStore
from hookscope.tools.routes.parse import parse_routes
from hookscope_relay.app import Relay
from hookscope_relay.settings import Limits
from raw_http import OK, Behaviour, Conversation, RawClient, RawMessage, RawServer, free_port
from relays import relaying
from sessions import WITHIN_S, Session, make_plan

CHUNKED = b"Transfer-Encoding: chunked\r\n"
REFUSED = b"HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\nConnection: close\r\n\r\nlarge"
EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
PIECES = [b"one\n", b"two, a little longer\n", b"three"]


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


class Handler:
    """A handler that reads a request piece by piece: `pieces` is what came, and `ended` how it did."""

    def __init__(self) -> None:
        self.pieces: asyncio.Queue[bytes] = asyncio.Queue()
        self.ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.trailers = b""
        self.head = b""

    async def __call__(self, conversation: Conversation) -> None:
        self.head = await conversation.head()
        try:
            await self.begin(conversation)
            await self._read(conversation)
        except (asyncio.IncompleteReadError, ConnectionError):
            self.ended.set_result("cut off")
            return
        self.ended.set_result("whole")
        await self.end(conversation)

    async def begin(self, conversation: Conversation) -> None:
        """What it says before it reads."""

    async def end(self, conversation: Conversation) -> None:
        """What it says behind that."""
        await conversation.send(OK)

    async def took(self, conversation: Conversation, piece: bytes) -> None:
        """What it does with a piece."""
        self.pieces.put_nowait(piece)

    async def _read(self, conversation: Conversation) -> None:
        reader = conversation.reader
        if b"chunked" not in self.head:
            left = int(self.head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            while left:
                piece = await reader.read(left)
                if not piece:
                    raise asyncio.IncompleteReadError(b"", left)
                left -= len(piece)
                await self.took(conversation, piece)
            return
        while size := int(await reader.readuntil(b"\r\n"), 16):
            await self.took(conversation, (await reader.readexactly(size + 2))[:-2])
        while (line := await reader.readuntil(b"\r\n")) != b"\r\n":
            self.trailers += line

    async def sees(self, expected: bytes) -> None:
        """Wait for these bytes, in however many pieces."""
        seen = b""
        async with asyncio.timeout(WITHIN_S):
            while len(seen) < len(expected):
                seen += await self.pieces.get()
        assert seen == expected

    async def how(self) -> str:
        return await asyncio.wait_for(asyncio.shield(self.ended), WITHIN_S)


class Echo(Handler):
    """Answers with what it reads, as it comes."""

    async def begin(self, conversation: Conversation) -> None:
        await conversation.send(EVENTS)

    async def took(self, conversation: Conversation, piece: bytes) -> None:
        await conversation.send(chunk(piece))

    async def end(self, conversation: Conversation) -> None:
        await conversation.send(b"0\r\n\r\n")


class Early(Handler):
    """Answers before it reads; a refusal hangs up."""

    def __init__(self, answer: bytes) -> None:
        super().__init__()
        self.answer = answer

    async def begin(self, conversation: Conversation) -> None:
        await conversation.send(self.answer)
        if self.answer is REFUSED:
            raise ConnectionError

    async def end(self, conversation: Conversation) -> None:
        pass


@asynccontextmanager
async def joined(
    home: Path, behaviour: Behaviour, limits: Limits | None = None, *, streamed: bool = True, **changes: Any
) -> AsyncIterator[tuple[Session, Relay]]:
    wish = {"limits": limits} if limits else {}
    async with relaying(**wish) as relay, RawServer(behaviour=behaviour) as server:
        plan = make_plan(home, relay.origin, server.url, **changes)
        session = Session(replace(plan, dialling=replace(plan.dialling, stream_requests=streamed)))
        async with session.running():
            yield session, relay


async def head(session: Session, framing: bytes = CHUNKED) -> bytes:
    url = (await session.until(Ready)).url
    host, _, path = url.partition("://")[2].partition("/")
    return b"POST /%b/x HTTP/1.1\r\nHost: %b\r\n%b\r\n" % (path.rstrip("/").encode(), host.encode(), framing)


async def captured(session: Session, home: Path) -> Capture:
    """The one capture, once its attempt has ended."""
    attempted = await session.until(Attempted)
    store = CaptureStore.open(places({"HOOKSCOPE_HOME": str(home)}).captures)
    try:
        return store.find(attempted.id)
    finally:
        store.close()


@pytest.mark.parametrize("length", [False, True], ids=["chunked", "length"])
async def test_each_piece_is_there_before_the_next_one_is_written(tmp_path: Path, length: bool) -> None:
    handler = Handler()
    framing = b"Content-Length: %d\r\n" % len(b"".join(PIECES)) if length else CHUNKED
    async with joined(tmp_path, handler) as (session, relay), RawClient(relay.settings.port) as sender:
        await sender.send(await head(session, framing))
        for piece in PIECES:
            await sender.send(piece if length else chunk(piece))
            await handler.sees(piece)
        await sender.send(b"" if length else b"0\r\n\r\n")
        assert (await sender.answer()).endswith(b"\r\n\r\nok")
        capture = await captured(session, tmp_path)
    assert framing in handler.head
    assert (capture.delivery.body, capture.delivery.broken) == (b"".join(PIECES), "")
    assert capture.attempts[0].stream is not None
    assert capture.attempts[0].stream.request_size == len(capture.delivery.body)
    assert not [one for one in session.events if isinstance(one, Noticed) and one.level == "error"]


async def test_both_ways_at_once(tmp_path: Path) -> None:
    async with joined(tmp_path, Echo()) as (session, relay), RawClient(relay.settings.port) as sender:
        await sender.send(await head(session))
        assert (await sender.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 OK\r\n")
        for piece in PIECES:
            await sender.send(chunk(piece))
            assert await asyncio.wait_for(sender.reader.readexactly(len(chunk(piece))), WITHIN_S) == chunk(piece)
        await sender.send(b"0\r\n\r\n")
        assert await asyncio.wait_for(sender.rest(), WITHIN_S) == b"0\r\n\r\n"
        capture = await captured(session, tmp_path)
    assert (
        capture.delivery.body
        == b"".join(PIECES)
        == (capture.outcome and capture.outcome.answer and capture.outcome.answer.body)
    )


@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "whole"])
async def test_trailers_reach_the_handler_but_for_what_may_not_stand_there(tmp_path: Path, streamed: bool) -> None:
    handler = Handler()
    trailers = b"X-Sum: 42\r\nx-b:  2 \r\nAuthorization: no\r\nHookscope-Delivery: mine\r\n"
    async with (
        joined(tmp_path, handler, streamed=streamed) as (session, relay),
        RawClient(relay.settings.port) as sender,
    ):
        await sender.send(await head(session, CHUNKED + b"Trailer: X-Sum\r\n"))
        await sender.send(chunk(b"one"))
        if streamed:
            await handler.sees(b"one")
        await sender.send(b"0\r\n" + trailers + b"\r\n")
        assert (await sender.answer()).endswith(b"\r\n\r\nok")
        capture = await captured(session, tmp_path)
    assert handler.trailers == b"X-Sum: 42\r\nx-b: 2\r\n"
    assert b"\r\nTrailer: X-Sum\r\n" in handler.head
    kept = (("X-Sum", "42"), ("x-b", "2"), ("Authorization", "no"), ("Hookscope-Delivery", "mine"))
    assert (capture.delivery.trailers, capture.delivery.body) == (kept, b"one")
    assert capture.attempts[0].request is None


async def test_what_its_sender_breaks_off_never_ends_at_the_handler(tmp_path: Path) -> None:
    handler = Handler()
    async with joined(tmp_path, handler) as (session, relay):
        async with RawClient(relay.settings.port) as sender:
            await sender.send(await head(session))
            await sender.send(chunk(b"one"))
            await handler.sees(b"one")
        assert await handler.how() == "cut off"
        capture = await captured(session, tmp_path)
        assert (capture.delivery.body, capture.delivery.broken) == (b"one", "sender-gone")
        failure = capture.attempts[0].failure
        assert failure is not None
        assert (failure.kind, failure.detail) == ("cut-off", "the sender hung up, after 3 bytes of the request's body")
        # It would seem whole.
        with pytest.raises(RefusedForSafety, match="not whole: the sender hung up"):
            await session.runner.ask(Replay(name=capture.delivery.id))


async def test_a_refusal_before_the_end_goes_to_the_sender_at_once(tmp_path: Path) -> None:
    handler = Early(REFUSED)
    async with joined(tmp_path, handler) as (session, relay), RawClient(relay.settings.port) as sender:
        await sender.send(await head(session) + chunk(b"one"))
        answer = await asyncio.wait_for(sender.answer(), WITHIN_S)
        assert answer.startswith(b"HTTP/1.1 413 Too Large\r\n")
        assert answer.endswith(b"\r\nConnection: close\r\n\r\nlarge")
        capture = await captured(session, tmp_path)
    assert b"one".startswith(capture.delivery.body)
    assert capture.delivery.broken == "answered"
    assert capture.outcome is not None
    assert capture.outcome.answer is not None
    assert capture.outcome.answer.status == 413


async def test_who_is_accepted_before_the_end_is_told_when_all_is_kept(tmp_path: Path) -> None:
    handler = Early(OK)
    async with joined(tmp_path, handler) as (session, relay), RawClient(relay.settings.port) as sender:
        await sender.send(await head(session) + chunk(b"one"))
        await handler.sees(b"one")
        await sender.send(chunk(b"two"))
        await handler.sees(b"two")
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(sender.reader.readexactly(1), 0.1)
        await sender.send(b"0\r\n\r\n")
        assert (await sender.answer()).endswith(b"\r\n\r\nok")
        capture = await captured(session, tmp_path)
    assert (capture.delivery.body, capture.delivery.broken) == (b"onetwo", "")
    assert await handler.how() == "whole"


async def test_what_is_too_large_is_cut_off_and_kept_as_far_as_it_came(tmp_path: Path) -> None:
    handler = Handler()
    async with (
        joined(tmp_path, handler, Limits(body_bytes=1000)) as (session, relay),
        RawClient(relay.settings.port) as sender,
    ):
        await sender.send(await head(session) + chunk(b"a" * 900))
        await handler.sees(b"a" * 900)
        await sender.send(chunk(b"a" * 200))
        assert (await sender.answer()).startswith(b"HTTP/1.1 413 ")
        assert await handler.how() == "cut off"
        capture = await captured(session, tmp_path)
    assert (len(capture.delivery.body), capture.delivery.broken) == (900, "body-too-large")


async def test_a_session_that_ends_meanwhile_breaks_it_off_and_the_log_has_all(tmp_path: Path) -> None:
    first, second = Handler(), Handler()
    async with relaying() as relay, RawClient(relay.settings.port) as sender:
        async with RawServer(behaviour=first) as server:
            plan = make_plan(tmp_path, relay.origin, server.url)
            session = Session(replace(plan, dialling=replace(plan.dialling, stream_requests=True)))
            async with session.running():
                await sender.send(await head(session) + chunk(b"one"))
                await first.sees(b"one")
            assert await first.how() == "cut off"
        await sender.send(chunk(b"two") + b"0\r\n\r\n")
        answer = await sender.answer()
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"inspector-stopping" in answer
        async with RawServer(behaviour=second) as server:
            again = Session(make_plan(tmp_path, relay.origin, server.url))
            async with again.running():
                kept = await again.until(Captured)
                store = CaptureStore.open(places({"HOOKSCOPE_HOME": str(tmp_path)}).captures)
                delivery = store.find(kept.id).delivery
                store.close()
    assert (delivery.body, delivery.broken) == (b"onetwo", "")
    # Nothing is handed over a second time unasked.
    assert second.pieces.empty()


async def test_a_handler_that_is_away_does_not_lose_the_rest(tmp_path: Path) -> None:
    async with relaying() as relay, RawClient(relay.settings.port) as sender:
        plan = make_plan(tmp_path, relay.origin, f"http://127.0.0.1:{free_port()}")
        session = Session(replace(plan, dialling=replace(plan.dialling, stream_requests=True)))
        async with session.running():
            await sender.send(await head(session) + chunk(b"one"))
            await sender.send(chunk(b"two") + b"0\r\n\r\n")
            capture = await captured(session, tmp_path)
    assert (capture.delivery.body, capture.delivery.broken) == (b"onetwo", "")
    assert capture.attempts[0].failure is not None
    assert capture.attempts[0].failure.kind == "refused"


async def test_a_handler_that_reads_slowly_slows_its_sender(tmp_path: Path) -> None:
    """Nothing between them holds more than windows and socket buffers."""
    go_on, piece, count = asyncio.Event(), b"x" * 65536, 300

    class Slow(Handler):
        async def begin(self, conversation: Conversation) -> None:
            conversation.writer.transport.pause_reading()  # type: ignore[attr-defined]
            await go_on.wait()
            conversation.writer.transport.resume_reading()  # type: ignore[attr-defined]

    handler = Slow()
    body = piece * count
    async with joined(tmp_path, handler) as (session, relay), RawClient(relay.settings.port) as sender:
        await sender.send(await head(session, b"Content-Length: %d\r\n" % len(body)))
        sending = asyncio.create_task(sender.send(body))
        done, _ = await asyncio.wait({sending}, timeout=0.5)
        assert not done
        go_on.set()
        await handler.sees(body)
        await sending
        assert (await sender.answer()).endswith(b"\r\n\r\nok")
        capture = await captured(session, tmp_path)
    assert capture.delivery.body == body


async def test_without_the_wish_a_request_comes_whole_with_its_length(tmp_path: Path) -> None:
    handler = Handler()
    async with (
        joined(tmp_path, handler, streamed=False) as (session, relay),
        RawClient(relay.settings.port) as sender,
    ):
        await sender.send(await head(session) + chunk(b"one"))
        await sender.send(chunk(b"two") + b"0\r\n\r\n")
        assert (await sender.answer()).endswith(b"\r\n\r\nok")
    assert b"\r\nContent-Length: 6\r\n" in handler.head


async def test_a_route_that_the_head_decides_has_it_while_it_arrives_and_the_copies_when_it_is_whole(
    tmp_path: Path,
) -> None:
    handler = Handler()
    async with (
        relaying() as relay,
        RawServer(behaviour=handler) as streamed,
        RawServer(OK) as copied,
        RawServer(OK) as rest,
        RawClient(relay.settings.port) as sender,
    ):
        routes = parse_routes(
            [
                f"big=path:/x -> {streamed.port}",
                f"audit=body:three -> {copied.port}",
                f"other=body:nothing -> {copied.port}",
            ]
        )
        plan = make_plan(tmp_path, relay.origin, rest.url, routes=routes)
        session = Session(replace(plan, dialling=replace(plan.dialling, stream_requests=True)))
        async with session.running():
            await sender.send(await head(session) + chunk(PIECES[0]))
            await handler.sees(PIECES[0])
            assert copied.requests == []
            for piece in PIECES[1:]:
                await sender.send(chunk(piece))
                await handler.sees(piece)
            await sender.send(b"0\r\n\r\n")
            assert (await sender.answer()).startswith(b"HTTP/1.1 200 ")
            await session.until(Attempted, 2)
            capture = await captured(session, tmp_path)
            # What the head does not decide comes whole, to the handler that the whole of it names.
            await session.post("/three", body=b"three")
            await session.until(Attempted, 3)
    assert [(one.route, one.is_copy) for one in capture.attempts] == [("big", False), ("audit", True)]
    assert [RawMessage(request).body for request in copied.requests] == [b"".join(PIECES), b"three"]
    assert rest.requests == []
    told = [event.text for event in session.events if isinstance(event, Noticed)]
    assert any("where the route audit may take them: it goes by body:three" in text for text in told)
