"""The server of a relay: makes connections that answer for themselves, behind a TLS handshake or without one."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from functools import partial
from typing import Any

from aiohttp import web

from hookscope_relay.connections import Connections
from hookscope_relay.http_server import Connection, Take
from hookscope_relay.limits import SLACK_HEADERS, head_bytes
from hookscope_relay.metrics import Metrics
from hookscope_relay.settings import Limits
from hookscope_relay.tls_door import TlsDoor
from hookscope_relay.unread import Unread


class Server(web.Server):
    """Makes connections that answer for themselves.

    `handler` is asked for what could be parsed, and before it `take` for what is plain.

    `take` is given the connection and the whole request; it answers by `Connection.answer`, or is None for what it
    leaves to `handler`. With `tls` each connection begins with a handshake, and has its place already then.
    """

    def __init__(
        self,
        handler: Any,  # aiohttp's own handler type
        limits: Limits,
        metrics: Metrics,
        take: Take | None = None,
        trusted: Sequence[str] = (),
        tls: ssl.SSLContext | None = None,
    ) -> None:
        whole = head_bytes(limits)
        super().__init__(
            handler,
            handler_cancellation=True,
            auto_decompress=False,
            access_log=None,
            keepalive_timeout=limits.idle_s,
            lingering_time=limits.linger_s,
            max_line_size=whole,
            # Another number, since the parser names nothing else of what was too long.
            max_field_size=whole + 1,
            max_headers=limits.header_count + SLACK_HEADERS,
        )
        self.held = Connections(limits, trusted)
        self.unread = Unread(limits.unread_bytes)
        self.connection = partial(Connection, self, limits, metrics, take, loop=self._loop, **self._kwargs)
        self._door = partial(TlsDoor, self.held, metrics, tls, limits.head_s, self.connection) if tls else None

    def __call__(self) -> Any:  # Any: aiohttp's own protocol, or what stands before it
        return self._door() if self._door is not None else self.connection()
