from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web

from hookscope.model.capture import SentRequest
from hookscope.pytest_plugin.clients import aiohttp_client as adapter
from hookscope_relay.delivery import Headers

HEADERS: Headers = (("content-type", "application/json"), ("X-A", "1"), ("x-a", "2"))


def make(target: str = "/hooks", headers: Headers = HEADERS, body: bytes = b'{"a":\xff}') -> SentRequest:
    return SentRequest(method="POST", target=target, headers=headers, body=body)


@pytest.fixture
async def client(aiohttp_client: Any) -> Any:
    async def take(request: web.Request) -> web.StreamResponse:
        request.app[SEEN].update(body=await request.read(), raw=request.raw_headers, target=request.raw_path)
        if request.path == "/stream":
            response = web.StreamResponse(status=500)
            await response.prepare(request)
            await response.write(b"x")
            return response
        if request.path == "/moved":
            raise web.HTTPTemporaryRedirect("/hooks")
        return web.Response(status=202, text="taken", headers={"X-C": "1"})

    application = web.Application(client_max_size=1 << 24)
    application[SEEN] = {}
    application.router.add_route("*", "/{path:.*}", take)
    return await aiohttp_client(application)


SEEN: web.AppKey[dict[str, Any]] = web.AppKey("SEEN", dict)


async def test_nothing_is_added_and_repeats_stay(client: Any) -> None:
    response = await adapter.send(client, make())
    assert (response.status, await response.text()) == (202, "taken")
    seen = client.app[SEEN]
    assert seen["body"] == b'{"a":\xff}'
    assert [pair for pair in seen["raw"] if pair[0] != b"Host"] == [
        (b"content-type", b"application/json"),
        (b"X-A", b"1"),
        (b"X-A", b"2"),
        (b"Content-Length", b"7"),
    ]


@pytest.mark.parametrize("target", ["/a?b=%20&c", "/a%2Fb", "//evil/x", "/a/../b", "/", "/a%7eb"])
async def test_a_target_arrives_as_it_is(client: Any, target: str) -> None:
    await adapter.send(client, make(target))
    assert client.app[SEEN]["target"] == target


@pytest.mark.parametrize("size", [0, 3 << 20])
async def test_a_body_of_any_size_is_sent_without_a_warning(client: Any, size: int) -> None:
    await adapter.send(client, make(body=b"x" * size))
    assert client.app[SEEN]["body"] == b"x" * size


async def test_a_redirect_is_an_answer(client: Any) -> None:
    assert (await adapter.send(client, make("/moved"))).status == 307


async def test_a_response_becomes_an_answer(client: Any) -> None:
    answer = adapter.answer(await adapter.send(client, make()))
    assert answer is not None
    assert (answer.status, answer.reason, answer.body) == (202, "Accepted", b"taken")
    assert ("X-C", "1") in answer.headers


async def test_a_stream_is_left_to_the_test(client: Any) -> None:
    response = await adapter.send(client, make("/stream"))
    answer = adapter.answer(response)
    assert answer is not None
    assert (answer.status, answer.body) == (500, b"")
    assert await response.content.read() == b"x"


async def test_the_base_is_the_servers(client: Any) -> None:
    assert adapter.base(client) == f"http://127.0.0.1:{client.port}"
