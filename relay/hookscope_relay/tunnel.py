"""The tunnel's server end: checks an upgrade's claim, then carries a session's messages over a WebSocket."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import re
import time
from dataclasses import dataclass, replace
from typing import cast, get_args
from urllib.parse import parse_qs

from aiohttp import WSMsgType, web

from hookscope_relay.delivery import Headers, header
from hookscope_relay.errors import LogUnavailable, WireError
from hookscope_relay.exact import respond_problem
from hookscope_relay.hub import Hub
from hookscope_relay.ingress import client_of, raw_target
from hookscope_relay.keys.claim import NONCE_KEPT_S, Claim, ClaimRefused, check_claim, is_signed_for, parse_claim
from hookscope_relay.keys.endpoint_key import ENDPOINT_ID
from hookscope_relay.limits import Gate, Refusal
from hookscope_relay.log.protocol import EndpointRecord, Log
from hookscope_relay.logs import short, tell
from hookscope_relay.metrics import Metrics
from hookscope_relay.session import Mode, Session
from hookscope_relay.settings import Away, RelaySettings
from hookscope_relay.wire import (
    CLOSE_BROKEN_FRAME,
    CLOSE_RESTART,
    CLOSE_TOO_SLOW,
    MAX_MESSAGE,
    PING_INTERVAL_S,
    PONG_WITHIN_S,
    SUBPROTOCOL,
)

# A close that the other end does not take is not waited for.
CLOSE_WITHIN_S = 3.0

logger = logging.getLogger("hookscope.relay")

_CURSOR = re.compile(r"([0-9a-f]{16}):(\d{1,15})")


@dataclass(frozen=True, slots=True)
class Wish:
    """What an upgrade's query asks for. `after` is None for all that is kept, `"new"`, or (epoch, seq)."""

    mode: Mode
    after: tuple[str, int] | str | None
    away: Away | None
    away_status: int | None


