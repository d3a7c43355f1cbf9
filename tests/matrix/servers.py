"""Real servers with faults to be found: `python servers.py NAME PORT` runs one of them on loopback until it is stopped.

Each has a webhook at /hook, and beside it routes that are misconfigured in the ways that its framework makes easy.
"""

from __future__ import annotations

import sys
from typing import Any


def flask(port: int) -> None:
    from flask import Flask, abort, redirect, request

    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 4096
    app.post("/hook")(lambda: {"ok": True})
    app.post("/slash/", endpoint="slash")(lambda: {"ok": True})
    app.get("/getonly", endpoint="getonly")(lambda: "ok")
    app.post("/json", endpoint="json")(lambda: {"type": request.get_json()["type"]})
    app.post("/boom", endpoint="boom")(lambda: {}["missing"])
    app.post("/signed", endpoint="signed")(lambda: abort(401, "Invalid signature"))
    app.post("/login-needed", endpoint="login")(lambda: redirect("/login?next=/login-needed"))
    app.run("127.0.0.1", port, threaded=True)


def django(port: int) -> None:
    from wsgiref.simple_server import make_server

    from django.conf import settings
    from django.contrib.auth.decorators import login_required
    from django.core.wsgi import get_wsgi_application
    from django.http import HttpResponseForbidden, JsonResponse
    from django.urls import path
    from django.views.decorators.csrf import csrf_exempt
    from django.views.decorators.http import require_GET

    settings.configure(
        ROOT_URLCONF=__name__,
        SECRET_KEY="only for this test",
        ALLOWED_HOSTS=["localhost", "127.0.0.1"],
        MIDDLEWARE=[
            "django.middleware.common.CommonMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    )

    def boom(request: Any) -> Any:
        raise KeyError("missing")

    def ok(request: Any) -> Any:
        return JsonResponse({"ok": True})

    global urlpatterns  # noqa: PLW0603 - ROOT_URLCONF names this module
    urlpatterns = [
        path("hook", csrf_exempt(ok)),
        path("slash/", csrf_exempt(ok)),
        path("protected", ok),
        path("getonly", csrf_exempt(require_GET(ok))),
        path("boom", csrf_exempt(boom)),
        path("signed", csrf_exempt(lambda request: HttpResponseForbidden("Invalid signature"))),
        path("login-needed", csrf_exempt(login_required(ok))),
    ]
    make_server("127.0.0.1", port, get_wsgi_application()).serve_forever()


def fastapi(port: int) -> None:
    import uvicorn
    from fastapi import Depends, FastAPI, HTTPException, Request
    from fastapi.security import HTTPBearer
    from pydantic import BaseModel
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    class Event(BaseModel):
        challenge: str

    app = FastAPI()
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["localhost", "127.0.0.1"])

    async def raw_json(request: Request) -> Any:
        return await request.json()

    raw_json.__annotations__["request"] = Request

    def signed() -> Any:
        raise HTTPException(401, "Invalid signature")

    def model(event: Event) -> Any:
        return {}

    model.__annotations__["event"] = Event
    app.post("/hook")(lambda: {"ok": True})
    app.post("/slash/")(lambda: {"ok": True})
    app.get("/getonly")(lambda: {})
    app.post("/json")(raw_json)
    app.post("/signed")(signed)
    app.post("/model")(model)
    app.post("/bearer", dependencies=[Depends(HTTPBearer())])(lambda: {})
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="critical")


def starlette(port: int) -> None:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.exceptions import HTTPException
    from starlette.responses import JSONResponse, RedirectResponse
    from starlette.routing import Route

    async def ok(request: Any) -> Any:
        return JSONResponse({"ok": True})

    async def boom(request: Any) -> Any:
        raise RuntimeError("no database")

    async def signed(request: Any) -> Any:
        raise HTTPException(403, "Bad signature")

    async def login(request: Any) -> Any:
        return RedirectResponse("/login", 302)

    routes = [
        Route("/hook", ok, methods=["POST"]),
        Route("/slash/", ok, methods=["POST"]),
        Route("/getonly", ok),
        Route("/boom", boom, methods=["POST"]),
        Route("/signed", signed, methods=["POST"]),
        Route("/login-needed", login, methods=["POST"]),
    ]
    uvicorn.run(Starlette(routes=routes), host="127.0.0.1", port=port, log_level="critical")


def aiohttp(port: int) -> None:
    from aiohttp import web

    async def ok(request: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    async def json(request: web.Request) -> web.Response:
        return web.json_response(await request.json())

    async def boom(request: web.Request) -> web.Response:
        raise RuntimeError("no database")

    async def basic(request: web.Request) -> web.Response:
        raise web.HTTPUnauthorized(headers={"WWW-Authenticate": 'Basic realm="hooks"'})

    async def login(request: web.Request) -> web.Response:
        raise web.HTTPFound("/login")

    async def large(request: web.Request) -> web.Response:
        await request.read()
        return web.Response()

    app = web.Application(client_max_size=4096)
    app.router.add_get("/getonly", ok)
    for path, handler in (
        ("/hook", ok),
        ("/json", json),
        ("/boom", boom),
        ("/basic", basic),
        ("/login-needed", login),
        ("/large", large),
    ):
        app.router.add_post(path, handler)
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None)


def static(port: int) -> None:
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

    ThreadingHTTPServer(("127.0.0.1", port), SimpleHTTPRequestHandler).serve_forever()


def wsgi(port: int) -> None:
    """A handler without a framework: what it answers is all its own."""
    from wsgiref.simple_server import make_server

    answers = {
        "/hook": ("204 No Content", [], b""),
        "/unauthorized": ("401 Unauthorized", [], b""),
        "/lookup": ("404 Not Found", [("Content-Type", "application/json")], b'{"error": "unknown workspace"}'),
        "/stale": ("400 Bad Request", [("Content-Type", "text/plain")], b"timestamp too old"),
        "/false": ("200 OK", [("Content-Type", "application/json")], b'{"success": false}'),
        "/again": ("409 Conflict", [("Content-Type", "application/json")], b'{"error": "already processed"}'),
        "/thanks": ("303 See Other", [("Location", "/thank-you")], b""),
    }

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        status, headers, body = answers.get(environ["PATH_INFO"], ("404 Not Found", [], b""))
        start_response(status, headers)
        return [body]

    make_server("127.0.0.1", port, application).serve_forever()


def raw(port: int) -> None:
    """A server that breaks HTTP: each path has its own way."""
    import asyncio

    answers = {
        b"/hook": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"/nothing": b"",
        b"/ssh": b"SSH-2.0-OpenSSH_9.2p1\r\n",
        b"/short": b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\npart",
        b"/chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"/upgrade": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
    }

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
        )
        await reader.readexactly(length)
        path = head.split()[1]
        if path == b"/hang":
            await asyncio.sleep(60)
        writer.write(answers.get(path, b"HTTP/1.1 418 I'm a teapot\r\nContent-Length: 0\r\n\r\n"))
        await writer.drain()
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", port)
        await server.serve_forever()

    asyncio.run(run())


SERVERS = {
    "flask": flask,
    "django": django,
    "fastapi": fastapi,
    "starlette": starlette,
    "aiohttp": aiohttp,
    "static": static,
    "wsgi": wsgi,
    "raw": raw,
}

if __name__ == "__main__":
    SERVERS[sys.argv[1]](int(sys.argv[2]))
