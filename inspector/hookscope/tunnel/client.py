"""The tunnel's client end: dials the relay, keeps the connection alive or comes back, and moves messages both ways.

Deliveries go to `receive`, which is awaited before the next message is taken: that is the back-pressure.
"""

from __future__ import annotations

import asyncio
import os
import random
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias
from urllib.parse import urlencode

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidProxy, InvalidStatus, ProxyError
from websockets.http11 import Response
from websockets.typing import Subprotocol

from hookscope.model.errors import Disconnected, RelayRefused, RelayUnreachable
from hookscope.model.events import ConnectionState, Role
from hookscope.tunnel.frames import Arrival, Incoming, InspectorSession, StreamNews
from hookscope.tunnel.inflow import Inflow
from hookscope.tunnel.link import Link
from hookscope.tunnel.outflow import Streams
from hookscope.tunnel.reach import OPEN_WITHIN_S, describe, proxy_of, remedy_for, through
from hookscope.tunnel.redial import Refusal, close_reason, close_remedy, delay_before, is_fatal_close, read_refusal
from hookscope.tunnel.replies import Replies
from hookscope.tunnel.rhythm import Rhythm
from hookscope_relay.errors import HookscopeError, InputError, WireError
from hookscope_relay.hosts import origin_and_prefix
from hookscope_relay.keys.claim import NONCE_BYTES, SESSION_BYTES, build_claim
from hookscope_relay.keys.endpoint_key import EndpointKey
from hookscope_relay.wire import (
    CLOSE_BROKEN_FRAME,
    MAX_MESSAGE,
    PONG_WITHIN_S,
    SUBPROTOCOL,
    Open,
    Settled,
    TakeOver,
    Welcome,
    encode,
)
from hookscope_relay.wire import Role as RoleFrame

CLOSE_WITHIN_S = 1.0
# RFC 6455, 7.1.5: no close frame came, or none with a code.
BROKEN_CODES = frozenset({None, 1005, 1006})
# Where connections end sooner, the wait grows before the next one; no further than this, since the relay does take us.
STEADY_S = 1.0
UNSTEADY_ATTEMPTS = 3

TOO_OLD = "this relay is older than taking over, so nothing changes"
TOO_OLD_REMEDY = "end the session that answers, or have the relay upgraded"
REQUESTS_COME_WHOLE = (
    "this relay is older than --stream-requests, so requests come whole: have the relay upgraded, or leave it off"
)
WHOLE_FROM_OTHER_NODES = (
    "this relay has several nodes: requests come whole where their sender reaches another one than this session"
)

# What dialling may raise where nothing that speaks to us answers.
UNREACHABLE = (OSError, TimeoutError, InvalidHandshake, InvalidProxy, ImportError, EOFError, ConnectionClosed)

Cursor: TypeAlias = Callable[[], tuple[str, int] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialling:
    """What to dial and what to ask for.

    `relay` is its address (`https://host[:port][/prefix]`); `verify` a TLS context for a relay with its own CA. `label`
    is what other sessions of the endpoint are told of this one; with `take_over` it answers from its first connection
    on, with `stream_requests` it takes requests while they arrive, of a relay that knows how.
    """

    relay: str
    key: EndpointKey
    mode: Literal["handler", "capture", "watch"] = "capture"
    away: str = ""
    away_status: int | None = None
    only_new: bool = False
    label: str = ""
    take_over: bool = False
    stream_requests: bool = False
    access_token: str = field(default="", repr=False)
    exit_on_disconnect: bool = False
    verify: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True)
class ConnectionChange:
    """A change of the connection's state.

    `reason` says why it waits or was refused; while it connects, what is to be set right here. `answerer` and `why` are
    the relay's, as in `wire.Role`.
    """

    state: ConnectionState
    reason: str = ""
    retry_in_s: float | None = None
    role: Role | None = None
    answerer: str = ""
    why: str = ""


