"""What a relay takes of a head, and what it makes of the connection that a head came by."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from hookscope_relay.limits import Refusal
from hookscope_relay.request_head import Head, address_of, check_head, client_of, raw_target, scheme_of
from hookscope_relay.settings import Limits, RelaySettings

SMALL = RelaySettings(limits=Limits(target_bytes=20, field_bytes=30, header_bytes=60, header_count=4, body_bytes=100))
BROWSER = (("Sec-Fetch-Mode", "navigate"),)
CHUNKED = (("Transfer-Encoding", "chunked"),)


def make_head(headers=(), method="POST", target="/x", version=(1, 1), peer="192.0.2.1", tls=False) -> Head:
    return Head(method, target, version, headers, "relay.example", peer, tls)


@pytest.mark.parametrize(
    ("head", "size"),
    [
        (make_head(), 0),
        (make_head((("Content-Length", "100"),)), 100),
        (make_head(CHUNKED), 0),
        (make_head((("transfer-encoding", " ChunKed\t"),)), 0),
        (make_head(target="/" + "x" * 19), 0),
        (make_head((("a", "b" * 29), ("c", "d" * 29))), 0),
        (make_head((("Sec-Fetch-Mode", "cors"),), method="GET"), 0),
        (make_head(BROWSER, method="POST"), 0),
    ],
)
def test_what_is_within_the_limits_is_taken(head, size):
    assert check_head(head, SMALL) == size


@pytest.mark.parametrize(
    ("head", "problem", "limit"),
    [
        (make_head(target="/" + "x" * 20), "target-too-long", "max-target"),
        (make_head((("a", "b"),) * 5), "headers-too-large", "max-headers"),
        (make_head((("a", "b" * 30),)), "headers-too-large", "max-header"),
        (make_head((("a", "b" * 20),) * 3), "headers-too-large", "max-header-bytes"),
        (make_head((("Content-Length", "101"),)), "body-too-large", "max-body"),
        (make_head(CHUNKED, version=(1, 0)), "malformed", ""),
        (make_head(CHUNKED * 2), "not-implemented", ""),
        (make_head((("Transfer-Encoding", "gzip"),)), "not-implemented", ""),
        (make_head(BROWSER, method="GET"), "browser-refused", ""),
        (make_head((("Upgrade-Insecure-Requests", "1"),), method="GET"), "browser-refused", ""),
    ],
)
def test_what_is_not_taken_is_refused_by_its_limit(head, problem, limit):
    with pytest.raises(Refusal) as caught:
        check_head(head, SMALL)
    assert (caught.value.problem, caught.value.limit) == (problem, limit)


@pytest.mark.parametrize(
    ("path", "target"), [("/plain?x=1", "/plain?x=1"), ("/\udce9", "/\xe9"), ("/\xe9", "/\xc3\xa9")]
)
def test_a_target_has_a_character_for_each_byte(path, target):
    request: Any = SimpleNamespace(raw_path=path)
    assert raw_target(request) == target


@pytest.mark.parametrize(("peer", "address"), [(("192.0.2.1", 80), "192.0.2.1"), ("", ""), (None, "")])
def test_a_peer_without_an_address_has_none(peer, address):
    assert address_of(peer) == address


def test_only_a_trusted_proxy_speaks_for_others():
    said = (("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-Proto", "https"))
    trusting = RelaySettings(trusted_proxies=("192.0.2.0/24",))
    assert [client_of(peer, said, trusting.trusted_proxies) for peer in ("192.0.2.1", "198.51.100.1")] == [
        "203.0.113.7",
        "198.51.100.1",
    ]
    assert [scheme_of(make_head(said, peer=peer), trusting) for peer in ("192.0.2.1", "198.51.100.1")] == [
        "https",
        "http",
    ]


def test_the_scheme_is_the_public_urls_else_the_connections():
    assert scheme_of(make_head(), RelaySettings(public_url="https://relay.example.org")) == "https"
    assert [scheme_of(make_head(tls=tls), RelaySettings()) for tls in (True, False)] == ["https", "http"]
