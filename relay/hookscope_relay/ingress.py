"""Ingress: an HTTP request for an endpoint becomes a delivery, byte for byte, and its outcome becomes the response."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from aiohttp import ClientError, StreamReader, web
from aiohttp.http_exceptions import HttpProcessingError

from hookscope_relay.delivery import Delivery, Headers, header, header_values, new_delivery_id
from hookscope_relay.errors import LogUnavailable
from hookscope_relay.exact_response import ExactResponse, respond, respond_problem
from hookscope_relay.hosts import client_address, is_trusted
from hookscope_relay.hub import Hub
from hookscope_relay.keys.endpoint_key import ENDPOINT_ID
from hookscope_relay.limits import Gate, Hold, Refusal, body_patience_s
from hookscope_relay.log.protocol import EndpointRecord, Log
from hookscope_relay.log_lines import short, tell
from hookscope_relay.made_answers import ANSWERED_BY
from hookscope_relay.metrics import Metrics
from hookscope_relay.senders import Outcome
from hookscope_relay.settings import Limits, RelaySettings

RETRY_STORE_S = 5.0
NOT_UNDERSTOOD = frozenset({"malformed", "not-implemented"})
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

logger = logging.getLogger("hookscope.relay")


@dataclass(frozen=True, slots=True)
class Ingress:
    """Takes deliveries for the endpoints of one relay. `emptied` is set when the gate is draining and the last delivery has ended."""

    settings: RelaySettings
    log: Log
    hub: Hub
    gate: Gate
    metrics: Metrics
    emptied: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.BaseRequest, headers: Headers, endpoint_id: str, tail: str) -> ExactResponse:
        """The response to a request for an endpoint."""
        endpoint: EndpointRecord | None = None
        try:
            endpoint = await self._endpoint(endpoint_id)
            return await self._accept(request, headers, endpoint, tail)
        except Refusal as refusal:
            return self._refuse(request, endpoint, tail, refusal)
        except LogUnavailable:
            return self._refuse(request, endpoint, tail, Refusal("store-unavailable", retry_after_s=RETRY_STORE_S))

    async def _accept(
        self, request: web.BaseRequest, headers: Headers, endpoint: EndpointRecord | None, tail: str
    ) -> ExactResponse:
        now = time.monotonic()
        remote = client_of(request, headers, self.settings.trusted_proxies)
        self.gate.admit_address(remote, now)
        if endpoint is None:
            raise Refusal("unknown-endpoint")
        self.gate.admit_endpoint(endpoint.id, now)
        size = check_head(request, headers, self.settings)
        try:
            with self.gate.hold(endpoint.id) as hold:
                hold.check_bytes(size)
                body = await self._read(request, headers, hold)
                delivery = self._delivery(request, headers, tail, remote, body)
                del body
                delivery_id, submitting = delivery.id, self.hub.submit(endpoint, delivery, hold.release_bytes)
                del delivery
                return _respond(await submitting, delivery_id, request)
        finally:
            if self.gate.draining and not self.gate.deliveries.taken:
                self.emptied.set()

    async def _endpoint(self, endpoint_id: str) -> EndpointRecord | None:
        return await self.log.endpoint(endpoint_id) if ENDPOINT_ID.fullmatch(endpoint_id) else None

    def _refuse(
        self, request: web.BaseRequest, endpoint: EndpointRecord | None, tail: str, refusal: Refusal
    ) -> ExactResponse:
        self.metrics.refuse(refusal.problem, refusal.limit)
        if endpoint is not None:
            self.hub.refused(endpoint.id, refusal.problem, request.method, tail, refusal.size)
            known, limit = short(endpoint.id), refusal.limit or "none"
            tell(logger, "refused", endpoint=known, problem=refusal.problem, limit=limit, bytes=refusal.size)
        # What follows a request that is not understood may not be what it seems.
        understood = refusal.problem not in NOT_UNDERSTOOD and request.content.is_eof()
        keep_alive = understood and not self.gate.draining
        return respond_problem(
            refusal.problem, request, headers=refusal.headers, keep_alive=keep_alive, members=refusal.members
        )

    async def _read(self, request: web.BaseRequest, headers: Headers, hold: Hold) -> bytes:
        """The body, once the sender was told to go on with it if it asked."""
        expected = (header(headers, "expect") or "").lower() == "100-continue"
        if expected and request.transport is not None:
            request.transport.write(CONTINUE)
        return await read_body(request.content, hold, self.settings.limits)

    def _delivery(self, request: web.BaseRequest, headers: Headers, tail: str, remote: str, body: bytes) -> Delivery:
        now = time.time()
        scheme = _scheme(request, headers, self.settings)
        return Delivery(
            id=new_delivery_id(now, os.urandom(10)),
            received_at=now,
            method=request.method,
            target=tail,
            headers=headers,
            body=body,
            scheme=scheme,
            http_version=f"{request.version.major}.{request.version.minor}",
            remote=remote,
            url=f"{scheme}://{header(headers, 'host') or ''}{raw_target(request)}",
        )


def _respond(outcome: Outcome, delivery_id: str, request: web.BaseRequest) -> ExactResponse:
    ours: Headers = (("Hookscope-Delivery", delivery_id),)
    if outcome.seq is not None:
        ours += (("Hookscope-Seq", str(outcome.seq)),)
    if outcome.by:
        ours += ((ANSWERED_BY, outcome.by),)
    return respond(outcome.answer, request, ours)


def raw_target(request: web.BaseRequest) -> str:
    """The request target as it was on the request line."""
    return request.raw_path.encode("utf-8", "surrogateescape").decode("latin-1")


def raw_headers(request: web.BaseRequest) -> Headers:
    """The header pairs as they arrived."""
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.raw_headers)


def peer_address(request: web.BaseRequest) -> str:
    """The address at the other end of the connection."""
    peer = request.transport.get_extra_info("peername") if request.transport is not None else None
    return str(peer[0]) if isinstance(peer, tuple) else ""


def is_navigation(headers: Headers) -> bool:
    """Whether a browser is opening the address as a page."""
    mode = header(headers, "sec-fetch-mode")
    return mode == "navigate" or (mode is None and header(headers, "upgrade-insecure-requests") is not None)


def client_of(request: web.BaseRequest, headers: Headers, trusted: Sequence[str]) -> str:
    """The address of who sent the request: the peer's, or what trusted proxies say of it."""
    peer = peer_address(request)
    return client_address(peer, header_values(headers, "x-forwarded-for"), trusted) if trusted else peer


