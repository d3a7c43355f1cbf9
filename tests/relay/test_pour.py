"""Answers written as they come; whole trips are in `tests/e2e/test_streams.py`."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp.base_protocol import BaseProtocol

from hookscope_relay.delivery import Headers
from hookscope_relay.made_answers import Framing
from hookscope_relay.pour import Flowing, pour, pour_whole
from hookscope_relay.settings import Limits
from hookscope_relay.stream import Stream


class Transport(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.aborted = False
        self.options: list[int] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return self.aborted

    def abort(self) -> None:
        self.aborted = True

    def get_extra_info(self, name: str, default: object = None) -> object:
        return self

    def setsockopt(self, _: int, option: int, __: bytes) -> None:
        self.options.append(option)


def protocol() -> tuple[BaseProtocol, Transport]:
    made, transport = BaseProtocol(asyncio.get_running_loop()), Transport()
    made.transport = transport
    return made, transport


def holding(*parts: bytes, trailers: Headers = (), broken: str = "") -> Stream:
    stream = Stream(1, lambda _: None, lambda: None, lambda: None)
    for part in parts:
        stream.put(part)
    if broken:
        stream.fail(broken)
    else:
        stream.end(trailers)
    return stream


WRITTEN = [
    (Framing(is_chunked=True), holding(b"ab", b"c" * 17), b"2\r\nab\r\n11\r\n" + b"c" * 17 + b"\r\n0\r\n\r\n"),
    (Framing(is_chunked=True), holding(trailers=(("X", "1"),)), b"0\r\nX: 1\r\n\r\n"),
    (Framing(length=3), holding(b"a", b"bc"), b"abc"),
    (Framing(), holding(b"a", b"bc"), b"abc"),
]


@pytest.mark.parametrize(("framing", "stream", "written"), WRITTEN, ids=["chunks", "trailers", "length", "close"])
async def test_a_body_is_framed_as_its_head_says(framing: Framing, stream: Stream, written: bytes) -> None:
    made, transport = protocol()
    assert await pour(made, b"head ", Flowing(stream, framing, Limits()))
    assert (transport.written, transport.aborted) == (b"head " + written, False)


CUT = [
    # With a reset, where only the end of the connection tells the end of the answer.
    (Framing(is_chunked=True), holding(b"a", broken="inspector-gone"), Limits(), False),
    (Framing(length=3), holding(b"ab"), Limits(), False),
    (Framing(length=3), holding(b"abcd"), Limits(), False),
    (Framing(), holding(b"abc", b"d"), Limits(stream_bytes=3), True),
    (Framing(is_raw=True), holding(b"a", broken="reset"), Limits(), False),
]


@pytest.mark.parametrize(
    ("framing", "stream", "limits", "resets"), CUT, ids=["broken", "short", "long", "too-long", "raw"]
)
async def test_what_is_not_whole_is_cut_off(framing: Framing, stream: Stream, limits: Limits, resets: bool) -> None:
    made, transport = protocol()
    assert not await pour(made, b"head ", Flowing(stream, framing, limits))
    assert (transport.aborted, bool(transport.options)) == (True, resets)
    assert not transport.written.endswith(b"0\r\n\r\n")


async def test_a_whole_answer_is_given_up_where_its_sender_is_gone() -> None:
    made, transport = protocol()
    assert await pour_whole(made, b"head ", b"x" * 300_000)
    assert len(transport.written) == 300_005
    made.transport = None
    assert not await pour_whole(made, b"head ", b"x")