@dataclass(frozen=True, slots=True)
class Tunnel:
    """Opens sessions for the owners of endpoints. `origin` is the relay's own, which claims are signed for."""

    settings: RelaySettings
    origin: str
    log: Log
    hub: Hub
    gate: Gate
    metrics: Metrics

    async def handle(self, request: web.BaseRequest, headers: Headers, endpoint_id: str) -> web.StreamResponse:
        """Answer an upgrade: run the session to its end, or say which check failed."""
        address = client_of(request, headers, self.settings.trusted_proxies)
        try:
            self.gate.admit_upgrade(address, time.monotonic())
            wish = parse_wish(raw_target(request).partition("?")[2])
            claim = await self._admit(headers, endpoint_id, raw_target(request))
            record = await self._keep_record(endpoint_id, claim, wish, address)
        except ClaimRefused as refusal:
            return self._refuse(request, endpoint_id, Refusal(refusal.problem))
        except Refusal as refusal:
            return self._refuse(request, endpoint_id, refusal)
        except LogUnavailable:
            return self._refuse(request, endpoint_id, Refusal("store-unavailable", retry_after_s=5.0))
        return await self._run(request, record, claim, wish)

    def _refuse(self, request: web.BaseRequest, endpoint_id: str, refusal: Refusal) -> web.StreamResponse:
        self.metrics.refuse(refusal.problem, refusal.limit)
        known = short(endpoint_id) if ENDPOINT_ID.fullmatch(endpoint_id) else "none"
        tell(logger, "upgrade refused", endpoint=known, problem=refusal.problem, limit=refusal.limit or "none")
        upgrade: Headers = (("Upgrade", "websocket"), ("Connection", "Upgrade"))
        headers = refusal.headers + (upgrade if refusal.problem == "version" else ())
        return respond_problem(refusal.problem, request, headers=headers, members={"time": int(time.time())})

    async def _admit(self, headers: Headers, endpoint_id: str, target: str) -> Claim:
        """The claim, if every check of the contract holds, in its order."""
        if header(headers, "origin") is not None:
            raise ClaimRefused("browser-refused")
        offered = (header(headers, "sec-websocket-protocol") or "").split(",")
        if SUBPROTOCOL not in [name.strip() for name in offered]:
            raise ClaimRefused("version")
        if not ENDPOINT_ID.fullmatch(endpoint_id):
            raise ClaimRefused("unknown-endpoint")
        claim = parse_claim(header(headers, "authorization") or "")
        now = time.time()
        try:
            check_claim(claim, endpoint=endpoint_id, origin=self.origin, target=target, now=now)
        except ClaimRefused as refusal:
            if refusal.problem == "claim-signature" and _dialled_otherwise(
                claim, header(headers, "host") or "", target
            ):
                raise ClaimRefused("claim-origin") from None
            raise
        if not await self.log.remember_nonce(claim.nonce, now, NONCE_KEPT_S):
            raise ClaimRefused("claim-replayed")
        given = header(headers, "hookscope-access-token") or ""
        if not hmac.compare_digest(given.encode("latin-1"), self.settings.access_token.encode("utf-8")):
            raise ClaimRefused("access-token")
        return claim

    async def _keep_record(self, endpoint_id: str, claim: Claim, wish: Wish, address: str) -> EndpointRecord:
        """The endpoint's record as of now, kept; refused are a key that was rotated away, and what the limits do not let in."""
        now = time.time()
        known = await self.log.endpoint(endpoint_id)
        if known is None:
            self.gate.admit_endpoint_opening(address, time.monotonic(), await self.log.endpoints())
        others = [session for session in self.hub.sessions(endpoint_id) if session.id != claim.session]
        self.gate.admit_session(len(others))
        record = known or EndpointRecord(id=endpoint_id, key=claim.key, seal=claim.seal, opened_at=now, used_at=now)
        record = replace(
            record,
            key=claim.key,
            seal=claim.seal,
            generation=claim.generation,
            statement=claim.rotation.text.encode() if claim.rotation else b"",
            used_at=now,
            away=wish.away if wish.away is not None else record.away,
            away_status=wish.away_status if wish.away_status is not None else record.away_status,
        )
        if not await self.log.keep_endpoint(record):
            raise ClaimRefused("key-superseded")
        return record

    async def _run(
        self, request: web.BaseRequest, record: EndpointRecord, claim: Claim, wish: Wish
    ) -> web.StreamResponse:
        position, oldest, newest = await self._position(record.id, wish.after)
        socket = web.WebSocketResponse(
            protocols=(SUBPROTOCOL,), autoping=False, compress=False, max_msg_size=MAX_MESSAGE, timeout=2.0
        )
        await socket.prepare(request)
        session = self.hub.attach(
            claim.session, record.id, wish.mode, position, oldest=oldest, generation=claim.generation
        )
        started = time.monotonic()
        tell(logger, "session opened", endpoint=short(record.id), mode=wish.mode, role=session.role)
        url = public_url(self.origin, record.id)
        try:
            await socket.send_bytes(self.hub.welcome(session, url, newest, self.settings.limits.body_bytes))
            await self._carry(socket, session)
        except ConnectionError:
            pass
        finally:
            self.hub.detach(session)
            await _hang_up(socket, request, CLOSE_RESTART)
            code = socket.close_code or 0
            self.metrics.closed[str(code)] += 1
            lasted_s = round(time.monotonic() - started, 1)
            tell(logger, "session closed", endpoint=short(record.id), code=code, lasted_s=lasted_s)
        return socket

    async def _position(self, endpoint_id: str, after: tuple[str, int] | str | None) -> tuple[int, int, int]:
        """Where the reader resumes, and the log's ends. A cursor ahead of the log means that the log was restored."""
        oldest, newest = await self.log.ends(endpoint_id)
        if after == "new":
            return newest, oldest, newest
        if not isinstance(after, tuple):
            return oldest, oldest, newest
        epoch, seq = after
        if epoch == self.log.epoch and seq > newest:
            await self.log.new_epoch()
        return (seq if epoch == self.log.epoch else oldest), oldest, newest

    async def _carry(self, socket: web.WebSocketResponse, session: Session) -> None:
        """Move messages both ways until one end hangs up or goes silent."""
        heard = [time.monotonic()]
        sending = asyncio.create_task(self._send(socket, session))
        watching = asyncio.create_task(_watch(socket, heard))
        receiving = asyncio.create_task(self._receive(socket, session, heard))
        tasks = [sending, watching, receiving]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            silent = watching.done()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if silent:
            # What arrives from now on is another session's, while this one is still being told.
            self.hub.detach(session)
            await _close(socket, CLOSE_TOO_SLOW)

    async def _send(self, socket: web.WebSocketResponse, session: Session) -> None:
        while True:
            message = await self.hub.next_message(session)
            if isinstance(message, int):
                await _close(socket, message)
                return
            await socket.send_bytes(message)

    async def _receive(self, socket: web.WebSocketResponse, session: Session, heard: list[float]) -> None:
        async for message in socket:
            heard[0] = time.monotonic()
            await self._slow_down(session)
            if message.type is WSMsgType.PING:
                await socket.pong(message.data)
            elif message.type is WSMsgType.BINARY:
                try:
                    self.hub.receive(session, message.data)
                except WireError:
                    await _close(socket, CLOSE_BROKEN_FRAME)
            elif message.type is WSMsgType.TEXT:
                await _close(socket, CLOSE_BROKEN_FRAME)

    async def _slow_down(self, session: Session) -> None:
        """Read no faster than the limit: an inspector that writes more finds its connection full."""
        key = session.id.hex()
        if wait := self.gate.frames.wait(key, time.monotonic()):
            self.metrics.limited["frame-rate"] += 1
            while wait:
                await asyncio.sleep(wait)
                wait = self.gate.frames.wait(key, time.monotonic())


