"""Forwards over warm connections: what they cost nobody, and what they leave to the careful way."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import replace
from typing import Any

import pytest

from forwarding_ends import REQUEST, forwarding
from hookscope.forward.forwarder import Forwarded, Forwarder
from hookscope.forward.quick import MAX_REQUEST, STOPPED, WarmForward
from raw_http import OK, Conversation, RawServer

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"


async def begin(forwarder: Forwarder, request: Any = REQUEST, timeout: float = 5.0) -> Forwarded:
    ended: asyncio.Future[Forwarded] = asyncio.get_running_loop().create_future()
    forwarder.begin(request, timeout, ended.set_result)
    return await ended


@pytest.mark.parametrize(
    ("said", "connections"),
    [(OK, 1), (CHUNKED, 1), (OK.replace(b"Content", b"Connection: close\r\nContent"), 3), (OK + b"more", 3)],
)
async def test_a_begun_forward_ends_as_an_awaited_one(said: bytes, connections: int) -> None:
    server = RawServer(said)
    async with forwarding(server) as forwarder:
        awaited = await forwarder.forward(REQUEST, 5)
        begun = [await begin(forwarder) for _ in range(2)]
    assert awaited.answer is not None and awaited.answer.body == b"ok"
    assert [one.answer for one in begun] == [awaited.answer] * 2
    assert server.connections == connections
    assert len({bytes(request) for request in server.requests}) == 1


@pytest.mark.parametrize("cut", [1, 12, 30, len(OK) - 1])
async def test_an_answer_may_come_in_parts(cut: int) -> None:
    async def in_parts(conversation: Conversation) -> None:
        while await conversation.request() is not None:
            await conversation.send(OK[:cut])
            await asyncio.sleep(0.01)
            await conversation.send(OK[cut:])

    async with forwarding(RawServer(behaviour=in_parts)) as forwarder:
        for one in [await begin(forwarder) for _ in range(2)]:
            assert one.answer is not None and one.answer.body == b"ok"


@pytest.mark.parametrize(
    ("said", "kind", "detail"),
    [
        (b"", "closed", "closed the connection without an answer"),
        (OK[:-1], "closed", "after 1 of 2 bytes of the answer's body"),
        (b"nonsense\r\n\r\n", "bad-response", "it begins with 'nonsense"),
    ],
)
async def test_a_warm_connection_that_fails_says_why(said: bytes, kind: str, detail: str) -> None:
    async def once_then(conversation: Conversation) -> None:
        await conversation.request()
        await conversation.send(OK)
        await conversation.request()
        await conversation.send(said)

    async with forwarding(RawServer(behaviour=once_then)) as forwarder:
        await forwarder.forward(REQUEST, 5)
        failure = (await begin(forwarder)).failure
    assert failure is not None and failure.kind == kind
    assert detail in failure.detail


async def test_time_runs_out_and_a_stop_ends_what_waits() -> None:
    async def silent_after_one(conversation: Conversation) -> None:
        await conversation.request()
        await conversation.send(OK)
        await conversation.request()
        await conversation.send(OK[:-1])
        await asyncio.Event().wait()

    async with forwarding(RawServer(behaviour=silent_after_one)) as forwarder:
        for warm in (True, False):
            if warm:
                await forwarder.forward(REQUEST, 5)
            late = await begin(forwarder, timeout=0.1) if warm else None
            assert not warm or (late and late.failure and late.failure.kind == "timeout")
            assert not warm or (late and late.failure and "1 of 2 bytes so far" in late.failure.detail)
        await forwarder.forward(REQUEST, 5)
        waiting = [asyncio.ensure_future(begin(forwarder)) for _ in range(2)]  # one warm, one that connects
        await asyncio.sleep(0.05)
        forwarder.stop()
        ended = [one.failure for one in await asyncio.gather(*waiting)]
        assert STOPPED in ended


async def test_a_request_that_is_large_or_has_no_body_to_answer_takes_the_careful_way() -> None:
    async with forwarding(RawServer(OK)) as forwarder:
        await forwarder.forward(REQUEST, 5)
        size = MAX_REQUEST + 1
        large = replace(REQUEST, headers=(("Host", "h"), ("Content-Length", str(size))), body=b"x" * size)
        assert (await begin(forwarder, large)).answer is not None


async def test_a_warm_forward_leaves_nothing_to_the_garbage_collector() -> None:
    """What stands in a circle would be looked for, and be there until then, with every delivery."""
    async with forwarding(RawServer(OK)) as forwarder:
        await begin(forwarder)
        gc.collect()
        gc.disable()
        try:
            assert [(await begin(forwarder)).reused for _ in range(3)] == [True] * 3
            left = sum(isinstance(one, WarmForward) for one in gc.get_objects())
        finally:
            gc.enable()
    assert left == 0
