from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator

import pytest


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


@pytest.fixture
def handler_url() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), SlashOnly) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
