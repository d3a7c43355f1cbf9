from __future__ import annotations

import contextlib
import http.server
import threading
from collections.abc import Iterator

import pytest

from served import port_of

WITHIN_S = 10.0


class SlashOnly(http.server.BaseHTTPRequestHandler):
    """Answers 404 but where the path ends with a slash."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200 if self.path.endswith("/") else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_OPTIONS(self) -> None:
        self.send_response(204)
        self.send_header("Allow", "POST")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextlib.contextmanager
def serving(handler: type[SlashOnly]) -> Iterator[str]:
    with port_of(handler) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def handler_url() -> Iterator[str]:
    with serving(SlashOnly) as url:
        yield url


@pytest.fixture
def let_go() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def waiting_url(let_go: threading.Event) -> Iterator[str]:
    """A handler that answers nothing until it is let go."""

    class Waiting(SlashOnly):
        def do_POST(self) -> None:
            let_go.wait(WITHIN_S)
            super().do_POST()

    with serving(Waiting) as url:
        yield url
