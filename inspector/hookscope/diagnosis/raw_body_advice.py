"""How each framework gives a handler the bytes that came, and what takes them away:
for handlers whose check goes wrong."""

from __future__ import annotations

# By the product's name as a reading has it (its beginning, in lower case); the frameworks' own documentation is the
# source.
RAW_BODY: dict[str, str] = {
    "express": (
        "Express: put express.raw({type: '*/*'}) on this route before express.json(), which leaves no bytes, and hash"
        " req.body"
    ),
    "nestjs": "NestJS: NestFactory.create(AppModule, {rawBody: true}), and hash req.rawBody, not the parsed @Body()",
    "next.js": "Next.js: hash await req.text() in a route handler; in pages/api switch bodyParser off first",
    "fastify": "Fastify: add a content type parser with parseAs: 'buffer'; request.body is parsed JSON otherwise",
    "koa": "Koa: koa-bodyparser keeps the text in ctx.request.rawBody; hash that, not ctx.request.body",
    "hono": "Hono: hash await c.req.text() before c.req.json()",
    "hapi": "hapi: set payload: {parse: false, output: 'data'} on the route and hash request.payload",
    "flask": "Flask: hash request.get_data() before anything reads request.json or request.form",
    "werkzeug": "Flask/Werkzeug: hash request.get_data() before anything reads request.json or request.form",
    "quart": "Quart: hash await request.get_data(), not await request.get_json()",
    "django": "Django: hash request.body before request.POST or DRF's request.data is read; both parse the stream",
    "fastapi": "FastAPI: take Request and hash await request.body(); a pydantic parameter has parsed the JSON already",
    "starlette": "Starlette: hash await request.body(), not await request.json()",
    "uvicorn": "FastAPI/Starlette: hash await request.body(); a pydantic parameter has parsed the JSON already",
    "aiohttp": "aiohttp: hash await request.read(), not await request.json()",
    "tornado": "Tornado: hash self.request.body, not the decoded JSON",
    "sanic": "Sanic: hash request.body, not request.json",
    "falcon": "Falcon: hash req.bounded_stream.read(), and do not call req.media first",
    "bottle": "Bottle: hash request.body.read(), not request.json",
    "pyramid": "Pyramid: hash request.body, not request.json_body",
    "rails": "Rails: hash request.raw_post, not params",
    "sinatra": "Sinatra: hash request.body.read, and rewind it for whoever reads next",
    "laravel": "Laravel: hash $request->getContent(), not $request->all(), which middleware may have trimmed",
    "spring": "Spring: take @RequestBody byte[] in the controller and hash that, not a mapped object",
    "asp.net": "ASP.NET: call Request.EnableBuffering(), read Request.Body as bytes, and hash those",
}

COMMON = (
    "Give the handler the same secret, let it hash the raw body rather than JSON that was parsed and written again, and"
    " look for middleware that reads the body before it; `hookscope probe NUMBER` tells which"
)


def raw_body_hint(product: str) -> str:
    """What to check in a handler whose signature check goes wrong, for that framework where it is known."""
    name = product.lower()
    own = next((advice for begin, advice in RAW_BODY.items() if name.startswith(begin)), "")
    return f"{own}. {COMMON}" if own else COMMON
