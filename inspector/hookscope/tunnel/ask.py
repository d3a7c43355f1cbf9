"""Ask a relay something over plain HTTP, on the way on which `listen` dials it: through the same proxy."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection

from websockets.proxy import parse_proxy
from websockets.sync.client import connect_http_proxy, connect_socks_proxy
from websockets.sync.utils import Deadline
from websockets.uri import parse_uri

from hookscope.tunnel.reach import proxy_of
from hookscope_relay.hosts import origin_and_prefix, split_url

WITHIN_S = 10.0
READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class HttpReply:
    """An HTTP answer."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes

    def value(self, name: str) -> str:
        """The first header of that name; empty where there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


def ask(
    relay: str,
    method: str,
    target: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    tls: ssl.SSLContext | None = None,
) -> HttpReply:
    """What the relay at an address answers to a target below it; `tls` is what https needs.

    Raises what `tunnel.reach` has words for, and `http.client.HTTPException`.
    """
    origin, prefix = origin_and_prefix(relay)
    parts = split_url(origin)
    assert parts is not None
    assert parts.hostname
    connection = HTTPConnection(parts.hostname, parts.port, timeout=WITHIN_S)
    connection.sock = _connect(origin, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80), tls)
    try:
        connection.putrequest(method, prefix + target, skip_host=True, skip_accept_encoding=True)
        sent = {"Host": parts.netloc, **(headers or {}), **({"Content-Length": str(len(body))} if body else {})}
        for name, value in sent.items():
            connection.putheader(name, value)
        connection.endheaders(body or None)
        answer = connection.getresponse()
        return HttpReply(answer.status, answer.getheaders(), answer.read(READ_BYTES))
    finally:
        connection.close()


def _connect(origin: str, host: str, port: int, tls: ssl.SSLContext | None) -> socket.socket:
    sock = _reach(origin, host, port)
    if not origin.startswith("https"):
        return sock
    assert tls is not None
    try:
        return tls.wrap_socket(sock, server_hostname=host)
    except BaseException:
        sock.close()
        raise


def _reach(origin: str, host: str, port: int) -> socket.socket:
    """A connection to the relay's port, by whatever way."""
    if not (proxy := proxy_of(origin)):
        return socket.create_connection((host, port), WITHIN_S)
    known, relay, deadline = parse_proxy(proxy), parse_uri("ws" + origin.removeprefix("http")), Deadline(WITHIN_S)
    if known.scheme.startswith("socks"):
        return connect_socks_proxy(known, relay, deadline)
    sock = connect_http_proxy(known, relay, deadline, user_agent_header="hookscope")
    sock.settimeout(WITHIN_S)
    return sock
