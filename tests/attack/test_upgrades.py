"""A sender that wants more of a WebSocket than a conversation with the handler's open path."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookscope.model.events import Ready
from hookscope.session.terms import Forwarding
from raw_http import Conversation, RawClient, RawMessage, RawServer
from relays import relaying
from sessions import Session, make_plan

SOCKET = b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
WEBSOCKET = b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
H2C = b"Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\nUpgrade: h2c\r\n"


async def obliging(conversation: Conversation) -> None:
    """A handler that takes h2c where it is offered, and something of its own else."""
    asked = (await conversation.head()).lower()
    if b"upgrade: h2c" in asked:
        await conversation.send(b"HTTP/1.1 101 x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
    elif b"upgrade: websocket" in asked:
        await conversation.send(b"HTTP/1.1 101 x\r\nConnection: Upgrade\r\nUpgrade: its-own\r\n\r\n")
    else:
        await conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    await conversation.reader.read()


@pytest.mark.parametrize(
    ("asked", "status"),
    [(WEBSOCKET + H2C, 200), (H2C + WEBSOCKET, 200), (H2C, 200), (WEBSOCKET, 502)],
    ids=["h2c behind it", "h2c before it", "h2c alone", "a handler that switches to something else"],
)
async def test_no_other_protocol_leads_past_only_path(asked: bytes, status: int, tmp_path: Path) -> None:
    async with relaying() as relay, RawServer(behaviour=obliging) as handler:
        plan = make_plan(tmp_path, relay.origin, handler.url, forwarding=Forwarding(only_path="/open"))
        session = Session(plan)
        async with session.running(), RawClient(relay.settings.port) as sender:
            endpoint = (await session.until(Ready)).url.rpartition("/")[2].encode()
            head = b"GET /%b/open HTTP/1.1\r\nHost: 127.0.0.1\r\n" % endpoint
            await sender.send(head + asked + SOCKET + b"\r\n")
            answer = RawMessage(await sender.reader.readuntil(b"\r\n\r\n"))
    assert answer.status == status