def check_head(request: web.BaseRequest, headers: Headers, settings: RelaySettings) -> int:
    """The length that a head announces, 0 where it announces none; raises `Refusal` for one that is not taken."""
    limits = settings.limits
    _check_coding(request, headers)
    if len(raw_target(request)) > limits.target_bytes:
        raise Refusal("target-too-long", limit="max-target")
    if len(headers) > limits.header_count:
        raise Refusal("headers-too-large", limit="max-headers")
    sizes = [len(name) + len(value) for name, value in headers]
    if max(sizes, default=0) > limits.field_bytes:
        raise Refusal("headers-too-large", limit="max-header")
    if sum(sizes) > limits.header_bytes:
        raise Refusal("headers-too-large", limit="max-header-bytes")
    length = header(headers, "content-length") or "0"
    size = int(length) if length.isdigit() else 0
    if size > limits.body_bytes:
        raise Refusal("body-too-large", limit="max-body", size=size)
    if not settings.allow_browsers and request.method == "GET" and is_navigation(headers):
        raise Refusal("browser-refused")
    return size


def _check_coding(request: web.BaseRequest, headers: Headers) -> None:
    """RFC 9112, 6.1: what is not exactly chunked is not understood, and HTTP/1.0 knows no codings."""
    codings = header_values(headers, "transfer-encoding")
    if codings and request.version < (1, 1):
        raise Refusal("malformed")
    if codings and (len(codings) > 1 or codings[0].strip(" \t").lower() != "chunked"):
        raise Refusal("not-implemented")


async def read_body(content: StreamReader, hold: Hold, limits: Limits) -> bytes:
    """The whole body, within its limits of size, time and room; raises `Refusal`."""
    body = bytearray()
    started = asyncio.get_running_loop().time()
    try:
        if content.is_eof():
            return _taken(content.read_nowait(), body, hold, limits)
        async with asyncio.timeout_at(started + body_patience_s(0, limits)) as timeout:
            async for part in content.iter_any():
                body += _taken(part, body, hold, limits)
                timeout.reschedule(started + body_patience_s(len(body), limits))
    except TimeoutError:
        late = len(body) / limits.min_rate + limits.slack_s < limits.body_s if limits.min_rate else False
        raise Refusal("too-slow", limit="min-rate" if late else "body-time", size=len(body)) from None
    except (HttpProcessingError, ClientError, ValueError):
        raise Refusal("malformed", size=len(body)) from None
    return bytes(body)


def _taken(part: bytes, before: bytearray, hold: Hold, limits: Limits) -> bytes:
    if len(before) + len(part) > limits.body_bytes:
        raise Refusal("body-too-large", limit="max-body", size=len(before) + len(part))
    hold.take_bytes(len(part))
    return part


def _scheme(request: web.BaseRequest, headers: Headers, settings: RelaySettings) -> str:
    if settings.trusted_proxies:
        stated = (header(headers, "x-forwarded-proto") or "").lower()
        if stated in {"http", "https"} and is_trusted(peer_address(request), settings.trusted_proxies):
            return stated
    if settings.public_url:
        return settings.public_url.partition(":")[0]
    return "https" if request.transport and request.transport.get_extra_info("sslcontext") else "http"
