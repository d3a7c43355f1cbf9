"""Requests that are written to a handler while they come; whole trips are in `tests/e2e/test_request_streams.py`."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from unittest.mock import AsyncMock, Mock

import msgspec
import pytest

from forwarding_ends import Parts, failure, forwarding, sourced
from hookscope.forward.exchange import ForwardProgress
from hookscope.forward.source import _send
from raw_http import OK, Conversation, RawServer

WITHIN_S = 10.0


async def test_parts_become_chunks_and_what_may_be_behind_them() -> None:
    parts = Parts(b"one", b"two", None)
    parts.trailers = (("X-Sum", "1"), ("Host", "no"))
    server = RawServer()
    async with forwarding(server) as forwarder:
        for _ in range(2):
            outcome = await forwarder.forward(sourced(parts), 5.0)
            assert outcome.answer is not None
            parts = Parts(b"one", b"two", None)
        assert outcome.reused
    expected = b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n"
    assert server.requests == [expected + b"X-Sum: 1\r\n\r\n", expected + b"\r\n"]


async def test_no_trailer_stands_for_a_header_that_the_user_sets() -> None:
    parts, server = Parts(b"one", None), RawServer()
    parts.trailers = (("X_env", "prod"), ("x-Env", "prod"), ("X-Sum", "1"))
    async with forwarding(server) as forwarder:
        request = msgspec.structs.replace(sourced(parts), own=(("X-Env", "dev"),))
        assert (await forwarder.forward(request, 5.0)).answer is not None
    assert server.requests[0].endswith(b"3\r\none\r\n0\r\nX-Sum: 1\r\n\r\n")


async def test_a_stated_length_stays() -> None:
    server = RawServer()
    async with forwarding(server) as forwarder:
        request = sourced(Parts(b"one", b"two", None), (("Host", "h"), ("Content-Length", "6")))
        assert (await forwarder.forward(request, 5.0)).answer is not None
    assert server.requests == [b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nonetwo"]


async def test_what_breaks_off_is_never_ended() -> None:
    got = bytearray()
    hung_up = asyncio.Event()

    async def reading(conversation: Conversation) -> None:
        got.extend(await conversation.reader.read())
        hung_up.set()

    async with forwarding(RawServer(behaviour=reading)) as forwarder:
        parts = Parts(b"one", ConnectionAbortedError("sender-gone"))
        told = failure(await forwarder.forward(sourced(parts), 5.0))
        await asyncio.wait_for(hung_up.wait(), WITHIN_S)
    assert (told.kind, told.detail) == ("cut-off", "the sender hung up, after 3 bytes of the request's body")
    assert got.endswith(b"\r\n\r\n3\r\none\r\n")


@pytest.mark.parametrize(("status", "left"), [(200, ""), (413, "answered")])
async def test_an_answer_before_the_end(status: int, left: str) -> None:
    """The rest of what is accepted is still written."""
    ended: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def early(conversation: Conversation) -> None:
        await conversation.head()
        await conversation.send(b"HTTP/1.1 %d X\r\nContent-Length: 2\r\n\r\nok" % status)
        ended.set_result(await conversation.reader.read())

    async with forwarding(RawServer(behaviour=early)) as forwarder:
        parts = Parts(b"one")
        outcome = await forwarder.forward(sourced(parts), 5.0)
        assert outcome.answer is not None
        assert (outcome.answer.status, parts.left) == (status, left)
        for part in (b"two", None):
            parts.parts.put_nowait(part)
        written = await asyncio.wait_for(ended, WITHIN_S)
    assert written.endswith(b"3\r\ntwo\r\n0\r\n\r\n") == (status == 200)


async def test_the_time_for_the_answer_counts_from_the_end() -> None:
    async def silent(conversation: Conversation) -> None:
        await conversation.request()
        await conversation.reader.read()

    parts = Parts(b"one")
    async with forwarding(RawServer(behaviour=silent)) as forwarder:
        forward = asyncio.create_task(forwarder.forward(sourced(parts), 0.1))
        done, _ = await asyncio.wait({forward}, timeout=0.3)
        assert not done
        parts.parts.put_nowait(None)
        assert failure(await asyncio.wait_for(forward, WITHIN_S)).kind == "timeout"


async def test_a_handler_that_hangs_up_wants_no_more() -> None:
    async def leaving(conversation: Conversation) -> None:
        await conversation.head()
        conversation.reset()

    parts = Parts(b"one")
    async with forwarding(RawServer(behaviour=leaving)) as forwarder:
        assert failure(await forwarder.forward(sourced(parts), 5.0)).kind in ("reset", "closed")
    assert parts.left == "failed"


async def test_many_slow_ones_take_nobody_s_turn() -> None:
    async with forwarding(RawServer(OK), parallel=1) as forwarder:
        slow = Parts(b"one")
        forward = asyncio.create_task(forwarder.forward(sourced(slow), 5.0))
        whole = replace(sourced(Parts(None)), source=Parts(None))
        assert (await asyncio.wait_for(forwarder.forward(whole, 5.0), WITHIN_S)).answer is not None
        slow.parts.put_nowait(None)
        assert (await forward).answer is not None


async def test_a_connection_that_breaks_is_left_and_for_the_reading_side_to_tell() -> None:
    parts, progress = Parts(b"one", None), ForwardProgress()
    connection = Mock(send=AsyncMock(side_effect=ConnectionResetError))
    assert not await _send(connection, sourced(parts), progress)
    assert (parts.left, progress.sent_bytes) == ("closed", 0)
