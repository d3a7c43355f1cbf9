"""The head of a request for an endpoint: its values exactly as they were on the wire,
and what of it a relay does not take."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from aiohttp import web

from hookscope_relay.delivery import Headers, asks_for_upgrade, header, header_values
from hookscope_relay.hosts import client_address, is_trusted
from hookscope_relay.limits import Refusal
from hookscope_relay.settings import Limits, RelaySettings


class Head(msgspec.Struct, gc=False):
    """What stands before a body, and the connection that it came by: `peer` is the address at its other end,
    `tls` whether it is encrypted.

    `host` is the value of its Host header.
    """

    method: str
    target: str
    version: tuple[int, int]
    headers: Headers
    host: str
    peer: str
    tls: bool


def head_of(request: web.BaseRequest, headers: Headers) -> Head:
    """The head of aiohttp's request, whose headers are known already."""
    tls = bool(request.transport and request.transport.get_extra_info("sslcontext"))
    version = (request.version.major, request.version.minor)
    host = header(headers, "host") or ""
    return Head(request.method, raw_target(request), version, headers, host, peer_address(request), tls)


def raw_target(request: web.BaseRequest) -> str:
    """The request target as it was on the request line, byte for character."""
    path = request.raw_path
    return path if path.isascii() else path.encode("utf-8", "surrogateescape").decode("latin-1")


def raw_headers(request: web.BaseRequest) -> Headers:
    """The header pairs as they arrived."""
    return tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.raw_headers])


def peer_address(request: web.BaseRequest) -> str:
    """The address at the other end of the connection."""
    return address_of(request.transport.get_extra_info("peername") if request.transport is not None else None)


def address_of(peer: object) -> str:
    """The address in what a transport calls its peer's name; empty where that is none."""
    return str(peer[0]) if isinstance(peer, tuple) else ""


def client_of(peer: str, headers: Headers, trusted: Sequence[str]) -> str:
    """The address of who sent the request: the peer's, or what trusted proxies say of it."""
    return client_address(peer, header_values(headers, "x-forwarded-for"), trusted) if trusted else peer


def scheme_of(head: Head, settings: RelaySettings) -> str:
    """The scheme that the sender called: what a trusted proxy says, else the public URL's, else the connection's."""
    if settings.trusted_proxies:
        stated = (header(head.headers, "x-forwarded-proto") or "").lower()
        if stated in {"http", "https"} and is_trusted(head.peer, settings.trusted_proxies):
            return stated
    if settings.public_url:
        return settings.public_url.partition(":")[0]
    return "https" if head.tls else "http"


def is_navigation(headers: Headers) -> bool:
    """Whether a browser is opening the address as a page."""
    mode = header(headers, "sec-fetch-mode")
    return mode == "navigate" or (mode is None and header(headers, "upgrade-insecure-requests") is not None)


def wants_upgrade(head: Head) -> bool:
    """Whether a request asks for a WebSocket."""
    return head.method == "GET" and head.version >= (1, 1) and asks_for_upgrade(head.headers)


def check_head(head: Head, settings: RelaySettings) -> int:
    """The length that a head announces, 0 where it announces none; raises `Refusal` for one that is not taken."""
    limits, headers = settings.limits, head.headers
    _check_coding(head)
    if len(head.target) > limits.target_bytes:
        raise Refusal("target-too-long", limit="max-target")
    if len(headers) > limits.header_count:
        raise Refusal("headers-too-large", limit="max-headers")
    _check_sizes([len(name) + len(value) for name, value in headers], limits)
    length = header(headers, "content-length") or "0"
    size = int(length) if length.isdigit() else 0
    if size > limits.body_bytes:
        raise Refusal("body-too-large", limit="max-body", size=size)
    if head.method == "GET" and not settings.allow_browsers and is_navigation(headers):
        raise Refusal("browser-refused")
    return size


def _check_sizes(sizes: Sequence[int], limits: Limits) -> None:
    if max(sizes, default=0) > limits.field_bytes:
        raise Refusal("headers-too-large", limit="max-header")
    if sum(sizes) > limits.header_bytes:
        raise Refusal("headers-too-large", limit="max-header-bytes")


def _check_coding(head: Head) -> None:
    """RFC 9112, 6.1: what is not exactly chunked is not understood, and HTTP/1.0 knows no codings."""
    codings = header_values(head.headers, "transfer-encoding")
    if codings and head.version < (1, 1):
        raise Refusal("malformed")
    if codings and (len(codings) > 1 or codings[0].strip(" \t").lower() != "chunked"):
        raise Refusal("not-implemented")
