"""What a route makes of a delivery, and where that goes."""

from __future__ import annotations

from typing import Any

import pytest

from factories import make_delivery
from hookscope.model.handler import parse_handler
from hookscope.tools.routes.rule import RouteRule, name_for
from hookscope_relay.delivery import Headers


def rule(handler: str = "3000", **changes: Any) -> RouteRule:
    return RouteRule(name="r", handler=parse_handler(handler), **changes)


@pytest.mark.parametrize(
    ("handler", "changes", "target", "wanted"),
    [
        ("3000/in", {}, "/x?y", "/in/x?y"),
        ("3000", {"strip_prefix": "/stripe"}, "/stripe/x?y", "/x?y"),
        ("3000/in", {"strip_prefix": "/stripe"}, "/stripe", "/in"),
        ("3000", {"strip_prefix": "/stripe"}, "/stripes/x", "/stripes/x"),
        ("3000", {"strip_prefix": "/stripe/"}, "/stripe/x%2fy", "/x%2fy"),
        ("3000/api", {"path": "/hooks"}, "/any/thing?q=1", "/api/hooks?q=1"),
    ],
)
def test_paths_are_rewritten_and_queries_kept(handler: str, changes: dict[str, Any], target: str, wanted: str) -> None:
    delivery = make_delivery(target=target)
    one = rule(handler, **changes)
    assert one.where(delivery, one.rewrite(delivery), "").target == wanted


def test_headers_are_set_in_the_place_of_the_senders() -> None:
    sent = rule(set_headers=(("content-type", "a/b"), ("X-Env", "dev"))).rewrite(make_delivery())
    assert sent.headers == (("Host", "relay.example"), ("Content-Type", "a/b"), ("X-Odd", "caf\xe9"), ("X-Env", "dev"))


@pytest.mark.parametrize(
    ("sent", "left"),
    [
        ((("X_Env", "prod"), ("x-env", "prod")), (("x-env", "dev"),)),
        ((("Connection", "X-Env"),), (("X-Env", "dev"),)),
        ((("Connection", "close, x-env"),), (("Connection", "close"), ("X-Env", "dev"))),
        ((("Connection", "x-other, close"),), (("Connection", "x-other, close"), ("X-Env", "dev"))),
    ],
    ids=["another spelling beside it", "named in Connection", "named among others", "others named"],
)
def test_a_sender_neither_takes_out_a_header_that_is_set_nor_says_another_beside_it(
    sent: Headers, left: Headers
) -> None:
    one = rule(set_headers=(("X-Env", "dev"),))
    assert one.rewrite(make_delivery(headers=sent)).headers == left


def test_no_trailer_stands_for_a_header_that_is_set() -> None:
    delivery = make_delivery(trailers=(("X_env", "prod"), ("x-Env", "prod"), ("X-Sum", "1")))
    assert rule(set_headers=(("X-Env", "dev"),)).rewrite(delivery).trailers == (("X-Sum", "1"),)
    assert rule().rewrite(delivery) is delivery


def test_what_is_not_rewritten_is_the_delivery_itself() -> None:
    delivery = make_delivery()
    assert rule(strip_prefix="/other").rewrite(delivery) is delivery


@pytest.mark.parametrize(
    ("changes", "target", "method", "reason"),
    [
        ({}, "/stripe/../admin", "POST", "leads upwards"),
        ({}, "/stripe/%2e%2E/admin", "POST", "leads upwards"),
        ({"strip_prefix": "/a"}, "/a/../b", "POST", "leads upwards"),
        ({"only_methods": ("POST",)}, "/x", "GET", "takes POST only"),
        ({"only_path": "/x"}, "/y", "POST", "outside of only-path /x of the route"),
        ({"only_path": "/x"}, "/x/1", "POST", ""),
        ({}, "/a..b/c", "POST", ""),
    ],
)
def test_what_was_not_opened_is_closed(changes: dict[str, Any], target: str, method: str, reason: str) -> None:
    delivery, one = make_delivery(target=target, method=method), rule(**changes)
    found = one.where(delivery, one.rewrite(delivery), "")
    assert (reason in found.reason) and found.is_open == (not reason)


@pytest.mark.parametrize(
    ("match", "taken", "name"),
    [
        ("path:/stripe/hooks", (), "stripe-hooks"),
        ("provider:github type:push", (), "github"),
        ("provider:github type:push", ("github",), "github-2"),
        ("", (), "all"),
        ("-path:/x", (), "x"),
        ('"\u00e9"', (), "all"),
    ],
)
def test_a_route_without_a_name_gets_one(match: str, taken: tuple[str, ...], name: str) -> None:
    assert name_for(match, taken) == name
