"""Sends a prepared delivery through whatever client a test has, and keeps what happened."""

from __future__ import annotations

import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any

from hookscope.forward.request import OURS, build_request
from hookscope.model.capture import SentRequest
from hookscope.model.handler import Handler
from hookscope.pytest_plugin.clients.choose import Client, choose, stays_inside
from hookscope.pytest_plugin.exchange import Exchange
from hookscope.pytest_plugin.prepare import Prepared
from hookscope_relay.delivery import Delivery, without

# Only its name of a host matters, and that is taken out again: each client has its own.
_ANY_HANDLER = Handler(scheme="http", host="testserver", port=80, path="", host_header="testserver")


def build(delivery: Delivery, keep_host: bool) -> SentRequest:
    """The request for a delivery: end-to-end headers in order, repeats included, and one right length; no Host,
    unless it is to be kept.

    `InputError` for what no HTTP/1.1 request can carry.
    """
    request = build_request(
        delivery,
        _ANY_HANDLER,
        origin="fixture",
        preserve_host=True,
        forwarded=False,
        target=delivery.target,
    )
    names = {name.lower() for name, _ in request.headers if name.lower().startswith(OURS)}
    return SentRequest(
        method=request.method,
        target=request.target,
        headers=without(request.headers, names if keep_host else names | {"host"}),
        body=request.body,
    )


def send(
    client: Any, prepare: Callable[[str], Prepared], keep_host: bool, words: str, keep: Callable[[Exchange], None]
) -> Any:  # Any: what the framework answers with, or an awaitable of it
    """The client's response to the delivery that `prepare` makes for the client's URL. `InputError` for a client
    that is none."""
    chosen: Client = choose(client)
    base = chosen.base(client)
    prepared = prepare(base)
    request = build(prepared.delivery, keep_host)
    exchange = Exchange(
        client=type(client).__name__,
        words=words,
        prepared=prepared,
        request=request,
        url=base + request.target,
        started_at=time.time(),
        is_inside=stays_inside(client),
        read=chosen.answer,
    )
    keep(exchange)
    began = time.perf_counter()
    try:
        response = chosen.send(client, request)
    except BaseException as error:
        _raised(exchange, began, error)
        raise
    if inspect.isawaitable(response):
        return _awaited(exchange, began, response)
    return _answered(exchange, began, response)


async def _awaited(exchange: Exchange, began: float, response: Awaitable[Any]) -> Any:
    try:
        return _answered(exchange, began, await response)
    except BaseException as error:
        _raised(exchange, began, error)
        raise


def _answered(exchange: Exchange, began: float, response: Any) -> Any:
    exchange.elapsed_ms = (time.perf_counter() - began) * 1000
    exchange.response = response
    return response


def _raised(exchange: Exchange, began: float, error: BaseException) -> None:
    exchange.elapsed_ms = (time.perf_counter() - began) * 1000
    exchange.raised = error