def public_url(origin: str, endpoint_id: str) -> str:
    """The address that a sender is given."""
    return f"{origin}/{endpoint_id}"


def _dialled_otherwise(claim: Claim, host: str, target: str) -> bool:
    """Whether the signature holds for the host that was dialled: then the relay's public URL is another than the inspector's.

    The Host header only explains a refusal here; it never makes a claim good.
    """
    return any(is_signed_for(claim, f"{scheme}://{host.lower()}", target) for scheme in ("https", "http"))


def parse_wish(query: str) -> Wish:
    """What the query of an upgrade asks for; unknown parameters are ignored, nonsense is `malformed`."""
    try:
        values = {name: given[-1] for name, given in parse_qs(query, max_num_fields=20).items()}
    except ValueError:
        raise ClaimRefused("malformed") from None
    mode, away, status, after = (values.get(name, "") for name in ("mode", "away", "away_status", "after"))
    cursor = _CURSOR.fullmatch(after)
    sound = (
        mode in {"", *get_args(Mode)}
        and away in {"", *get_args(Away)}
        and re.fullmatch(r"(2\d\d)?", status)
        and (after in {"", "new"} or cursor)
    )
    if not sound:
        raise ClaimRefused("malformed")
    return Wish(
        mode=cast(Mode, mode or "capture"),
        after=(cursor[1], int(cursor[2])) if cursor else after or None,
        away=cast(Away, away) if away else None,
        away_status=int(status) if status else None,
    )


async def _watch(socket: web.WebSocketResponse, heard: list[float]) -> None:
    """Ping the inspector, and return when it has been silent for too long, or does not even take a ping."""
    try:
        while (left := heard[0] + PING_INTERVAL_S + PONG_WITHIN_S - time.monotonic()) >= 0:
            async with asyncio.timeout(PONG_WITHIN_S):
                await socket.ping()
            # Never asleep past the moment at which the silence has lasted too long.
            await asyncio.sleep(min(PING_INTERVAL_S, left + 0.01))
    except TimeoutError:
        return


async def _close(socket: web.WebSocketResponse, code: int) -> None:
    """Close with the code, within a bounded time."""
    with contextlib.suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(CLOSE_WITHIN_S):
            await socket.close(code=code)


async def _hang_up(socket: web.WebSocketResponse, request: web.BaseRequest, code: int) -> None:
    """Close if that has not happened yet, and drop a connection whose other end does not read any more."""
    if not socket.closed:
        await _close(socket, code)
    if request.transport is not None and request.transport.get_write_buffer_size():
        request.transport.abort()
