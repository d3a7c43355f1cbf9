from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI, Request
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import StreamingResponse

from hookscope.model.capture import SentRequest
from hookscope.pytest_plugin.clients import asgi

REQUEST = SentRequest(
    method="POST",
    target="/caf%C3%A9?c=1",
    headers=(("Content-Type", "application/json"), ("X-A", "1"), ("X-A", "2"), ("X-B", "caf\xe9")),
    body=b'{"a":\xff}',
)


async def test_an_application_gets_bytes_and_repeats() -> None:
    seen: dict[str, Any] = {}

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.update(scope, message=await receive())
        await send({"type": "http.response.start", "status": 202, "headers": [(b"x-c", b"1"), (b"x-c", b"\xe9")]})
        await send({"type": "http.response.body", "body": b"ta", "more_body": True})
        await send({"type": "http.response.body", "body": b"ken"})
        assert (await receive())["type"] == "http.disconnect"

    response = await asgi.send(application, REQUEST)
    assert (seen["path"], seen["raw_path"], seen["query_string"]) == ("/café", b"/caf%C3%A9", b"c=1")
    assert asgi.base(application) == "http://testserver"
    assert seen["headers"] == [
        (b"host", b"testserver"),
        (b"content-type", b"application/json"),
        (b"x-a", b"1"),
        (b"x-a", b"2"),
        (b"x-b", b"caf\xe9"),
    ]
    assert seen["message"] == {"type": "http.request", "body": REQUEST.body, "more_body": False}
    assert (response.status_code, response.reason, response.body) == (202, "Accepted", b"taken")
    assert response.headers == (("x-c", "1"), ("x-c", "\xe9"))


async def test_a_sender_does_not_hang_up_before_the_answer() -> None:
    """Middleware that watches for a disconnect must not see one while the response is streamed."""
    application = FastAPI()
    application.add_middleware(BaseHTTPMiddleware, dispatch=lambda request, call_next: call_next(request))

    @application.post("/café")
    async def take(request: Request) -> StreamingResponse:
        body = await request.body()

        async def stream() -> Any:
            for byte in body:
                await asyncio.sleep(0)
                yield bytes([byte])

        return StreamingResponse(stream())

    response = await asgi.send(application, REQUEST)
    assert (response.status_code, response.body) == (200, REQUEST.body)


async def test_an_application_that_answers_nothing_is_a_mistake() -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None: ...

    with pytest.raises(AssertionError, match="sent no response"):
        await asgi.send(application, REQUEST)


def test_it_can_be_run_without_a_loop_of_the_test() -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    assert asyncio.run(asgi.send(application, REQUEST)).status_code == 204
