"""What a server sends, however it is cut into pieces."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from nats.errors import ProtocolError

from hookscope_relay.log.nats.parser import Mail, MailParser

HEAD = b"NATS/1.0\r\nNats-Sequence: 7\r\nNats-Subject: a.b\r\n\r\n"
SENT = (
    b"MSG a.b 1 5\r\nhe\r\no\r\n"
    b"PING\r\n"
    b"MSG a.b 1 reply.to 0\r\n\r\n"
    b"HMSG a.c 1 reply.to %d %d\r\n%bMSG x 1 1\r\n\r\n"
    b"MSG other 2 3\r\nabc\r\n"
    b"+OK\r\n"
    b'INFO {"max_payload": 9}\r\n'
    b"HMSG a.d 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\n"
    b"-ERR 'Slow Consumer'\r\n"
) % (len(HEAD), len(HEAD) + 11, HEAD)
HEARD = [
    Mail("a.b", "", b"he\r\no"),
    Mail("a.b", "reply.to", b""),
    Mail("a.c", "reply.to", b"MSG x 1 1\r\n", HEAD),
    Mail("a.d", "", b"", b"NATS/1.0 503\r\n\r\n"),
]
LEFT = ["ping", ("other", b"abc"), {"max_payload": 9}, "'slow consumer'"]


class Library:
    """What the official client does of its own accord."""

    def __init__(self) -> None:
        self.heard: list[Mail] = []
        self.left: list[Any] = []
        self.parser = MailParser(self, {1: self.heard.append}.get)

    async def _process_ping(self) -> None:
        self.left.append("ping")

    async def _process_info(self, info: Any) -> None:
        self.left.append(info)

    async def _process_err(self, error: str) -> None:
        self.left.append(error)

    async def _process_msg(self, _: int, subject: bytes, __: bytes, data: bytes, ___: bytes) -> None:
        self.left.append((subject.decode(), data))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 40, 1000])
def test_messages_are_heard_and_all_else_is_left_however_it_is_cut(size: int) -> None:
    library = Library()

    async def read() -> None:
        for start in range(0, len(SENT), size):
            await library.parser.parse(SENT[start : start + size])

    asyncio.run(read())
    assert (library.heard, library.left) == (HEARD, LEFT)


@pytest.mark.parametrize("line", [b"MSG a one 3\r\n", b"MSG a 1\r\n", b"HMSG a 1 x y\r\n", b"NONSENSE\r\n", b"\r\n"])
def test_what_no_server_sends_is_an_error(line: bytes) -> None:
    with pytest.raises(ProtocolError):
        asyncio.run(Library().parser.parse(line))


def test_another_connection_begins_anew() -> None:
    library = Library()
    asyncio.run(library.parser.parse(b"MSG a 1 100\r\nabc"))
    library.parser.reset()
    asyncio.run(library.parser.parse(b"MSG a 1 1\r\nx\r\n"))
    assert library.heard == [Mail("a", "", b"x")]


def test_headers_are_found_by_name() -> None:
    mail = HEARD[2]
    assert (mail.header(b"Nats-Sequence"), mail.header(b"Nats-Subject"), mail.header(b"Sequence")) == ("7", "a.b", "")
    assert [one.status for one in HEARD] == ["", "", "", "503"]
