"""Twenty small servers that refuse a delivery with 401 or 403, each for a reason of its own: `python incidents.py KIND PORT [API]`.

Those of products that cannot run here answer as the product does (documented, or recorded from the real one).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sys
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = "secret_of_the_incidents"
STRIPE = "whsec_of_the_incidents"


def flask(port: int, api: str) -> None:
    from flask import Flask, Response, abort, request

    app = Flask(__name__)

    def mac(body: bytes, secret: str = SECRET) -> str:
        return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()

    def check(expected: str) -> str:
        if not hmac.compare_digest(expected, request.headers.get("X-Notion-Signature", "")):
            abort(401)
        return "ok"

    @app.post("/another-secret")
    def another_secret() -> str:
        return check(mac(request.get_data(), "secret_of_last_year"))

    @app.post("/rewritten-json")
    def rewritten_json() -> str:
        return check(mac(json.dumps(request.get_json()).encode()))

    @app.post("/checked")
    def checked() -> str:
        return check(mac(request.get_data()))

    @app.post("/signature-wanted")
    def signature_wanted() -> Any:
        if "X-Notion-Signature" not in request.headers:
            return {"error": "missing signature header"}, 401
        return check(mac(request.get_data()))

    @app.post("/allow-list")
    def allow_list() -> Any:
        return {"error": "IP not allowed"}, 403

    @app.post("/stripe")
    def stripe() -> Any:
        parts = dict(part.split("=", 1) for part in request.headers["Stripe-Signature"].split(","))
        if abs(time.time() - int(parts["t"])) > 300:
            return {"error": "Timestamp outside the tolerance zone"}, 403
        return "ok"

    @app.post("/basic")
    def basic() -> Response:
        return Response("Unauthorized", 401, {"WWW-Authenticate": 'Basic realm="staging"'})

    @app.post("/calls/<name>")
    def calls(name: str) -> Any:
        call = urllib.request.Request(f"{api}/{name}/v1/pages", b"{}", {"Authorization": "Bearer ntn_" + "4f" * 23})
        try:
            urllib.request.urlopen(call).close()
        except urllib.error.HTTPError as error:
            return {"error": str(error)}, error.code
        return "ok"

    app.run(port=port)


def django(port: int, _: str) -> None:
    from wsgiref.simple_server import make_server

    from django.conf import settings
    from django.core.wsgi import get_wsgi_application
    from django.http import HttpRequest, HttpResponse
    from django.urls import path

    def hook(_: HttpRequest) -> HttpResponse:
        return HttpResponse("ok")

    class Routes:
        urlpatterns = (path("csrf", hook),)

    middleware = ["django.middleware.security.SecurityMiddleware", "django.middleware.csrf.CsrfViewMiddleware"]
    settings.configure(ROOT_URLCONF=Routes, SECRET_KEY="only here", ALLOWED_HOSTS=["*"], MIDDLEWARE=middleware)
    make_server("127.0.0.1", port, get_wsgi_application()).serve_forever()


def fastapi(port: int, _: str) -> None:
    import uvicorn
    from fastapi import Depends, FastAPI
    from fastapi.security import HTTPBearer

    app = FastAPI()

    @app.post("/bearer", dependencies=[Depends(HTTPBearer())])
    async def bearer() -> str:
        return "ok"

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="critical")


JSON = {"Content-Type": "application/json"}
HTML = {"Content-Type": "text/html; charset=UTF-8"}
CLOUDFLARE = "<!DOCTYPE html><title>Attention Required! | Cloudflare</title><h1>Sorry, you have been blocked</h1>"
VITE = 'Blocked request. This host ("shop.example.org") is not allowed.\nTo allow this host, add "shop.example.org" to `server.allowedHosts` in vite.config.js.'
NOTION_403 = '{"object":"error","status":403,"code":"restricted_resource","message":"Insufficient permissions for this endpoint."}'
NOTION_401 = '{"object":"error","status":401,"code":"unauthorized","message":"API token is invalid."}'
GITHUB_403 = '{"message":"Resource not accessible by integration","documentation_url":"https://docs.github.com/rest","status":"403"}'
# What the products answer: status, headers, body.
ANSWERS: dict[str, tuple[int, dict[str, str], str]] = {
    "/cloudflare": (403, {**HTML, "Server": "cloudflare", "CF-RAY": "8c1f2a3b4c5d6e7f-FRA"}, CLOUDFLARE),
    "/aws": (
        403,
        {**JSON, "x-amzn-RequestId": "1d5e", "x-amzn-ErrorType": "MissingAuthenticationTokenException"},
        '{"message":"Missing Authentication Token"}',
    ),
    "/vercel": (
        401,
        {**HTML, "Server": "Vercel", "X-Vercel-Id": "fra1::x", "Set-Cookie": "_vercel_sso_nonce=a"},
        "<title>Authentication Required</title>",
    ),
    "/vite": (403, {"Content-Type": "text/plain"}, VITE),
    "/n8n": (403, {"Content-Type": "text/plain"}, "Authorization data is wrong!"),
    "/capability/v1/pages": (403, JSON, NOTION_403),
    "/token/v1/pages": (401, JSON, NOTION_401),
    "/github/v1/pages": (403, JSON, GITHUB_403),
}


class Product(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, headers, body = ANSWERS[self.path]
        self.send_response_only(status)
        for pair in headers.items():
            self.send_header(*pair)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def products(port: int, _: str) -> None:
    ThreadingHTTPServer(("127.0.0.1", port), Product).serve_forever()


if __name__ == "__main__":
    {"flask": flask, "django": django, "fastapi": fastapi, "products": products}[sys.argv[1]](
        int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else ""
    )
