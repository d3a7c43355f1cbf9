from __future__ import annotations

import importlib
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from hookscope.model.capture import SentRequest
from hookscope.pytest_plugin.clients import httpx_client
from hookscope.pytest_plugin.clients.choose import choose
from hookscope_relay.delivery import Headers
from hookscope_relay.errors import InputError

pytest.importorskip("httpx2", reason="starlette's TestClient needs it")

HEADERS: Headers = (("Content-Type", "application/json"), ("X-A", "1"), ("x-a", "2"), ("User-Agent", "sender/1"))


def make(target: str = "/hooks", headers: Headers = HEADERS, body: bytes = b'{"a":\xff}') -> SentRequest:
    return SentRequest(method="POST", target=target, headers=headers, body=body)


@pytest.fixture
def application() -> Any:
    application = FastAPI()

    @application.api_route("/{path:path}", methods=["POST"])
    async def take(path: str, request: Request) -> Response:
        application.state.seen = {**request.scope, "body": await request.body(), "url": str(request.url)}
        if path == "moved":
            return RedirectResponse("/hooks")
        return Response(b"taken", 202, {"X-C": "1"})

    return application


def test_client(application: Any, **kwargs: Any) -> Any:
    from starlette.testclient import TestClient

    return TestClient(application, **kwargs)


test_client.__test__ = False  # type: ignore[attr-defined]


def test_starlettes_client_is_served(application: Any) -> None:
    client = test_client(application)
    assert choose(client) is httpx_client
    response = httpx_client.send(client, make())
    assert (response.status_code, response.content) == (202, b"taken")
    seen = application.state.seen
    assert seen["body"] == b'{"a":\xff}'
    assert seen["headers"] == [
        (b"host", b"testserver"),
        (b"content-type", b"application/json"),
        (b"x-a", b"1"),
        (b"x-a", b"2"),
        (b"user-agent", b"sender/1"),
        (b"content-length", b"7"),
    ]


@pytest.mark.parametrize("target", ["/a?b=%20&c", "/a%2Fb", "//evil/x", "/", "/a?b=c/d:e@f"])
def test_a_target_arrives_as_it_is(application: Any, target: str) -> None:
    httpx_client.send(test_client(application), make(target))
    path, _, query = target.partition("?")
    assert application.state.seen["raw_path"] == path.encode()
    assert application.state.seen["query_string"] == query.encode()


def test_headers_of_the_clients_user_stay_and_its_own_do_not(application: Any) -> None:
    client = test_client(application, headers={"X-Tenant": "t"})
    httpx_client.send(client, make(headers=()))
    assert application.state.seen["headers"] == [
        (b"host", b"testserver"),
        (b"x-tenant", b"t"),
        (b"content-length", b"7"),
    ]


def test_a_redirect_is_an_answer(application: Any) -> None:
    assert httpx_client.send(test_client(application), make("/moved")).status_code == 307


def test_a_base_url_with_a_path_comes_before_the_target(application: Any) -> None:
    client = test_client(application, base_url="https://shop.example/api/")
    httpx_client.send(client, make("/hooks"))
    assert application.state.seen["url"] == "https://shop.example/api/hooks" == httpx_client.base(client) + "/hooks"


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
async def test_the_asynchronous_client_is_served(application: Any, library: str) -> None:
    httpx = pytest.importorskip(library)
    importlib.import_module(library)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://app") as client:
        assert choose(client) is httpx_client
        response = await httpx_client.send(client, make())
    assert response.status_code == 202
    assert application.state.seen["body"] == b'{"a":\xff}'


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
def test_a_client_without_a_base_url_is_refused(library: str) -> None:
    httpx = pytest.importorskip(library)
    with httpx.Client() as client, pytest.raises(InputError, match="has no base URL"):
        httpx_client.base(client)


def test_a_response_becomes_an_answer(application: Any) -> None:
    answer = httpx_client.answer(httpx_client.send(test_client(application), make()))
    assert answer is not None
    assert (answer.status, answer.reason, answer.body) == (202, "Accepted", b"taken")
    assert ("x-c", "1") in answer.headers
