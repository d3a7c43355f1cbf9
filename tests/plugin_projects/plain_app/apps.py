from __future__ import annotations

from verifying import Shop

SHOP = Shop()
PHRASES = {204: "204 No Content", 208: "208 Already Reported", 403: "403 Forbidden"}


def application(environ, start_response):
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"] or 0))
    url = f"{environ['wsgi.url_scheme']}://{environ['HTTP_HOST']}{environ['PATH_INFO']}"

    def header(name):
        return environ.get("HTTP_" + name.upper().replace("-", "_"))

    start_response(PHRASES[SHOP.take(environ["PATH_INFO"].rpartition("/")[2], body, header, url)], [])
    return []


async def asynchronous(scope, receive, send):
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message["body"], message.get("more_body", False)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    url = f"{scope['scheme']}://{headers['host']}{scope['path']}"
    status = SHOP.take(scope["path"].rpartition("/")[2], body, lambda name: headers.get(name.lower()), url)
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})