class _Connect(connect):
    """websockets' dialler, that follows no redirect: a claim is for the relay that was dialled and nobody else."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class Tunnel:
    """One session with a relay, over as many connections as it takes.

    `run` returns when `stop` was called, else raises. `replies` takes the answers, `streams` those that are passed on
    while they arrive. `arrive`, where it is set, takes each arrival before `receive` hears of it.
    """

    def __init__(
        self,
        dialling: Dialling,
        *,
        cursor: Cursor,
        receive: Callable[[Incoming | Inflow, InspectorSession], Awaitable[None]],
        changed: Callable[[ConnectionChange], None],
    ) -> None:
        self._dialling = dialling
        self._cursor = cursor
        self._receive = receive
        self._changed = changed
        self.arrive: Callable[[Arrival], Awaitable[None]] | None = None
        self.replies = Replies()
        self.streams = Streams()
        self._session_id = os.urandom(SESSION_BYTES)
        self._clock_offset = 0.0
        self._clock_was_corrected = False
        self._rhythm = Rhythm()
        self._stopping = asyncio.Event()
        self._link: Link | None = None
        self._was_welcomed = False
        self._is_open = False
        self._knows_take_over = False

    def take_over(self) -> None:
        """Ask the relay that this session answers from now on; its word comes as a change.

        `InputError` where there is no connection, where the session only watches, or the relay is too old for it.
        """
        if self._link is None or not self._is_open:
            raise InputError("there is no connection to the relay now", "take over once it is back")
        if self._dialling.mode == "watch":
            raise InputError("this session only watches", "begin it without --watch to have it answer")
        if not self._knows_take_over:
            raise InputError(TOO_OLD, TOO_OLD_REMEDY)
        self._link.send_soon(encode(TakeOver()))

    async def stop(self) -> None:
        """End the session in order."""
        self._stopping.set()
        if self._link is not None:
            await self._link.close()

    async def run(self) -> None:
        """Stay connected until `stop`; raises `RelayUnreachable`,
        `RelayRefused` or `Disconnected` where there is no point in going on."""
        attempt, warning = 0, ""
        while not self._stopping.is_set():
            self._changed(ConnectionChange("connecting", warning))
            started = time.monotonic()
            lost = await self._connect_once()
            if self._stopping.is_set():
                return
            warning = lost.reason if lost.at_once else ""
            if lost.at_once:
                continue
            lasted_s = time.monotonic() - started
            attempt = self._next_attempt(attempt, lost, lasted_s)
            reason = (self._rhythm.note(lasted_s) if lost.broke else "") or lost.reason
            if isinstance(lost.fatal, HookscopeError):
                self._changed(ConnectionChange("refused", str(lost.fatal)))
                raise lost.fatal
            if self._dialling.exit_on_disconnect:
                what = f"the connection to {self._dialling.relay} is lost ({reason})"
                raise Disconnected(what, "start it again")
            delay = delay_before(attempt, random.random(), lost.close_code)  # noqa: S311
            self._changed(ConnectionChange("waiting", reason, delay))
            await self._sleep(delay)

    def _next_attempt(self, attempt: int, lost: _Lost, lasted_s: float) -> int:
        if not lost.was_open:
            return attempt + 1
        return 1 if lasted_s >= STEADY_S else min(attempt + 1, UNSTEADY_ATTEMPTS)

    async def _sleep(self, delay: float) -> None:
        try:
            async with asyncio.timeout(delay):
                await self._stopping.wait()
        except TimeoutError:
            pass

    async def _connect_once(self) -> _Lost:
        """Dial, run one connection to its end, and say how it ended."""
        try:
            link = await self._dial()
        except InvalidStatus as error:
            return self._refused(_refusal_of(error.response))
        except UNREACHABLE as error:
            return self._unreachable(error)
        if link.subprotocol != SUBPROTOCOL:
            await link.close()
            return _Lost(fatal=RelayRefused(f"{self._dialling.relay} does not speak {SUBPROTOCOL}", "check --relay"))
        self._link, self._is_open = link, False
        try:
            await self._carry(link)
        except WireError as error:
            await link.close(CLOSE_BROKEN_FRAME)
            what = f"the relay {self._dialling.relay} broke the protocol: {error}"
            return _Lost(fatal=RelayRefused(what, "upgrade both ends"))
        except ConnectionClosed:
            pass
        finally:
            self._link = None
            await link.close()
        code = link.close_code
        if is_fatal_close(code):
            what = f"the relay {self._dialling.relay} ended the session: {close_reason(code)}"
            return _Lost(fatal=RelayRefused(what, close_remedy(code)))
        return _Lost(close_reason(code), was_open=self._is_open, close_code=code)

    async def _dial(self) -> Link:
        dialling = self._dialling
        origin, prefix = origin_and_prefix(dialling.relay)
        target = f"{prefix}/-/session/{dialling.key.id}{self._query()}"
        now = time.time() + self._clock_offset
        claim = build_claim(dialling.key, origin, target, self._session_id, now, os.urandom(NONCE_BYTES))
        headers = {"Authorization": claim}
        if dialling.access_token:
            headers["Hookscope-Access-Token"] = dialling.access_token
        link: Link = await _Connect(  # type: ignore[assignment]  # of the class that it is given
            "ws" + origin.removeprefix("http") + target,
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            additional_headers=headers,
            user_agent_header="hookscope",
            compression=None,
            proxy=proxy_of(dialling.relay) or None,
            open_timeout=OPEN_WITHIN_S,
            close_timeout=CLOSE_WITHIN_S,
            ping_interval=self._rhythm.ping_s,
            ping_timeout=PONG_WITHIN_S,
            max_size=MAX_MESSAGE,
            create_connection=Link,
            **self._tls(),
        )
        return link

    def _tls(self) -> dict[str, Any]:  # Any: keyword arguments of another library
        given = self._dialling.verify if self._dialling.relay.startswith("https") else None
        return {"ssl": given} if given else {}

    def _query(self) -> str:
        cursor = self._cursor()
        after = f"{cursor[0]}:{cursor[1]}" if cursor else "new" if self._dialling.only_new else ""
        status = self._dialling.away_status
        wish = {
            "mode": self._dialling.mode,
            "after": after,
            "away": self._dialling.away,
            "away_status": str(status) if status else "",
            "streams": "1",
            "requests": "1" if self._dialling.stream_requests else "",
            "label": self._dialling.label,
            # Whoever took over since stays: a connection that broke takes nothing back.
            "take_over": "1" if self._dialling.take_over and not self._was_welcomed else "",
        }
        return "?" + urlencode({name: value for name, value in wish.items() if value}, safe=":")

    async def _carry(self, link: Link) -> None:
        writing = asyncio.create_task(self.replies.carry(link))
        try:
            session = InspectorSession()
            while True:
                for message in await link.batch():
                    if isinstance(message, str):
                        raise WireError("a text message")
                    incoming = session.receive(message)
                    if incoming is not None:
                        await self._take(incoming, session, link)
        finally:
            self.streams.lose()
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)

    async def _take(self, incoming: Incoming, session: InspectorSession, link: Link) -> None:
        if isinstance(incoming, Arrival):
            if self.arrive is not None:
                await self.arrive(incoming)
            await self._receive(incoming, session)
            return
        if isinstance(incoming, RoleFrame):
            self._changed(
                ConnectionChange("connected", role=incoming.role, answerer=incoming.answerer, why=incoming.why)
            )
            return
        if isinstance(incoming, StreamNews):
            if not isinstance(incoming.frame, Open):
                self.streams.receive(incoming.frame, incoming.raw)
            elif (inflow := self.streams.begin_request(incoming.frame, incoming.raw, link)) is not None:
                await self._receive(inflow, session)
            return
        if isinstance(incoming, Settled):
            self.replies.settle(incoming.seq)
        elif isinstance(incoming, Welcome):
            self._knows_take_over = incoming.answerer is not None
            self._was_welcomed = self._is_open = True
            # Either clock may jump again while we are connected.
            self._clock_was_corrected = False
            self.replies.resume(link, incoming.epoch)
            if incoming.streams:
                self.streams.resume(link)
        await self._receive(incoming, session)
        if isinstance(incoming, Welcome):
            warning = _lacks(incoming, self._dialling)
            told = ConnectionChange("connected", warning, None, incoming.role, incoming.answerer or "", incoming.why)
            self._changed(told)

    def _refused(self, refusal: Refusal) -> _Lost:
        error = refusal.error(self._dialling.relay)
        if refusal.problem == "claim-clock" and refusal.relay_time is not None and not self._clock_was_corrected:
            self._clock_was_corrected = True
            self._clock_offset = refusal.relay_time - time.time()
            off = f"{abs(self._clock_offset):.0f} s {'behind' if self._clock_offset > 0 else 'ahead of'}"
            return _Lost(
                f"this machine's clock is {off} the relay's: set it, since signatures that hold a time fail by it",
                at_once=True,
            )
        fatal = refusal.is_fatal or not (
            self._was_welcomed or refusal.problem in {"relay-busy", "store-unavailable", "rate-limited"}
        )
        return _Lost(error.what, fatal=error if fatal else None)

    def _unreachable(self, error: BaseException) -> _Lost:
        reason = describe(error)
        if self._was_welcomed:
            return _Lost(reason)
        is_answer = isinstance(error, InvalidHandshake) and not isinstance(error, ProxyError)
        if is_answer and not isinstance(error.__cause__, EOFError):
            what = f"what answers at {self._dialling.relay} is not a hookscope relay: {reason}"
            return _Lost(fatal=RelayRefused(what, "check --relay, and what runs at that address"))
        way = through(self._dialling.relay)
        return _Lost(
            fatal=RelayUnreachable(
                f"the relay {self._dialling.relay} cannot be reached{way}: {reason}",
                remedy_for(error, self._dialling.relay),
            )
        )


def _lacks(welcome: Welcome, asked: Dialling) -> str:
    """Which of what was asked for this relay does not do, or not for all; empty where it does all."""
    if asked.take_over and welcome.answerer is None and welcome.role == "watching":
        return f"{TOO_OLD}: {TOO_OLD_REMEDY}"
    if asked.stream_requests and not welcome.requests:
        return REQUESTS_COME_WHOLE
    return WHOLE_FROM_OTHER_NODES if asked.stream_requests and welcome.nodes else ""


def _refusal_of(response: Response) -> Refusal:
    marks = [value for name in ("Server", "Via") for value in response.headers.get_all(name)]
    return read_refusal(response.status_code, bytes(response.body or b""), " ".join(marks))


@dataclass(frozen=True, slots=True)
class _Lost:
    """How a connection, or the try at one, ended.

    `was_open` says that the relay had welcomed us on it, `at_once` that the next try will do better, for what `reason`
    tells.
    """

    reason: str = ""
    was_open: bool = False
    close_code: int | None = None
    at_once: bool = False
    fatal: HookscopeError | None = None

    @property
    def broke(self) -> bool:
        """Whether neither end hung up."""
        return self.was_open and self.close_code in BROKEN_CODES
