"""The tunnel's server end: checks an upgrade's claim, then carries a session's messages over a WebSocket."""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import cast, get_args
from urllib.parse import parse_qs

from aiohttp import WSCloseCode, WSMsgType, web

from hookscope_relay.delivery import Headers, header
from hookscope_relay.errors import LogUnavailable, WireError
from hookscope_relay.exact_response import respond_problem
from hookscope_relay.hosts import origin_and_prefix, with_prefix
from hookscope_relay.hub import Hub
from hookscope_relay.inspector_connection import Link, hang_up, watch
from hookscope_relay.keys.claim import NONCE_KEPT_S, Claim, ClaimRefused, check_claim, is_signed_for, parse_claim
from hookscope_relay.keys.endpoint_key import ENDPOINT_ID
from hookscope_relay.limits import Gate, Refusal
from hookscope_relay.log.protocol import EndpointRecord, Log
from hookscope_relay.log_lines import short, tell
from hookscope_relay.metrics import Metrics
from hookscope_relay.request_head import client_of, peer_address, raw_target
from hookscope_relay.session import Mode, Session
from hookscope_relay.settings import Away, RelaySettings
from hookscope_relay.wire import (
    CLOSE_BROKEN_FRAME,
    CLOSE_RESTART,
    CLOSE_TOO_SLOW,
    MAX_LABEL,
    MAX_MESSAGE,
    SUBPROTOCOL,
)

logger = logging.getLogger("hookscope.relay")

_CURSOR = re.compile(r"([0-9a-f]{16}):(\d{1,15})")


@dataclass(frozen=True, slots=True)
class Wish:
    """What an upgrade's query asks for. `after` is None for all that is kept, `"new"`, or (epoch, seq).

    `label` is what the inspector calls itself, made inert; nothing rests on it.
    """

    mode: Mode
    after: tuple[str, int] | str | None
    away: Away | None
    away_status: int | None
    label: str = ""
    takes_over: bool = False
    streams: bool = False
    requests: bool = False


