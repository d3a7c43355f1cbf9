"""An ASGI application, called as a server would (asgi.readthedocs.io, HTTP specification 2.3).

Its lifespan is not run.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote_to_bytes

from hookscope.model.capture import SentRequest
from hookscope.pytest_plugin.clients.plain_response import PlainResponse, answer
from hookscope_relay.made_answers import phrase

__all__ = ["answer", "base", "head_of", "send"]


def base(client: Any) -> str:
    """The URL that we let the application believe in."""
    return "http://testserver"


async def send(client: Any, request: SentRequest) -> PlainResponse:
    """The application's whole response, under asyncio. What it raises is raised."""
    import asyncio  # only where somebody awaits this

    ended = asyncio.Event()
    incoming = [{"type": "http.request", "body": request.body, "more_body": False}]
    started: list[dict[str, Any]] = []
    written: list[bytes] = []

    async def receive() -> dict[str, Any]:
        if incoming:
            return incoming.pop()
        await ended.wait()  # the sender stays until it is answered
        return {"type": "http.disconnect"}

    async def send_message(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            started.append(message)
        elif message["type"] == "http.response.body":
            written.append(message.get("body", b""))
            if not message.get("more_body", False):
                ended.set()

    await client(_scope(request), receive, send_message)
    if not started:
        raise AssertionError("the application sent no response")
    status = started[0]["status"]
    headers = tuple(
        (bytes(name).decode("latin-1"), bytes(value).decode("latin-1")) for name, value in started[0].get("headers", ())
    )
    return PlainResponse(status_code=status, reason=phrase(status), headers=headers, body=b"".join(written))


def head_of(request: SentRequest) -> dict[str, Any]:
    """What a scope says of the request: the decoded path, the query, and the headers in order, repeats included."""
    path, _, query = request.target.partition("?")
    return {
        "method": request.method,
        "path": unquote_to_bytes(path.encode("latin-1")).decode("utf-8", "replace"),
        "raw_path": path.encode("latin-1"),
        "query_string": query.encode("latin-1"),
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in request.headers],
    }


def _scope(request: SentRequest) -> dict[str, Any]:
    head = head_of(request)
    if all(name != b"host" for name, _ in head["headers"]):
        head["headers"].insert(0, (b"host", b"testserver"))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "scheme": "http",
        "root_path": "",
        "client": ("127.0.0.1", 50000),
        "server": ("testserver", 80),
        **head,
    }
