"""What `make torture` proves with processes that are frozen, once each and in one process, so that plain breakage shows
within seconds. Slow readers and writers have theirs in tests/e2e/test_streams.py and test_request_streams.py."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from factories import make_ring
from hookscope.model.events import ConnectionChanged
from hookscope.tunnel.client import Dialling
from raw_http import OK, Conversation, RawServer, exchange
from relays import relaying
from sessions import WITHIN_S, Session, make_plan
from torture.chaos_proxy import ChaosProxy
from torture.checker import read_held
from torture.processes import until

BIG = bytes(12_000_000)
# Slow enough that the big one is on its way for long after the small one came.
BYTES_A_SECOND = 8_000_000
PING_S = 0.4


class World:
    """A relay, and a breakable link by which inspectors reach it."""

    def __init__(self, port: int, proxy: ChaosProxy, directory: Path) -> None:
        self.port = port
        self.proxy = proxy
        self.directory = directory
        self.posted = Counter[str]()

    def session(self, name: str, handler: RawServer, seed: int = 1) -> Session:
        keys, origin = make_ring(seed), f"http://127.0.0.1:{self.proxy.port}"
        dialling = Dialling(relay=origin, key=keys.current, mode="handler")
        url = f"http://127.0.0.1:{handler.port}"
        return Session(make_plan(self.directory / name, origin, url, keys=keys, dialling=dialling))

    async def post(self, session: Session, body: bytes = b"{}") -> bytes:
        """The status line of the sender's answer; senders do not take the breakable link."""
        endpoint = session.plan.keys.current.id
        self.posted[endpoint] += 1
        head = f"POST /{endpoint}/d/1 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n"
        return (await exchange(self.port, head.encode() + body, timeout=WITHIN_S)).split(b"\r\n")[0]

    async def served(self, session: Session) -> None:
        """Post until the handler's answer comes: a machine that is busy may be late once."""
        async with asyncio.timeout(WITHIN_S):
            while b" 200 " not in await self.post(session):
                pass

    def has_all(self, session: Session) -> bool:
        """Whether all that was posted to the session is captured, and nothing twice."""
        return len(sizes(session)) == self.posted[session.plan.keys.current.id]


@contextlib.asynccontextmanager
async def world(directory: Path, deadline_s: float) -> AsyncIterator[World]:
    async with (
        ChaosProxy(0) as proxy,
        relaying(public_url=f"http://127.0.0.1:{proxy.port}", deadline_s=deadline_s) as relay,
    ):
        proxy.to_port = relay.settings.port
        yield World(relay.settings.port, proxy, directory)


def sizes(session: Session) -> list[int]:
    """How large the bodies are that it captured."""
    held = read_held(session.plan.places.captures, session.plan.keys.current.id)
    return sorted(one.size for one in held)


async def test_a_small_delivery_overtakes_a_large_one_which_a_session_that_ends_meanwhile_does_not_lose(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, 10.0) as here, RawServer(OK) as handler:
        session = here.session("one", handler)
        async with session.running():
            here.proxy.rate = BYTES_A_SECOND
            big = asyncio.create_task(here.post(session, BIG))
            await asyncio.sleep(0)
            assert b" 200 " in await here.post(session)
            assert not big.done()
        assert sizes(session) == [2]
        here.proxy.rate = None
        again = here.session("one", handler)
        async with again.running():
            await until("both are captured", lambda: sizes(again) == [2, len(BIG)])
        big.cancel()
        await asyncio.gather(big, return_exceptions=True)


@pytest.fixture
def frequent_pings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("hookscope_relay.inspector_connection", "hookscope.tunnel.rhythm"):
        monkeypatch.setattr(f"{name}.PING_INTERVAL_S", PING_S)
    for name in ("hookscope_relay.inspector_connection", "hookscope.tunnel.client"):
        monkeypatch.setattr(f"{name}.PONG_WITHIN_S", PING_S)


@pytest.mark.usefixtures("frequent_pings")
async def test_a_handler_and_a_link_that_say_nothing_leave_others_alone_and_lose_nothing(tmp_path: Path) -> None:
    thawed = asyncio.Event()

    async def frozen(conversation: Conversation) -> None:
        while await conversation.request() is not None:
            await thawed.wait()
            await conversation.send(OK)

    async with world(tmp_path, 1.5) as here, RawServer(behaviour=frozen) as stuck, RawServer(OK) as handler:
        struck, other = here.session("struck", stuck), here.session("other", handler, seed=2)
        async with struck.running(), other.running():
            silent = asyncio.create_task(here.post(struck))
            await here.served(other)
            assert b" 504 " in await silent
            thawed.set()
            await here.served(struck)

            assert here.proxy.swallow(struck.plan.keys.current.id.encode()) == 1
            before = len(struck.events)
            cut_off = asyncio.create_task(here.post(struck))
            await here.served(other)
            assert b" 504 " in await cut_off
            await until("the link is missed", lambda: states(struck, before)[:1] == ["waiting"])
            await until("it is back", lambda: states(struck, before)[-1:] == ["connected"])
            await here.served(struck)
            await until("all are captured", lambda: here.has_all(struck) and here.has_all(other))


def states(session: Session, since: int) -> list[str]:
    return [event.state for event in session.events[since:] if isinstance(event, ConnectionChanged)]
