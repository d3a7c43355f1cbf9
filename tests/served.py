"""A server of the standard library, at work beside a test."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseServer
from typing import TypeVar

S = TypeVar("S", bound=BaseServer)


@contextmanager
def at_work(server: S) -> Iterator[S]:
    """The server, which serves in a thread of its own until the end and is closed then."""
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def port_of(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    """The port at which a handler serves."""
    with at_work(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as server:
        yield server.server_port
