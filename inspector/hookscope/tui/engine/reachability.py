"""Whether anything listens at the handler's address, asked by a connection that is closed at once."""

from __future__ import annotations

import socket

from hookscope.model.handler import parse_handler
from hookscope_relay.errors import InputError

TIMEOUT_S = 1.0


def is_reachable(handler_url: str, timeout: float = TIMEOUT_S) -> bool | None:
    """Whether a connection to the handler can be made now; None for a URL that is none."""
    try:
        handler = parse_handler(handler_url)
    except InputError:
        return None
    try:
        with socket.create_connection((handler.host, handler.port), timeout):
            return True
    except OSError:
        return False
