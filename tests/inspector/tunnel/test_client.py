"""The tunnel's client end, against a real relay."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import ssl
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosedError
from websockets.typing import Subprotocol

from connect_proxy import connect_proxy
from factories import make_key, make_ring, open_sealed
from fronts import LINES, Setup, front_before, is_there
from hookscope.model.errors import Disconnected, RelayRefused, RelayUnreachable
from hookscope.tunnel.client import ConnectionChange, Dialling, Tunnel, describe
from hookscope.tunnel.frames import Arrival, Incoming, InspectorSession
from hookscope.tunnel.reach import is_loopback
from hookscope_relay.app import Relay
from hookscope_relay.made_answers import build_answer
from hookscope_relay.settings import RelaySettings
from hookscope_relay.wire import SUBPROTOCOL, Settled, Welcome
from raw_http import RawServer, exchange, free_port

WITHIN_S = 10.0
SOCKS = importlib.util.find_spec("python_socks") is not None


@contextlib.asynccontextmanager
async def relay_on(port: int = 0, **changes: Any) -> AsyncIterator[Relay]:
    relay = Relay(RelaySettings(port=port, database=None, **changes))
    await relay.start()
    try:
        yield relay
    finally:
        await relay.stop()


class Ends:
    """A tunnel with its two listeners; `until` waits for a condition on what they heard."""

    def __init__(self, relay: str, answer: int = 0, **changes: Any) -> None:
        self.incoming: list[Incoming] = []
        self.changes: list[ConnectionChange] = []
        self._answer = answer
        self._bell = asyncio.Event()
        dialling = Dialling(relay=relay, key=make_key(), **changes)
        self.tunnel = Tunnel(dialling, cursor=lambda: None, receive=self._receive, changed=self._changed)

    async def _receive(self, incoming: Incoming, session: InspectorSession) -> None:
        self.incoming.append(incoming)
        if isinstance(incoming, Arrival) and incoming.answer and self._answer:
            self.tunnel.replies.send(
                incoming.seq, build_answer(self._answer, "inspector", body=b"x" * 600_000), "inspector"
            )
        self._bell.set()

    def _changed(self, change: ConnectionChange) -> None:
        self.changes.append(change)
        self._bell.set()

    def of(self, kind: type) -> list[Any]:
        return [incoming for incoming in self.incoming if isinstance(incoming, kind)]

    @property
    def states(self) -> list[str]:
        return [change.state for change in self.changes]

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(WITHIN_S):
            while not condition():
                self._bell.clear()
                await self._bell.wait()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[None]]:
        task = asyncio.create_task(self.tunnel.run())
        try:
            yield task
        finally:
            await self.tunnel.stop()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def post(relay: Relay, body: bytes = b"hi") -> bytes:
    path = f"/{make_key().id}/hook".encode()
    host = relay.origin.partition("://")[2].encode()
    length = str(len(body)).encode()
    return b"POST " + path + b" HTTP/1.1\r\nHost: " + host + b"\r\nContent-Length: " + length + b"\r\n\r\n" + body


async def test_a_tunnel_is_welcomed() -> None:
    async with relay_on() as relay:
        ends = Ends(relay.origin)
        async with ends.running():
            await ends.until(lambda: "connected" in ends.states)
        assert ends.states == ["connecting", "connected"]
        assert ends.changes[-1].role == "answering"
        assert make_key().id in ends.of(Welcome)[0].url


@pytest.mark.parametrize(("streams", "nodes"), [(True, True), (True, False), (False, True)])
async def test_of_several_nodes_it_is_said_which_requests_come_whole(streams: bool, nodes: bool) -> None:
    async with relay_on() as relay:
        relay._hub.peers = Mock() if nodes else None  # others are asked only where a sender waits
        ends = Ends(relay.origin, stream_requests=streams)
        async with ends.running():
            await ends.until(lambda: "connected" in ends.states)
    told = [change.reason for change in ends.changes if change.state == "connected"]
    assert ["requests come whole where their sender reaches another" in one for one in told] == [streams and nodes]


async def test_a_delivery_arrives_and_its_sender_gets_the_reply() -> None:
    async with relay_on() as relay:
        ends = Ends(relay.origin, answer=202)
        async with ends.running():
            await ends.until(lambda: "connected" in ends.states)
            answer = await exchange(relay.settings.port, post(relay))
            await ends.until(lambda: ends.of(Settled))
        assert answer.startswith(b"HTTP/1.1 202 ")
        assert answer.endswith(b"\r\n\r\n" + b"x" * 600_000)
        (arrival,) = ends.of(Arrival)
        delivery = open_sealed(arrival.pieces, arrival.id, make_key().id, make_ring().sealing)
        assert (delivery.method, delivery.body) == ("POST", b"hi")
        assert [(frame.how, frame.status) for frame in ends.of(Settled)] == [("answered", 202)]


async def test_a_tunnel_comes_back_when_the_relay_does() -> None:
    port = free_port()
    async with contextlib.AsyncExitStack() as stack:
        async with relay_on(port) as relay:
            ends = Ends(relay.origin)
            await stack.enter_async_context(ends.running())
            await ends.until(lambda: "connected" in ends.states)
        await ends.until(lambda: "waiting" in ends.states)
        assert "restarts" in next(change.reason for change in ends.changes if change.state == "waiting")
        async with relay_on(port):
            await ends.until(lambda: ends.states.count("connected") == 2)
        assert len(ends.of(Welcome)) == 2


async def test_stop_ends_the_run_in_order() -> None:
    async with relay_on() as relay:
        ends = Ends(relay.origin)
        async with ends.running() as running:
            await ends.until(lambda: "connected" in ends.states)
            await ends.tunnel.stop()
            async with asyncio.timeout(WITHIN_S):
                await running


async def test_stop_ends_a_wait_too() -> None:
    port = free_port()
    async with relay_on(port) as relay:
        ends = Ends(relay.origin)
        running = asyncio.create_task(ends.tunnel.run())
        await ends.until(lambda: "connected" in ends.states)
    await ends.until(lambda: "waiting" in ends.states)
    await ends.tunnel.stop()
    async with asyncio.timeout(WITHIN_S):
        await running


async def test_exit_on_disconnect() -> None:
    async with contextlib.AsyncExitStack() as stack:
        async with relay_on() as relay:
            ends = Ends(relay.origin, exit_on_disconnect=True)
            running = await stack.enter_async_context(ends.running())
            await ends.until(lambda: "connected" in ends.states)
        with pytest.raises(Disconnected, match="restarts"):
            async with asyncio.timeout(WITHIN_S):
                await running


async def fails(ends: Ends) -> None:
    async with asyncio.timeout(WITHIN_S):
        await ends.tunnel.run()


@pytest.mark.parametrize("token", ["", "wrong"])
async def test_without_the_access_token_a_private_relay_refuses(token: str) -> None:
    async with relay_on(access_token="right") as relay:
        ends = Ends(relay.origin, access_token=token)
        with pytest.raises(RelayRefused, match="access token") as caught:
            await fails(ends)
    assert caught.value.exit_code == 5
    assert ends.states == ["connecting", "refused"]


async def test_with_the_access_token_a_private_relay_opens() -> None:
    async with relay_on(access_token="right") as relay:
        ends = Ends(relay.origin, access_token="right")
        async with ends.running():
            await ends.until(lambda: "connected" in ends.states)


async def test_a_relay_dialled_by_another_name_refuses() -> None:
    async with relay_on() as relay:
        ends = Ends(f"http://localhost:{relay.settings.port}")
        with pytest.raises(RelayRefused):
            await fails(ends)


async def test_where_nothing_listens_the_relay_is_unreachable() -> None:
    with pytest.raises(RelayUnreachable, match="connection refused") as caught:
        await fails(Ends(f"http://127.0.0.1:{free_port()}"))
    assert caught.value.exit_code == 4


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    ],
)
async def test_what_is_no_relay_is_refused(answer: bytes) -> None:
    async with RawServer(answer, close=True) as server:
        with pytest.raises(RelayRefused, match="is not a hookscope relay"):
            await fails(Ends(server.url))
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("corp:right@", ""),
        ("corp:wrong@", "through the proxy http://127.0.0.1:PORT: the proxy wants credentials"),
        ("", "the proxy wants credentials"),
        ("down", "through the proxy http://127.0.0.1:PORT: connection refused"),
        pytest.param("socks", "", marks=pytest.mark.skipif(not SOCKS, reason="needs python-socks")),
    ],
)
async def test_a_proxy_of_the_environment_is_the_way_and_is_named(
    monkeypatch: pytest.MonkeyPatch, given: str, words: str
) -> None:
    async with relay_on(public_url="http://relay.corp.test") as relay:
        with connect_proxy(relay.settings.port, "corp:right") as proxy:
            port = free_port() if given == "down" else proxy.port
            scheme = "socks5h" if given == "socks" else "http"
            monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://{given if '@' in given else ''}127.0.0.1:{port}")
            monkeypatch.delenv("NO_PROXY", raising=False)
            ends = Ends("http://relay.corp.test")
            if not words:
                async with ends.running():
                    await ends.until(lambda: "connected" in ends.states)
                assert proxy.asked == ["relay.corp.test:80"]
                return
            with pytest.raises(RelayUnreachable, match=words.replace("PORT", str(port))) as caught:
                await fails(ends)
    assert "HTTPS_PROXY" in caught.value.remedy
    assert "wrong" not in str(caught.value)


@pytest.mark.skipif(not is_there("nginx"), reason="needs nginx")
@pytest.mark.parametrize("passes", [False, True], ids=["its defaults", "our lines"])
async def test_nginx_without_the_lines_for_upgrades_is_no_missing_relay(tmp_path: Path, passes: bool) -> None:
    front = free_port()
    origin = f"http://127.0.0.1:{front}"
    setup = Setup("nginx", passes)
    async with relay_on(public_url=origin) as relay, front_before(setup, relay.settings.port, front, tmp_path):
        ends = Ends(origin)
        if passes:
            async with ends.running():
                await ends.until(lambda: "connected" in ends.states)
            return
        with pytest.raises(
            RelayRefused, match=r"a hookscope relay answers at .* does not pass WebSocket upgrades"
        ) as caught:
            await fails(ends)
    assert all(line in caught.value.remedy for line in LINES["nginx"])
    assert "Caddy" not in caught.value.remedy


async def test_what_speaks_no_http_is_no_relay() -> None:
    async def behaviour(conversation: Any) -> None:
        await conversation.head()
        await conversation.send(b"SSH-2.0-OpenSSH\r\n")

    async with RawServer(behaviour=behaviour) as server:
        with pytest.raises((RelayRefused, RelayUnreachable), match="does not speak WebSocket"):
            await fails(Ends(server.url))


@pytest.mark.parametrize(
    ("relay", "here"),
    [
        ("http://localhost:1", True),
        ("http://127.0.0.1:1", True),
        ("http://[::1]:1", True),
        ("https://relay.example", False),
        ("http://localhost.example", False),
    ],
)
def test_loopback(relay: str, here: bool) -> None:
    assert is_loopback(relay) is here


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError(), "no answer within 10 s"),
        (ConnectionRefusedError(), "connection refused"),
        (ssl.SSLError(), "no TLS connection can be made"),
        (OSError(113, "No route to host"), "no route to host"),
        (OSError(), "oserror"),
        (EOFError(), "it does not speak WebSocket"),
    ],
)
def test_errors_in_plain_words(error: BaseException, words: str) -> None:
    assert describe(error) == words


@pytest.mark.parametrize(
    ("ahead_s", "words"), [(300, "300 s ahead of the relay's"), (-300, "300 s behind the relay's")]
)
async def test_a_clock_that_is_off_is_told_and_corrected_at_once(
    ahead_s: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = time.time
    async with relay_on() as relay:
        ends = Ends(relay.origin, exit_on_disconnect=True)
        clock = SimpleNamespace(**vars(time) | {"time": lambda: right() + ahead_s})
        monkeypatch.setattr("hookscope.tunnel.client.time", clock)
        async with ends.running():
            await ends.until(lambda: "connected" in ends.states)
    assert ends.states == ["connecting", "connecting", "connected"]
    told = ends.changes[1].reason
    assert words in told or words.replace("300", "299") in told or words.replace("300", "301") in told


async def test_where_connections_soon_break_the_wait_grows_a_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hookscope.tunnel.redial.FIRST_DELAY_S", 0.01)
    async with relay_on() as relay:
        ends = Ends(relay.origin)
        async with ends.running():
            for count in range(1, 8):
                await ends.until(lambda count=count: ends.states.count("connected") == count)
                assert relay._hub is not None
                relay._hub.close_all(4003)
                await ends.until(lambda count=count: ends.states.count("waiting") == count)
    waits = [change.retry_in_s for change in ends.changes if change.state == "waiting"]
    assert waits[0] <= 0.01 < waits[2] <= 0.04
    # A link that flaps must not keep an inspector away for long.
    assert max(waits) <= 0.04


async def test_a_relay_that_hangs_up_at_once_is_dialled_ever_more_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hookscope.tunnel.redial.FIRST_DELAY_S", 0.01)

    async def hang_up(connection: ServerConnection) -> None:
        await connection.close()

    async with serve(hang_up, "127.0.0.1", 0, subprotocols=[Subprotocol(SUBPROTOCOL)]) as server:
        ends = Ends(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        async with ends.running():
            await ends.until(lambda: ends.states.count("waiting") == 5)
    waits = [change.retry_in_s for change in ends.changes if change.state == "waiting"]
    assert waits[0] <= 0.01
    assert waits[4] >= 0.08


async def test_a_relay_that_hangs_up_before_the_handshake_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hung_up(self: Tunnel) -> Any:
        raise ConnectionClosedError(None, None)

    monkeypatch.setattr(Tunnel, "_dial", hung_up)
    with pytest.raises(RelayUnreachable, match="cannot be reached: it hung up"):
        await Ends("http://127.0.0.1:1").tunnel.run()
