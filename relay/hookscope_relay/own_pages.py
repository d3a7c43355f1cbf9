"""The relay's own pages, all under `/-/`: whether it is well, and its metrics.

Metrics are for whoever runs the relay: on the relay's own port they are shown on loopback only, and not through a proxy
there. A listener for metrics alone shows them to whoever reaches it, but for a browser's page: it goes by an address or
by a name that it was given.
"""

from __future__ import annotations

import ipaddress
import json
import time
from dataclasses import dataclass, field

from aiohttp import web

from hookscope_relay.connections import Connections
from hookscope_relay.delivery import Answer, Headers, header
from hookscope_relay.exact_response import ExactResponse, respond, respond_problem
from hookscope_relay.hosts import LOOPBACK_NAMES, host_name, is_address
from hookscope_relay.hub import Hub
from hookscope_relay.limits import Gate
from hookscope_relay.log.protocol import Log
from hookscope_relay.made_answers import phrase
from hookscope_relay.metrics import MEDIA_TYPE, Metrics, render
from hookscope_relay.request_head import peer_address, raw_headers, raw_target
from hookscope_relay.wire import SUBPROTOCOL

METRICS = "/-/metrics"
# A proxy, or a browser, speaks for somebody else.
FOR_OTHERS = ("x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "forwarded", "via", "origin")


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of one relay. `names` are the host names by which the listener for metrics alone may be called."""

    log: Log
    hub: Hub
    gate: Gate
    metrics: Metrics
    held: Connections
    names: frozenset[str] = LOOPBACK_NAMES
    started: float = field(default_factory=time.monotonic)

    async def answer(self, request: web.BaseRequest, path: str) -> ExactResponse | None:
        """The page at `/-` and that path; None where there is none."""
        if path == "/health":
            return _json_page(request, 200, relay="hookscope", protocol=SUBPROTOCOL, time=int(time.time()))
        if path == "/ready":
            ready = not self.gate.draining and await self.log.ready()
            return _json_page(request, 200 if ready else 503, relay="hookscope", ready=ready)
        return None

    async def metrics_page(self) -> str:
        """The text of the page of metrics."""
        health = self.log.health()
        gauges = {
            "endpoints": await self.log.endpoints(),
            "sessions": sum(1 for _ in self.hub.roster),
            "connections": len(self.held),
            "head_bytes": self.held.head_bytes,
            "deliveries_in_hand": self.gate.deliveries.taken,
            "bytes_in_flight": self.gate.bytes.taken,
            "reply_bytes": self.hub.replies.taken,
            "spilled": health.spilled,
            "nodes": 1 + (self.hub.peers.others if self.hub.peers is not None else 0),
            "draining": int(self.gate.draining),
            "uptime_seconds": round(time.monotonic() - self.started, 1),
        }
        return render(self.metrics, gauges, health.trouble)

    async def show_metrics(self, request: web.BaseRequest) -> ExactResponse:
        """The page of metrics."""
        return _page(request, 200, MEDIA_TYPE, (await self.metrics_page()).encode())

    async def handle_alone(self, request: web.BaseRequest) -> ExactResponse:
        """What the listener for metrics alone answers.

        A name that is not its own may be a web page's, led here by its own DNS.
        """
        headers = raw_headers(request)
        if header(headers, "origin") is not None:
            return respond_problem("browser-refused", request, keep_alive=False)
        host = header(headers, "host") or ""
        if not is_address(host) and host_name(host) not in self.names:
            return respond_problem("host-not-served", request, keep_alive=False)
        path = raw_target(request).partition("?")[0]
        if path in {METRICS, "/metrics"}:
            return await self.show_metrics(request)
        page = await self.answer(request, path.removeprefix("/-"))
        return page or respond_problem("unknown-endpoint", request)


def is_for_metrics(request: web.BaseRequest, headers: Headers) -> bool:
    """Whether a request asks for the metrics from this machine, for itself."""
    return (
        raw_target(request).partition("?")[0] == METRICS
        and _is_loopback(peer_address(request))
        and host_name(header(headers, "host") or "") in LOOPBACK_NAMES
        and not any(header(headers, name) for name in FOR_OTHERS)
    )


def _is_loopback(address: str) -> bool:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return bool((getattr(ip, "ipv4_mapped", None) or ip).is_loopback)


def _json_page(request: web.BaseRequest, status: int, **members: object) -> ExactResponse:
    return _page(request, status, "application/json", json.dumps(members).encode() + b"\n")


def _page(request: web.BaseRequest, status: int, media_type: str, body: bytes) -> ExactResponse:
    answer = Answer(status=status, reason=phrase(status), headers=(("Content-Type", media_type),), body=body)
    return respond(answer, request)