@dataclass(frozen=True, slots=True)
class Tunnel:
    """Opens sessions for the owners of endpoints.

    `url` is the relay's own address, which claims are signed for; `public` another one at which it is reached, where a
    proxy was put in front since.
    """

    settings: RelaySettings
    url: str
    log: Log
    hub: Hub
    gate: Gate
    metrics: Metrics
    public: str = ""

    async def handle(self, request: web.BaseRequest, headers: Headers, endpoint_id: str) -> web.StreamResponse:
        """Answer an upgrade: run the session to its end, or say which check failed."""
        address = client_of(peer_address(request), headers, self.settings.trusted_proxies)
        try:
            self.gate.admit_upgrade(address, time.monotonic())
            wish = parse_wish(raw_target(request).partition("?")[2])
            claim = await self._admit(headers, endpoint_id, raw_target(request))
            record = await self._keep_record(endpoint_id, claim, wish, address)
            place = await self._position(endpoint_id, wish.after)
        except ClaimRefused as refusal:
            return self._refuse(request, endpoint_id, Refusal(refusal.problem))
        except Refusal as refusal:
            return self._refuse(request, endpoint_id, refusal)
        except LogUnavailable:
            return self._refuse(request, endpoint_id, Refusal("store-unavailable", retry_after_s=5.0))
        return await self._run(request, record, claim, wish, place)

    def _refuse(self, request: web.BaseRequest, endpoint_id: str, refusal: Refusal) -> web.StreamResponse:
        self.metrics.refuse(refusal.problem, refusal.limit)
        known = short(endpoint_id) if ENDPOINT_ID.fullmatch(endpoint_id) else "none"
        tell(logger, "upgrade refused", endpoint=known, problem=refusal.problem, limit=refusal.limit or "none")
        upgrade: Headers = (("Upgrade", "websocket"), ("Connection", "Upgrade"))
        headers = refusal.headers + (upgrade if refusal.problem == "version" else ())
        members = {"time": int(time.time()), **refusal.members}
        return respond_problem(refusal.problem, request, headers=headers, members=members)

    async def _admit(self, headers: Headers, endpoint_id: str, target: str) -> Claim:
        """The claim, if every check of the contract holds, in its order."""
        if header(headers, "origin") is not None:
            raise ClaimRefused("browser-refused")
        if (header(headers, "upgrade") or "").strip().lower() != "websocket":
            # Said before the claim is looked at: whoever asks why no inspector can attach needs none to be told.
            raise Refusal("version", missing="upgrade")
        offered = (header(headers, "sec-websocket-protocol") or "").split(",")
        if SUBPROTOCOL not in [name.strip() for name in offered]:
            raise ClaimRefused("version")
        if not ENDPOINT_ID.fullmatch(endpoint_id):
            raise ClaimRefused("unknown-endpoint")
        claim = parse_claim(header(headers, "authorization") or "")
        now = time.time()
        origin, signed = self._signed_for(claim, target)
        try:
            check_claim(claim, endpoint=endpoint_id, origin=origin, target=signed, now=now)
        except ClaimRefused as refusal:
            host = header(headers, "host") or ""
            if refusal.problem == "claim-signature" and _dialled_otherwise(claim, host, {target, signed}):
                raise ClaimRefused("claim-origin") from None
            raise
        if self.log.began_at is not None and claim.time < int(now - (time.monotonic() - self.log.began_at)):
            # It may have been used at a relay that remembered, before this one began to.
            raise ClaimRefused("claim-clock")
        if not await self.log.remember_nonce(claim.nonce, now, NONCE_KEPT_S):
            raise ClaimRefused("claim-replayed")
        given = header(headers, "hookscope-access-token") or ""
        if not hmac.compare_digest(given.encode("latin-1"), self.settings.access_token.encode("utf-8")):
            raise ClaimRefused("access-token")
        return claim

    def _signed_for(self, claim: Claim, target: str) -> tuple[str, str]:
        """The origin and the target that a claim has to be signed for: of our address, or the public one if it is."""
        addresses = [origin_and_prefix(url) for url in (self.url, self.public) if url]
        ways = [(origin, with_prefix(prefix, target)) for origin, prefix in addresses]
        return next((way for way in ways if is_signed_for(claim, *way)), ways[0])

    async def _keep_record(self, endpoint_id: str, claim: Claim, wish: Wish, address: str) -> EndpointRecord:
        """The endpoint's record as of now, kept; refused are a key that was rotated away,
        and what the limits do not let in."""
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
        self, request: web.BaseRequest, record: EndpointRecord, claim: Claim, wish: Wish, place: tuple[int, int, int]
    ) -> web.StreamResponse:
        position, oldest, newest = place
        socket = web.WebSocketResponse(
            protocols=(SUBPROTOCOL,), autoping=False, compress=False, max_msg_size=MAX_MESSAGE, timeout=2.0
        )
        await socket.prepare(request)
        session = self.hub.attach(
            claim.session,
            record.id,
            wish.mode,
            position,
            oldest=oldest,
            generation=claim.generation,
            streams=wish.streams,
            requests=wish.streams and wish.requests,
            label=wish.label,
            takes_over=wish.takes_over,
        )
        link = Link(socket)
        started = time.monotonic()
        tell(logger, "session opened", endpoint=short(record.id), mode=wish.mode, role=session.role)
        url = public_url(self.public or self.url, record.id, self.settings.subdomains and not self.public)
        try:
            await socket.send_bytes(self.hub.welcome(session, url, newest, self.settings.limits.body_bytes))
            await self._carry(link, session)
        except ConnectionError:
            link.closed_with = link.closed_with or int(WSCloseCode.ABNORMAL_CLOSURE)
        finally:
            self.hub.detach(session)
            await hang_up(link, request, CLOSE_RESTART)
            code = link.closed_with or socket.close_code or 0
            self.metrics.closed[str(code)] += 1
            lasted_s = round(time.monotonic() - started, 1)
            tell(logger, "session closed", endpoint=short(record.id), code=code, lasted_s=lasted_s)
        return socket

    async def _position(self, endpoint_id: str, after: tuple[str, int] | str | None) -> tuple[int, int, int]:
        """Where the reader resumes, and the log's ends.

        A cursor ahead of what may have left means that the log was restored.
        """
        oldest, newest = await self.log.ends(endpoint_id, after[1] if isinstance(after, tuple) else 0)
        if after == "new":
            return newest, oldest, newest
        if not isinstance(after, tuple):
            return oldest, oldest, newest
        epoch, seq = after
        if epoch == self.log.epoch and seq > self.log.given(endpoint_id):
            await self.log.new_epoch()
        return (seq if epoch == self.log.epoch else oldest), oldest, newest

    async def _carry(self, link: Link, session: Session) -> None:
        """Move messages both ways until one end hangs up or goes silent."""
        sending = asyncio.create_task(self._send(link, session))
        watching = asyncio.create_task(watch(link))
        receiving = asyncio.create_task(self._receive(link, session))
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
            await link.close(CLOSE_TOO_SLOW)

    async def _send(self, link: Link, session: Session) -> None:
        while True:
            messages = await self.hub.next_messages(session)
            if isinstance(messages, int):
                await link.close(messages)
                return
            await link.send(messages)

    async def _receive(self, link: Link, session: Session) -> None:
        key = session.id.hex()
        async for message in link.socket:
            link.heard = now = time.monotonic()
            if wait := self.gate.frames.wait(key, now):
                await self._slow_down(key, wait)
            if message.type is WSMsgType.BINARY:
                try:
                    self.hub.receive(session, message.data)
                except WireError:
                    await link.close(CLOSE_BROKEN_FRAME)
            elif message.type is WSMsgType.PING:
                await link.socket.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                await link.close(CLOSE_BROKEN_FRAME)

    async def _slow_down(self, key: str, wait: float) -> None:
        """Read no faster than the limit: an inspector that writes more finds its connection full."""
        self.metrics.limited["frame-rate"] += 1
        while wait:
            await asyncio.sleep(wait)
            wait = self.gate.frames.wait(key, time.monotonic())


def public_url(relay: str, endpoint_id: str, as_subdomain: bool = False) -> str:
    """The address that a sender is given."""
    return relay.replace("://", f"://{endpoint_id}.", 1) if as_subdomain else f"{relay}/{endpoint_id}"


def _dialled_otherwise(claim: Claim, host: str, targets: Collection[str]) -> bool:
    """Whether the signature holds for the host that was dialled:
    then the relay's public URL is another than the inspector's.

    The Host header only explains a refusal here; it never makes a claim good.
    """
    return any(
        is_signed_for(claim, f"{scheme}://{host.lower()}", target) for scheme in ("https", "http") for target in targets
    )


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
        streams=values.get("streams") == "1",
        requests=values.get("requests") == "1",
        label=inert(values.get("label", "")),
        takes_over=values.get("take_over") == "1",
    )


def inert(label: str) -> str:
    """A label as others may be shown it: printable, on one line, short."""
    return "".join(one for one in label if one.isprintable())[:MAX_LABEL].strip()
