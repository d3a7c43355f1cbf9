"""A delivery as one raw HTTP/1.1 request: every header as it came, chunks joined under a Content-Length."""

from __future__ import annotations

from hookscope.tools.export.request import build_request
from hookscope_relay.delivery import Delivery, Headers, header


def render(delivery: Delivery, url: str = "") -> bytes:
    """The request's exact bytes, as the sender made it, or with the target and the Host of `url`.

    `InputError` for what no HTTP/1.1 request can carry.
    """
    request = build_request(delivery, url or f"http://localhost{delivery.target}")
    target = request.target if url else delivery.target or "/"
    headers = _with_host(delivery.headers, request.authority) if url else delivery.headers
    lines = [f"{delivery.method} {target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in _framed(headers, len(delivery.body))]
    return "\r\n".join((*lines, "", "")).encode("latin-1") + delivery.body


def _with_host(headers: Headers, host: str) -> Headers:
    named = tuple((name, host) if name.lower() == "host" else (name, value) for name, value in headers)
    return named if header(named, "host") is not None else (("Host", host), *named)


def _framed(headers: Headers, length: int) -> Headers:
    """The headers with a Content-Length in the place of whatever framed the body,
    if there is one or anything to frame."""
    result: list[tuple[str, str]] = []
    framed = False
    for name, value in headers:
        if name.lower() not in ("content-length", "transfer-encoding"):
            result.append((name, value))
        elif not framed:
            framed = True
            exact = name.lower() == "content-length" and value.strip() == str(length)
            result.append((name, value) if exact else ("Content-Length", str(length)))
    if length and not framed:
        result.append(("Content-Length", str(length)))
    return tuple(result)
