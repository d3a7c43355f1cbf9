"""Tunnels that people have, in front of `listen --public-url`: stand-ins that hand a request on as each program documents,
and what then reaches the handler and is captured.

Sources: cloudflared: developers.cloudflare.com/fundamentals/reference/http-headers and cloudflare/cloudflared#1426 (the
visitor stands behind what the sender claimed); Tailscale Funnel: tailscale.com/kb/1223/funnel and `ipnlocal/serve.go`;
ngrok: ngrok.com/docs/http and its option --host-header; zrok: its reverse proxies at both ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from hookscope.apps.local_relay import embed
from hookscope.model.events import Attempted, Ready
from hookscope.store.captures import CaptureStore
from hookscope_relay.settings import RelaySettings
from raw_http import RawServer, exchange
from sessions import Session, make_plan

SENDER = "203.0.113.9"
CLAIMED = "198.51.100.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tunnel:
    """A program: the address that it gives, the Host that it hands on (empty: the public one), and the headers that it
    adds."""

    public: str
    host: str = ""
    adds: tuple[str, ...] = ()
    claim: str = f"X-Forwarded-For: {CLAIMED}, {SENDER}"

    def hand_on(self, target: str, body: bytes) -> bytes:
        """The request as it reaches the port of the relay; its sender claimed another address."""
        lines = (
            f"POST {target} HTTP/1.1",
            f"Host: {self.host or self.public.partition('://')[2].partition('/')[0]}",
            "User-Agent: TwilioProxy/1.1",
            f"Content-Length: {len(body)}",
            self.claim,
            *self.adds,
        )
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


TUNNELS = {
    "cloudflared": Tunnel(
        public="https://shop.example.org",
        adds=(
            f"Cf-Connecting-Ip: {SENDER}",
            "Cf-Ray: 8f1c2d3e4f5a6b7c-FRA",
            'Cf-Visitor: {"scheme":"https"}',
            "Cdn-Loop: cloudflare; loops=1",
            "Accept-Encoding: gzip, br",
            "X-Forwarded-Proto: https",
        ),
    ),
    "cloudflared with httpHostHeader": Tunnel(
        public="https://shop.example.org",
        host="localhost:7420",
        adds=(f"Cf-Connecting-Ip: {SENDER}", "X-Forwarded-Proto: https"),
    ),
    "tailscale funnel": Tunnel(
        public="https://laptop.tail1234.ts.net",
        claim=f"X-Forwarded-For: {SENDER}",
        adds=(
            "X-Forwarded-Host: laptop.tail1234.ts.net",
            "X-Forwarded-Proto: https",
            "Tailscale-Funnel-Request: ?1",
            "Accept-Encoding: gzip",
        ),
    ),
    "tailscale funnel with --set-path": Tunnel(
        public="https://laptop.tail1234.ts.net/hooks",
        claim=f"X-Forwarded-For: {SENDER}",
        adds=("X-Forwarded-Host: laptop.tail1234.ts.net", "X-Forwarded-Proto: https"),
    ),
    "ngrok": Tunnel(
        public="https://shop.ngrok.app",
        adds=("X-Forwarded-Host: shop.ngrok.app", "X-Forwarded-Proto: https", "Accept-Encoding: gzip"),
    ),
    "ngrok with --host-header=rewrite": Tunnel(
        public="https://shop.ngrok.app",
        host="localhost:7420",
        adds=("X-Forwarded-Host: shop.ngrok.app", "X-Forwarded-Proto: https"),
    ),
    "zrok": Tunnel(
        public="https://cht7gj4g5pjf.share.zrok.io",
        adds=("X-Forwarded-Proto: https", "X-Proxy: zrok", "X-Real-Ip: 10.0.0.1", "Accept-Encoding: gzip"),
    ),
}


@pytest.mark.parametrize("name", TUNNELS)
async def test_a_delivery_through_a_tunnel_has_its_senders_url_and_address(name: str, tmp_path: Path) -> None:
    tunnel = TUNNELS[name]
    settings = RelaySettings(
        port=0, database=None, public_url=tunnel.public, trusted_proxies=("127.0.0.1",), allow_browsers=True
    )
    async with RawServer() as handler:
        session = Session(make_plan(tmp_path, "", handler.url, embedded=partial(embed, settings)))
        async with session.running():
            ready = await session.until(Ready)
            endpoint = session.plan.endpoint
            assert ready.url == f"{tunnel.public}/{endpoint}"
            # A path that the program set stays with it.
            request = tunnel.hand_on(f"/{endpoint}/sms?a=%20b", b"Body=hi")
            assert (await exchange(int(ready.relay.rpartition(":")[2]), request)).startswith(b"HTTP/1.1 200")
            await session.until(Attempted)
    host, _, path = tunnel.public.partition("://")[2].partition("/")
    seen = handler.last
    assert seen.values(b"x-forwarded-for") == [SENDER.encode()]
    assert seen.values(b"x-forwarded-proto") == [b"https"]
    assert seen.values(b"x-forwarded-host") == [host.encode()]
    assert seen.values(b"x-forwarded-prefix") == [f"{path and '/' + path}/{endpoint}".encode()]
    store = CaptureStore.open(session.plan.places.captures)
    try:
        delivery = store.find("1").delivery
    finally:
        store.close()
    assert delivery.url == f"{tunnel.public}/{endpoint}/sms?a=%20b"
    assert delivery.remote == SENDER


async def test_who_trusts_no_proxy_believes_no_sender(tmp_path: Path) -> None:
    settings = RelaySettings(port=0, database=None, public_url="https://shop.example.org")
    async with RawServer() as handler:
        session = Session(make_plan(tmp_path, "", handler.url, embedded=partial(embed, settings)))
        async with session.running():
            ready = await session.until(Ready)
            request = TUNNELS["cloudflared"].hand_on(f"/{session.plan.endpoint}/sms", b"")
            await exchange(int(ready.relay.rpartition(":")[2]), request)
            await session.until(Attempted)
    assert handler.last.values(b"x-forwarded-for") == [b"127.0.0.1"]
