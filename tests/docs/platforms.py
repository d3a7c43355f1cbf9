"""Stand-ins for what pages reach on the internet: `python platforms.py NAME PORT` answers as that platform documents it."""

from __future__ import annotations

import base64
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Path → status, headers, body. Make: help.make.com/webhooks; Zapier: help.zapier.com on webhooks; n8n: docs.n8n.io, the Webhook node; Pipedream:
# pipedream.com/docs, triggers.
N8N_OFF = {
    "code": 404,
    "message": 'The requested webhook "POST orders" is not registered.',
    "hint": "The workflow must be active for a production URL to run successfully. You can activate the workflow using the toggle in the top-right of the editor.",
}
JSON = {"Content-Type": "application/json"}
NGROK_REQUEST = (
    b"POST /webhooks/notion HTTP/1.1\r\nHost: shop.ngrok.app\r\nContent-Type: application/json\r\nContent-Length: 23\r\n\r\n"
    b'{"type":"page.created"}'
)
NGROK_ANSWER = b"HTTP/1.1 404 NOT FOUND\r\nServer: Werkzeug/3.1.3 Python/3.12.1\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\r\nNot Found"
# developers.notion.com/reference/get-self
NOTION_BOT = {
    "object": "user",
    "id": "16d84278-ab0e-484c-9bdd-b35da3bd8905",
    "name": "shop",
    "type": "bot",
    "bot": {"owner": {"type": "workspace", "workspace": True}, "workspace_name": "Shop of Ada"},
}
# What its agent keeps of one request: ngrok.com/docs/agent/api.
NGROK_KEPT = {
    "uri": "/webhooks/notion",
    "id": "airt_1",
    "start": "2026-11-28T08:30:00+00:00",
    "remote_addr": "203.0.113.7",
    "duration": 4200000,
    "request": {"method": "POST", "raw": base64.b64encode(NGROK_REQUEST).decode()},
    "response": {
        "status": "404 NOT FOUND",
        "status_code": 404,
        "raw": base64.b64encode(NGROK_ANSWER).decode(),
    },
}
ANSWERS: dict[str, dict[str, tuple[int, dict[str, str], str]]] = {
    "make": {
        "/off": (410, {"Content-Type": "text/plain"}, "There is no scenario listening for this webhook."),
        "/on": (200, {"Content-Type": "text/plain"}, "Accepted"),
    },
    "zapier": {
        "/hooks/catch/1/off/": (404, {"Content-Type": "text/plain"}, "please unsubscribe me!"),
        "/hooks/catch/1/on/": (
            200,
            {"Content-Type": "application/json"},
            '{"attempt":"1","id":"1","request_id":"1","status":"success"}',
        ),
    },
    "n8n": {
        "/webhook/orders": (404, {"Content-Type": "application/json"}, json.dumps(N8N_OFF)),
        "/webhook/on": (200, {"Content-Type": "application/json"}, '{"message":"Workflow was started"}'),
    },
    "pipedream": {
        "/off": (404, {"x-pd-status": "no $workflow", "Content-Type": "text/plain"}, "Workflow not found"),
        "/on": (200, {"x-pd-status": "sent to primary", "Content-Type": "text/plain"}, "<p><b>Success!</b>"),
    },
    "ngrok": {"/api/requests/http": (200, JSON, json.dumps({"requests": [NGROK_KEPT]}))},
    "notion-api": {
        "/v1/users/me": (200, JSON, json.dumps(NOTION_BOT)),
        "/v1/search": (200, JSON, '{"object":"list","results":[],"has_more":false}'),
        "/v1/pages": (
            403,
            {"Content-Type": "application/json"},
            '{"object":"error","status":403,"code":"restricted_resource","message":"Insufficient permissions for this endpoint.","request_id":"0d4f1a3b"}',
        ),
    },
}


class Platform(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    name = ""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, headers, body = ANSWERS[self.name].get(self.path, (404, {}, "no such path of the stand-in"))
        self.send_response(status)
        for pair in headers.items():
            self.send_header(*pair)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    do_GET = do_PATCH = do_POST

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    Platform.name = sys.argv[1]
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Platform).serve_forever()
