"""Who may open the screen: a browser on this machine that was given the token, asking for this very address.

The address carries the token once; then a cookie does, which no other site can have sent. Cookies know no ports: so it
is for one path, which nobody else can name, and no other server of this machine is sent it. A Host that is not ours is
a name that somebody made point here; an Origin that is not ours is another site's page.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self';"
        " img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def refusal(host: str, origin: str | None, cookie: str, port: int, token: str, *, is_socket: bool) -> str:
    """Why a request is refused, empty where it is not; a WebSocket must say where it comes from."""
    hosts = {f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}"}
    if host.lower() not in hosts:
        return "this is another address than the one that was given"
    if origin is None and is_socket:
        return "a WebSocket must have an Origin"
    if origin is not None and origin.lower() != f"http://{host.lower()}":
        return "another site asked for this"
    if not hmac.compare_digest(cookie.encode("utf-8", "replace"), token.encode()):
        return "the token is missing; open the address that `hookscope listen --web` printed"
    return ""


def guard(port: Callable[[], int], token: str, place: str) -> Middleware:
    """The middleware that lets in whoever brings the token, and gives it the cookie for the next time; everything but
    the first request is for `place`, a path that only those know who were let in."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        name = f"hookscope-web-{port()}"
        brought = request.query.get("token", "") if request.path == "/" else ""
        is_socket = request.headers.get("Upgrade", "").lower() == "websocket"
        cookie = brought or request.cookies.get(name, "")
        why = refusal(request.host, request.headers.get("Origin"), cookie, port(), token, is_socket=is_socket)
        if why:
            return web.Response(status=403, text=f"403: {why}\n", headers=HEADERS)
        if brought:
            answer = web.Response(status=303, headers={**HEADERS, "Location": place})
            answer.set_cookie(name, token, httponly=True, samesite="Strict", path=place)
            return answer
        response = await handler(request)
        if not response.prepared:
            response.headers.update(HEADERS)
        return response

    return check
