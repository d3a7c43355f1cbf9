from __future__ import annotations

from aiohttp import web
from verifying import Shop

SHOP = web.AppKey("SHOP", Shop)


async def take(request: web.Request) -> web.Response:
    shop = request.app[SHOP]
    body = await request.read()
    return web.Response(status=shop.take(request.match_info["provider"], body, request.headers.get, str(request.url)))


async def broken(request: web.Request) -> web.Response:
    raise LookupError("no such order")


def make_app() -> web.Application:
    app = web.Application(client_max_size=100_000)
    app[SHOP] = Shop()
    app.router.add_post("/webhooks/{provider}", take)
    app.router.add_post("/broken", broken)
    return app
