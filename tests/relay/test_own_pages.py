"""The relay's own pages, and who may see its metrics."""

from __future__ import annotations

import json

import pytest

from raw_http import RawMessage, exchange
from relays import FINE, KEY, ask, inspecting, relaying, with_body

SHOWN = {
    "loopback": (b"127.0.0.1", b"", 200),
    "loopback by name and port": (b"localhost:7420", b"", 200),
    "the relay's public name": (b"relay.example", b"", 404),
    "any other name": (b"evil.example", b"", 421),
    "through a proxy": (b"127.0.0.1", b"X-Forwarded-For: 203.0.113.1\r\n", 421),
    "through another proxy": (b"127.0.0.1", b"Forwarded: for=x\r\n", 421),
    "from a web page": (b"127.0.0.1", b"Origin: https://evil.example\r\n", 421),
}


def get(path: bytes, host: bytes = b"127.0.0.1", headers: bytes = b"") -> bytes:
    return b"GET " + path + b" HTTP/1.1\r\nHost: " + host + b"\r\n" + headers + b"\r\n"


@pytest.mark.parametrize(("host", "headers", "status"), SHOWN.values(), ids=SHOWN)
async def test_metrics_are_for_this_machine(host, headers, status):
    async with relaying(public_url="https://relay.example") as relay:
        answer = await ask(relay, get(b"/-/metrics", host, headers))
    assert answer.status == status
    assert (b"hookscope_relay_" in answer.body) == (status == 200)


async def test_metrics_tell_what_happened_and_name_no_endpoint():
    async with relaying() as relay, inspecting(relay, FINE):
        await ask(relay, with_body(b"hello"))
        await ask(relay, get(b"/" + b"a" * 20))
        page = (await ask(relay, get(b"/-/metrics"))).body.decode()
    assert 'hookscope_relay_deliveries_total{outcome="answered"} 1' in page
    assert 'hookscope_relay_refused_total{problem="unknown-endpoint"} 1' in page
    assert "hookscope_relay_body_bytes_total 5" in page
    assert "hookscope_relay_sessions 1" in page
    assert "hookscope_relay_deliveries_in_hand 0" in page
    assert KEY.id not in page
    assert KEY.id[:6] not in page


async def test_a_listener_for_metrics_has_them_alone():
    async with relaying(metrics_bind=("127.0.0.1", 0)) as relay:
        assert (await ask(relay, get(b"/-/metrics"))).status == 404
        alone = [
            RawMessage(await exchange(relay.metrics_port, get(path)))
            for path in (b"/metrics", b"/-/metrics", b"/-/ready", b"/-/health", b"/" + KEY.id.encode())
        ]
    assert [answer.status for answer in alone] == [200, 200, 200, 200, 404]
    assert alone[0].values(b"Content-Type")[0].startswith(b"text/plain; version=0.0.4")


async def test_metrics_are_not_shown_behind_a_tunnel_whose_callers_come_from_loopback():
    async with relaying() as relay:
        assert (await ask(relay, get(b"/-/metrics"))).status == 200
        relay.announce("http://host.example:2222")
        assert (await ask(relay, get(b"/-/metrics"))).status == 404
        assert (await ask(relay, get(b"/-/ready"))).status == 200


async def test_metrics_are_a_page_of_the_relay_only():
    async with relaying() as relay:
        answer = await ask(relay, get(b"/-/metrics/x"))
    assert (answer.status, json.loads(answer.body)["status"]) == (404, 404)


CALLED = {
    "an address": (b"10.0.0.5:9420", b"", 200),
    "an IPv6 address": (b"[2001:db8::1]:9420", b"", 200),
    "a loopback name": (b"localhost:9420", b"", 200),
    "the relay's public name": (b"relay.example:9420", b"", 200),
    "a web page's name, led here by its DNS": (b"evil.example:9420", b"", 421),
    "no name": (b"", b"", 421),
    "a web page": (b"127.0.0.1", b"Origin: http://127.0.0.1\r\n", 403),
}


@pytest.mark.parametrize(("host", "headers", "status"), CALLED.values(), ids=CALLED)
async def test_a_listener_for_metrics_is_out_of_a_web_pages_reach(host, headers, status):
    async with relaying(metrics_bind=("127.0.0.1", 0), public_url="https://relay.example") as relay:
        answer = RawMessage(await exchange(relay.metrics_port, get(b"/metrics", host, headers)))
    assert answer.status == status
    assert (b"hookscope_relay_" in answer.body) == (status == 200)
