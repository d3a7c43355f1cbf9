"""Ingress: an HTTP request for an endpoint becomes a delivery, byte for byte, and its outcome becomes the response."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from dataclasses import dataclass

from aiohttp import ClientError, web
from aiohttp.http_exceptions import HttpProcessingError

from hookscope_relay.answers import ANSWERED_BY
from hookscope_relay.delivery import Delivery, Headers, header, header_values, new_delivery_id
from hookscope_relay.errors import LogUnavailable
from hookscope_relay.exact import ExactResponse, respond, respond_problem
from hookscope_relay.hosts import client_address, is_trusted
from hookscope_relay.hub import Hub
from hookscope_relay.keys.endpoint_key import ENDPOINT_ID
from hookscope_relay.log.protocol import EndpointRecord, Log
from hookscope_relay.settings import Limits, RelaySettings

RETRY_SOON: Headers = (("Retry-After", "5"),)


class Unacceptable(Exception):
    """A request that does not become a delivery; `problem` says why."""

    def __init__(self, problem: str, size: int = 0) -> None:
        self.problem = problem
        self.size = size
        super().__init__(problem)


@dataclass(frozen=True, slots=True)
class Ingress:
    """Takes deliveries for the endpoints of one relay. `refusals` counts what was turned away, by problem."""

    settings: RelaySettings
    log: Log
    hub: Hub
    refusals: Counter[str]

    async def handle(self, request: web.BaseRequest, endpoint_id: str, tail: str) -> ExactResponse:
        """The response to a request for an endpoint."""
        endpoint = await self._endpoint(endpoint_id)
        try:
            if endpoint is None:
                raise Unacceptable("unknown-endpoint")
            delivery = await self._receive(request, tail)
            outcome = await self.hub.submit(endpoint, delivery)
        except Unacceptable as refusal:
            return self._refuse(request, endpoint, tail, refusal)
        except LogUnavailable:
            return self._refuse(request, endpoint, tail, Unacceptable("store-unavailable"))
        ours: Headers = (("Hookscope-Delivery", delivery.id),)
        if outcome.seq is not None:
            ours += (("Hookscope-Seq", str(outcome.seq)),)
        if outcome.by:
            ours += ((ANSWERED_BY, outcome.by),)
        return respond(outcome.answer, request, ours)

    async def _endpoint(self, endpoint_id: str) -> EndpointRecord | None:
        return await self.log.endpoint(endpoint_id) if ENDPOINT_ID.fullmatch(endpoint_id) else None

    def _refuse(
        self, request: web.BaseRequest, endpoint: EndpointRecord | None, tail: str, refusal: Unacceptable
    ) -> ExactResponse:
        self.refusals[refusal.problem] += 1
        if endpoint is not None:
            self.hub.refused(endpoint.id, refusal.problem, request.method, tail, refusal.size)
        headers = RETRY_SOON if refusal.problem in {"store-unavailable", "relay-busy"} else ()
        unread = not request.content.is_eof()
        return respond_problem(refusal.problem, request, headers=headers, keep_alive=not unread)

    async def _receive(self, request: web.BaseRequest, tail: str) -> Delivery:
        now = time.time()
        headers = raw_headers(request)
        _check_head(request, headers, self.settings)
        if (header(headers, "expect") or "").lower() == "100-continue" and request.transport is not None:
            request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = await _read_body(request, self.settings.limits)
        peer = peer_address(request)
        forwarded = header_values(headers, "x-forwarded-for")
        scheme = _scheme(request, headers, peer, self.settings)
        return Delivery(
            id=new_delivery_id(now, os.urandom(10)),
            received_at=now,
            method=request.method,
            target=tail,
            headers=headers,
            body=body,
            scheme=scheme,
            http_version=f"{request.version.major}.{request.version.minor}",
            remote=client_address(peer, forwarded, self.settings.trusted_proxies),
            url=f"{scheme}://{header(headers, 'host') or ''}{raw_target(request)}",
        )


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


def _check_head(request: web.BaseRequest, headers: Headers, settings: RelaySettings) -> None:
    limits = settings.limits
    coding = header_values(headers, "transfer-encoding")
    length = header(headers, "content-length") or "0"
    if coding and (len(coding) > 1 or coding[0].strip().lower() != "chunked"):
        raise Unacceptable("not-implemented")
    if len(raw_target(request)) > limits.target_bytes:
        raise Unacceptable("target-too-long")
    if (
        len(headers) > limits.header_count
        or sum(len(name) + len(value) for name, value in headers) > limits.header_bytes
    ):
        raise Unacceptable("headers-too-large")
    if length.isdigit() and int(length) > limits.body_bytes:
        raise Unacceptable("body-too-large", int(length))
    if not settings.allow_browsers and request.method == "GET" and is_navigation(headers):
        raise Unacceptable("browser-refused")


async def _read_body(request: web.BaseRequest, limits: Limits) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(limits.body_s):
            async for part in request.content.iter_any():
                body += part
                if len(body) > limits.body_bytes:
                    raise Unacceptable("body-too-large", len(body))
    except TimeoutError:
        raise Unacceptable("too-slow", len(body)) from None
    except (HttpProcessingError, ClientError, ValueError):
        raise Unacceptable("malformed", len(body)) from None
    return bytes(body)


def _scheme(request: web.BaseRequest, headers: Headers, peer: str, settings: RelaySettings) -> str:
    stated = (header(headers, "x-forwarded-proto") or "").lower()
    if stated in {"http", "https"} and is_trusted(peer, settings.trusted_proxies):
        return stated
    if settings.public_url:
        return settings.public_url.partition(":")[0]
    return "https" if request.transport and request.transport.get_extra_info("sslcontext") else "http"
