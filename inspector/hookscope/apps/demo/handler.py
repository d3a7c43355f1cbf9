"""The demo's handler: one correct webhook route, and six that fail as real applications do."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

TOKEN = "secret_demo0token1of2no3use4anywhere5else6abcdefg"  # noqa: S105 - made up for the demo
SLOW_S = 3.0

CSRF_PAGE = b"""<!DOCTYPE html><html><head><title>403 Forbidden</title></head><body>
<h1>Forbidden <span>(403)</span></h1><p>CSRF verification failed. Request aborted.</p></body></html>"""


class SampleHandler(BaseHTTPRequestHandler):
    """Routes by path; each route is a method below."""

    protocol_version = "HTTP/1.1"
    server_version = "demo"
    sys_version = ""
    routes: ClassVar[dict[str, Callable[[SampleHandler, bytes], None]]] = {}

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        route = self.routes.get(self.path.partition("?")[0])
        if route is None:
            self.answer(404, b"not found\n")
        else:
            route(self, body)

    def answer(self, status: int, body: bytes = b"", kind: str = "text/plain", **headers: str) -> None:
        """Send an answer with a length."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def check(self, signed: bytes) -> None:
        """Answer by whether the signature is one of these bytes."""
        expected = "sha256=" + hmac.new(TOKEN.encode(), signed, hashlib.sha256).hexdigest()
        if hmac.compare_digest(expected, self.headers.get("X-Notion-Signature") or ""):
            self.answer(200, b'{"ok":true}', "application/json")
        else:
            self.answer(401, b'{"error":"invalid signature"}', "application/json")

    def correct(self, body: bytes) -> None:
        self.check(body)

    def slash(self, _: bytes) -> None:
        self.answer(301, b"", Location="/slash/")

    def login(self, _: bytes) -> None:
        self.answer(302, b"", Location="/login?next=/login-required")

    def csrf(self, _: bytes) -> None:
        self.answer(403, CSRF_PAGE, "text/html; charset=utf-8")

    def reserialised(self, body: bytes) -> None:
        # The fault: the JSON is parsed and written again before it is hashed, which escapes the é.
        self.check(json.dumps(json.loads(body), separators=(",", ":")).encode())

    def slow(self, body: bytes) -> None:
        time.sleep(SLOW_S)  # the fault itself: work before the answer
        self.check(body)

    def crash(self, _: bytes) -> None:
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the screen does."""


SampleHandler.routes = {
    "/correct": SampleHandler.correct,
    "/slash": SampleHandler.slash,
    "/slash/": SampleHandler.correct,
    "/login-required": SampleHandler.login,
    "/csrf": SampleHandler.csrf,
    "/reserialised": SampleHandler.reserialised,
    "/slow": SampleHandler.slow,
    "/crash": SampleHandler.crash,
}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:  # Any: the library's own types
        """A sender that went away is no news here."""


def start_handler() -> tuple[str, Callable[[], None]]:
    """Start the handler on a free loopback port; its URL, and how to stop it."""
    server = _Server(("127.0.0.1", 0), SampleHandler)
    threading.Thread(target=server.serve_forever, name="demo-handler", daemon=True).start()

    def stop() -> None:
        server.shutdown()
        server.server_close()

    return f"http://127.0.0.1:{server.server_port}", stop
