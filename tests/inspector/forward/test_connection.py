from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable

import pytest

from hookscope.forward.addresses import Address
from hookscope.forward.connection import Connection, TlsConnection, connect, open_tls, tls_context
from hookscope.forward.error import ForwardError
from raw_http import Conversation, RawServer, free_port, has_ipv6, self_signed

SERVER_TLS, CLIENT_TLS = self_signed()


async def opened(server: RawServer, tls: ssl.SSLContext | None = None, name: str = "localhost") -> Connection:
    address = Address("127.0.0.1", server.port)
    sock = await connect(address)
    return Connection(sock, str(address)) if tls is None else await open_tls(sock, str(address), tls, name)


async def settles(condition: Callable[[], bool]) -> bool:
    """Whether a condition comes true soon; the kernel may take a moment to carry a byte across."""
    for _ in range(200):
        if condition():
            return True
        await asyncio.sleep(0.01)
    return False


async def echo(conversation: Conversation) -> None:
    while data := await conversation.reader.read(1 << 16):
        await conversation.send(data)


@pytest.mark.parametrize("tls", [None, CLIENT_TLS], ids=["plain", "tls"])
async def test_bytes_go_both_ways_at_once_and_arrive_as_they_are(tls: ssl.SSLContext | None) -> None:
    data = bytes(range(256)) * 8192
    async with RawServer(behaviour=echo, tls=tls and SERVER_TLS) as server:
        connection = await opened(server, tls)
        sending = asyncio.create_task(connection.send(data))
        received = b""
        while len(received) < len(data):
            received += await connection.receive()
        await sending
        connection.close()
    assert received == data


@pytest.mark.parametrize("tls", [None, CLIENT_TLS], ids=["plain", "tls"])
async def test_the_end_is_empty_bytes_and_no_longer_quiet(tls: ssl.SSLContext | None) -> None:
    async def say_and_go(conversation: Conversation) -> None:
        await conversation.reader.readexactly(1)
        await conversation.send(b"x")
        await conversation.reader.readexactly(1)

    async with RawServer(behaviour=say_and_go, tls=tls and SERVER_TLS) as server:
        connection = await opened(server, tls)
        await connection.send(b"1")
        assert await connection.receive() == b"x"
        assert connection.is_quiet()
        await connection.send(b"2")
        assert await settles(lambda: not connection.is_quiet())
        assert await connection.receive() == b""
        connection.close()
        connection.close()
        assert not connection.is_quiet()


@pytest.mark.parametrize("tls", [None, CLIENT_TLS], ids=["plain", "tls"])
async def test_unasked_bytes_are_not_quiet(tls: ssl.SSLContext | None) -> None:
    async def speak(conversation: Conversation) -> None:
        await conversation.send(b"ab")
        await conversation.reader.read()

    async with RawServer(behaviour=speak, tls=tls and SERVER_TLS) as server:
        connection = await opened(server, tls)
        assert await settles(lambda: not connection.is_quiet())
        connection.close()


async def test_hanging_up_on_tls_is_an_orderly_end_for_the_other_side() -> None:
    ends: asyncio.Queue[bytes] = asyncio.Queue()

    async def listen(conversation: Conversation) -> None:
        ends.put_nowait(await conversation.reader.read())

    async with RawServer(behaviour=listen, tls=SERVER_TLS) as server:
        connection = await opened(server, CLIENT_TLS)
        await connection.send(b"bye")
        connection.close()
        assert await asyncio.wait_for(ends.get(), 5) == b"bye"


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 loopback address")
async def test_ipv6_is_connected_to() -> None:
    async with RawServer(behaviour=echo, host="::1") as server:
        connection = Connection(await connect(Address("::1", server.port)), "")
        await connection.send(b"6")
        assert await connection.receive() == b"6"
        connection.close()


async def test_nobody_listening_is_the_system_s_own_error() -> None:
    with pytest.raises(ConnectionRefusedError):
        await connect(Address("127.0.0.1", free_port()))


async def test_insecure_accepts_any_certificate_under_any_name() -> None:
    async with RawServer(behaviour=echo, tls=SERVER_TLS) as server:
        connection = await opened(server, tls_context(insecure=True), "other.test")
        assert isinstance(connection, TlsConnection)
        connection.close()


async def hang_up(conversation: Conversation) -> None:
    await conversation.reader.read(10)


async def answer_plainly(conversation: Conversation) -> None:
    await conversation.reader.read(10)
    await conversation.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")


async def babble(conversation: Conversation) -> None:
    await conversation.reader.read(10)
    await conversation.send(b"SSH-2.0-OpenSSH_9.6\r\n")
    await conversation.reader.read()


async def reset(conversation: Conversation) -> None:
    await conversation.reader.read(10)
    conversation.reset()


@pytest.mark.parametrize(
    ("server", "context", "name", "says"),
    [
        (lambda: RawServer(tls=SERVER_TLS), tls_context(False), "localhost", "not trusted (self-signed certificate)"),
        (lambda: RawServer(tls=SERVER_TLS), CLIENT_TLS, "other.test", "not trusted (Hostname mismatch"),
        (lambda: RawServer(behaviour=answer_plainly), CLIENT_TLS, "localhost", "speaks plain HTTP: use http://"),
        (lambda: RawServer(behaviour=hang_up), CLIENT_TLS, "localhost", "hung up during the TLS handshake"),
        (lambda: RawServer(behaviour=reset), CLIENT_TLS, "localhost", "hung up during the TLS handshake"),
        (lambda: RawServer(behaviour=babble), CLIENT_TLS, "localhost", "no TLS connection to 127.0.0.1:"),
    ],
    ids=["untrusted", "other name", "plain HTTP", "hangs up", "resets", "no TLS"],
)
async def test_a_failed_handshake_says_why(
    server: Callable[[], RawServer], context: ssl.SSLContext, name: str, says: str
) -> None:
    async with server() as running:
        with pytest.raises(ForwardError) as caught:
            await opened(running, context, name)
    assert caught.value.failure.kind == "tls"
    assert says in caught.value.failure.detail
