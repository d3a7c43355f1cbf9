"""Stand-ins of APIs with their documented answers, in threads of their own:
what real clients are pointed at through the gateway."""

from __future__ import annotations

import contextlib
import http.server
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from served import at_work

PAGE = "153104cd-477e-809d-8dc4-ff2d96ae3090"
HIDDEN = "263104cd-477e-804b-8c32-000b2fcd241a"
TOKEN = "ntn_" + "4f" * 23
KEY = "sk_test_" + "b2" * 20
BOT = "xoxb-" + "1" * 50


@dataclass
class StandIn:
    """What was asked of it so far, and where it listens."""

    port: int = 0
    asked: list[tuple[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def notion(method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
    """Notion, by developers.notion.com/reference/status-codes: may read, may not comment, does not see `HIDDEN`."""

    def refuse(status: int, code: str, message: str) -> tuple[int, dict[str, Any]]:
        return status, {"object": "error", "status": status, "code": code, "message": message}

    if headers.get("authorization") != f"Bearer {TOKEN}":
        return refuse(401, "unauthorized", "API token is invalid.")
    if "notion-version" not in headers:
        return refuse(400, "missing_version", "Notion-Version header should be defined.")
    if "/comments" in path:
        return refuse(403, "restricted_resource", "Insufficient permissions for this endpoint.")
    if HIDDEN in path or HIDDEN.replace("-", "") in path:
        return refuse(404, "object_not_found", f"Could not find page with ID: {HIDDEN}.")
    return 200, {"object": "user" if "users" in path else "page", "id": PAGE, "type": "bot", "properties": {}}


def stripe(method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
    """Stripe, by docs.stripe.com/error-codes: knows one key and no customer."""
    if headers.get("authorization") != f"Bearer {KEY}":
        return 401, {"error": {"message": "Invalid API Key provided: ****", "type": "invalid_request_error"}}
    return 404, {
        "error": {"code": "resource_missing", "message": "No such customer: 'cus_1'", "type": "invalid_request_error"}
    }


def slack(method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
    """Slack, by docs.slack.dev: knows one bot, which may not write."""
    token = headers.get("authorization", "") or (parse_qs(body.decode()).get("token") or [""])[0]
    if BOT not in token:
        return 200, {"ok": False, "error": "invalid_auth"}
    if path.endswith("chat.postMessage"):
        return 200, {"ok": False, "error": "missing_scope", "needed": "chat:write", "provided": "users:read"}
    return 200, {"ok": True, "user_id": "U1", "team_id": "T1"}


def github(method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
    """GitHub: knows no token."""
    return 401, {"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest", "status": "401"}


@contextlib.contextmanager
def standing_in(answers: Any) -> Iterator[StandIn]:
    """One of the functions above as a server."""
    found = StandIn()

    class Answering(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            found.asked.append((self.command, self.path))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, said = answers(self.command, self.path, headers, body)
            data = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_DELETE = handle_one

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.daemon_threads = True
    with at_work(server):
        found.port = server.server_port
        yield found
