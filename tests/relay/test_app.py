"""A whole relay over real sockets: its own pages, what its parser refuses, and how it starts and stops."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from factories import make_key
from hookscope.session import Arrival
from hookscope.tunnel import Change, Dialling, Tunnel
from hookscope_relay.app import Relay
from hookscope_relay.delivery import Answer
from hookscope_relay.errors import AlreadyInUse, InputError
from hookscope_relay.settings import RelaySettings
from raw_http import RawMessage, exchange

KEY = make_key()
ID = KEY.id.encode()
QUOTED = b"quote-me-not"
WITHIN_S = 10.0


@contextlib.asynccontextmanager
async def relaying(**changes: Any) -> AsyncIterator[Relay]:
    relay = Relay(RelaySettings(**{"port": 0, "database": None} | changes))
    await relay.start()
    try:
        yield relay
    finally:
        await relay.stop()


async def ask(relay: Relay, request: bytes) -> RawMessage:
    return RawMessage(await exchange(relay.settings.port, request))


def make_request(target: bytes, host: bytes = b"127.0.0.1", method: bytes = b"GET") -> bytes:
    return method + b" " + target + b" HTTP/1.1\r\nHost: " + host + b"\r\n\r\n"


PAGES = {
    "health": (b"/-/health", 200, {"relay": "hookscope", "protocol": "hookscope.v1"}),
    "health with a query": (b"/-/health?x=1", 200, {"relay": "hookscope"}),
    "ready": (b"/-/ready", 200, {"relay": "hookscope", "ready": True}),
    "no page": (b"/-/nothing", 404, {"type": "urn:hookscope:problem:unknown-endpoint"}),
    "no own page at all": (b"/-", 404, {"type": "urn:hookscope:problem:unknown-endpoint"}),
}


@pytest.mark.parametrize(("target", "status", "members"), PAGES.values(), ids=PAGES)
async def test_the_relays_own_pages(target, status, members):
    async with relaying() as relay:
        answer = await ask(relay, make_request(target))
    page = json.loads(answer.body)
    assert answer.status == status
    assert {name: page[name] for name in members} == members


async def test_a_relay_that_cannot_keep_is_not_ready():
    async with relaying() as relay:
        assert relay._log is not None
        await relay._log.close()
        answer = await ask(relay, make_request(b"/-/ready"))
    assert (answer.status, json.loads(answer.body)["ready"]) == (503, False)


HOSTS = {
    "its address": (b"127.0.0.1", 200),
    "its address with a port": (b"127.0.0.1:9", 200),
    "another loopback name": (b"LOCALHOST", 200),
    "a host that the operator allowed": (b"also.example", 200),
    "another host": (b"other.example", 421),
    "an empty host": (b"", 421),
    "a subdomain that is no endpoint": (b"www.also.example", 421),
}


@pytest.mark.parametrize(("host", "status"), HOSTS.values(), ids=HOSTS)
async def test_a_relay_answers_for_its_own_hosts(host, status):
    async with relaying(allowed_hosts=("also.example",)) as relay:
        assert (await ask(relay, make_request(b"/-/health", host))).status == status


def post(headers: bytes = b"", target: bytes = b"/" + ID + b"/" + QUOTED, method: bytes = b"POST") -> bytes:
    return method + b" " + target + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Q: " + QUOTED + b"\r\n" + headers + b"\r\n"


MALFORMED = {
    "bytes of another protocol": b"\x16\x03\x01\x02\x00\x01" + QUOTED + b"\r\n\r\n",
    "no Host": b"POST /" + QUOTED + b" HTTP/1.1\r\n\r\n",
    "a repeated Host": post(b"Host: " + QUOTED + b"\r\n"),
    "a target in UTF-8": post(target=b"/" + ID + b"/" + QUOTED + b"\xc3\xa9"),
    "a target in latin-1": post(target=b"/" + ID + b"/" + QUOTED + b"\xe9"),
    "a target with its host": post(target=b"http://127.0.0.1/" + QUOTED),
    "a star": post(target=b"*", method=b"OPTIONS"),
    "a folded line": post(b"X-A: 1\r\n " + QUOTED + b"\r\n"),
    "many more than 200 headers": post(b"X-A: 1\r\n" * 260),
    "a space before the colon": post(b"X-A : " + QUOTED + b"\r\n"),
    "a NUL in a value": post(b"X-A: a\0" + QUOTED + b"\r\n"),
    "a CR in a value": post(b"X-A: a\r" + QUOTED + b"\r\n"),
    "two lengths": post(b"Content-Length: 1\r\nContent-Length: 2\r\n"),
    "a signed length": post(b"Content-Length: +1\r\n"),
    "a length beside chunks": post(b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"),
    "chunked twice": post(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
    "a coding without an end": post(b"Transfer-Encoding: gzip\r\n"),
    "a method that nobody knows": post(method=b"QUOTEMENOT"),
    "lines that end in LF only": b"POST /" + QUOTED + b" HTTP/1.1\nHost: 127.0.0.1\n\n",
}


@pytest.mark.parametrize("request_", MALFORMED.values(), ids=MALFORMED)
async def test_what_is_not_http_gets_400_that_quotes_nothing(request_, caplog):
    async with relaying() as relay:
        answer = await ask(relay, request_)
        assert relay.refusals == {"malformed": 1}
    problem = json.loads(answer.body)
    assert (answer.status, problem["type"]) == (400, "urn:hookscope:problem:malformed")
    assert answer.values(b"Connection") == [b"close"]
    assert b"quote" not in answer.raw.lower()
    assert "quote" not in caplog.text.lower()


async def test_a_port_in_use_is_said():
    async with relaying() as relay:
        with pytest.raises(AlreadyInUse, match=f"port {relay.settings.port} on 127.0.0.1"):
            await Relay(RelaySettings(port=relay.settings.port)).start()


async def test_a_port_that_nobody_chose_moves_on_to_a_free_one():
    async with relaying() as first, relaying(port=first.settings.port, port_fixed=False) as second:
        assert second.settings.port > first.settings.port
        assert second.origin == f"http://127.0.0.1:{second.settings.port}"


async def test_an_unusable_certificate_is_bad_input(tmp_path):
    with pytest.raises(InputError, match="certificate"):
        await Relay(RelaySettings(port=0, tls_cert=tmp_path / "none.pem")).start()


async def test_a_public_url_is_the_origin():
    async with relaying(public_url="https://relay.example") as relay:
        assert relay.origin == "https://relay.example"
        assert (await ask(relay, make_request(b"/-/health", b"relay.example"))).status == 200
        assert (await ask(relay, make_request(b"/-/health", b"127.0.0.1"))).status == 421


async def test_a_relay_that_never_started_can_be_stopped():
    await Relay(RelaySettings(port=0)).stop()


async def test_a_relay_that_stops_answers_what_is_in_flight():
    relay = Relay(RelaySettings(port=0))
    await relay.start()
    arrived, connected = asyncio.Event(), asyncio.Event()

    async def receive(incoming: Any, _: Any) -> None:
        if isinstance(incoming, Arrival):
            arrived.set()

    def changed(change: Change) -> None:
        if change.state == "connected":
            connected.set()

    dialling = Dialling(relay=relay.origin, key=KEY)
    tunnel = Tunnel(dialling, cursor=lambda: None, receive=receive, changed=changed)
    running = asyncio.create_task(tunnel.run())
    async with asyncio.timeout(WITHIN_S):
        await connected.wait()
        sender = asyncio.create_task(ask(relay, make_request(b"/" + ID, method=b"POST")))
        await arrived.wait()
        stopping = asyncio.create_task(relay.stop(5.0))
        await asyncio.sleep(0)
        assert relay._site is None
        tunnel.reply(1, Answer(status=207, reason="", headers=(), body=b"late"), "")
        answer = await sender
        await stopping
    await tunnel.stop()
    await running
    assert (answer.status, answer.body) == (207, b"late")
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", relay.settings.port)):
        pass
