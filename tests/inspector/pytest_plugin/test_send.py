from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from hookscope.pytest_plugin.exchange import Exchange
from hookscope.pytest_plugin.prepare import Prepared
from hookscope.pytest_plugin.send import build, send
from hookscope_relay.delivery import Delivery
from hookscope_relay.errors import InputError
from plugin_projects.making import make_capture

DELIVERY = make_capture().delivery


def prepare(base: str) -> Prepared:
    return Prepared(replace(DELIVERY, url=base + DELIVERY.target), "as it is", False)


def test_a_request_keeps_order_case_and_repeats() -> None:
    request = build(DELIVERY, keep_host=False)
    assert request.headers == tuple(pair for pair in DELIVERY.headers if pair[0] != "Host")
    assert (request.method, request.target, request.body) == (DELIVERY.method, DELIVERY.target, DELIVERY.body)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ((("Transfer-Encoding", "chunked"), ("A", "1")), (("Content-Length", "2"), ("A", "1"))),
        ((("Content-Length", "99"),), (("Content-Length", "2"),)),
        ((("Connection", "close, X-Hop"), ("X-Hop", "1"), ("A", "1")), (("A", "1"), ("Content-Length", "2"))),
        ((("X-Forwarded-For", "1.2.3.4"), ("Hookscope-Delivery", "x")), (("Content-Length", "2"),)),
        ((("Host", "a"), ("A", "caf\xe9")), (("A", "caf\xe9"), ("Content-Length", "2"))),
    ],
)
def test_what_belongs_to_the_connection_stays_behind(headers: Any, expected: Any) -> None:
    assert build(replace(DELIVERY, headers=headers, body=b"{}"), keep_host=False).headers == expected


def test_a_host_of_the_test_is_kept() -> None:
    request = build(replace(DELIVERY, headers=(("Host", "shop.example"),), body=b""), keep_host=True)
    assert request.headers == (("Host", "shop.example"),)


@pytest.mark.parametrize(
    "changes",
    [{"method": "PO ST"}, {"target": "/a b"}, {"headers": (("A", "1\r\nB: 2"),)}, {"headers": (("A:", "1"),)}],
)
def test_what_no_request_can_carry_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="cannot be sent in an HTTP"):
        build(replace(DELIVERY, **changes), keep_host=False)


def test_what_happened_is_kept() -> None:
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("403 Forbidden", [])
        return [b"no"]

    kept: list[Exchange] = []
    response = send(application, prepare, False, "tampered with", kept.append)
    [exchange] = kept
    assert exchange.response is response
    assert exchange.answer is not None
    assert (exchange.answer.status, exchange.answer.body) == (403, b"no")
    assert (exchange.url, exchange.words, exchange.client) == (
        "http://testserver/webhooks/notion",
        "tampered with",
        "function",
    )
    assert exchange.elapsed_ms > 0


def broken(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    raise LookupError("no such order")


async def broken_later(scope: Any, receive: Any, send: Any) -> None:
    raise LookupError("no such order")


def test_what_the_application_raises_is_kept_and_raised() -> None:
    kept: list[Exchange] = []
    with pytest.raises(LookupError):
        send(broken, prepare, False, "", kept.append)
    with pytest.raises(LookupError):
        asyncio.run(send(broken_later, prepare, False, "", kept.append))
    assert [str(exchange.raised) for exchange in kept] == ["no such order"] * 2
    assert [exchange.answer for exchange in kept] == [None, None]


async def test_what_is_under_way_is_kept_already() -> None:
    asked, told = asyncio.Event(), asyncio.Event()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        asked.set()
        await told.wait()
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    kept: list[Exchange] = []
    task = asyncio.ensure_future(send(application, prepare, False, "", kept.append))
    await asked.wait()
    assert (kept[0].response, kept[0].raised, kept[0].answer) == (None, None, None)
    told.set()
    assert (await task).status_code == 204


def test_the_delivery_is_prepared_for_the_clients_url() -> None:
    seen: list[str] = []

    def look(base: str) -> Prepared:
        seen.append(base)
        return prepare(base)

    with pytest.raises(LookupError):
        send(broken, look, False, "", lambda exchange: None)
    assert seen == ["http://testserver"]


def test_a_delivery_is_a_value_that_sending_leaves_alone() -> None:
    before = replace(DELIVERY)
    build(DELIVERY, keep_host=False)
    assert isinstance(DELIVERY, Delivery)
    assert before == DELIVERY
