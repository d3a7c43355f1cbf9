from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings

if not settings.configured:
    settings.configure(ROOT_URLCONF=__name__, SECRET_KEY="only for tests", ALLOWED_HOSTS=["testserver", "localhost"])

import django
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import AsyncClient, AsyncRequestFactory, Client, RequestFactory
from django.urls import path, re_path

from hookscope.model.capture import SentRequest
from hookscope.pytest_plugin.clients import django_async_client, django_client
from hookscope_relay.delivery import Headers

django.setup()
SEEN: dict[str, Any] = {}
HEADERS: Headers = (
    ("Content-Type", "application/json"),
    ("X-A", "1"),
    ("X-A", "2"),
    ("X-B", "caf\xe9"),
    ("Content-Length", "7"),
)


def take(request: HttpRequest) -> HttpResponse:
    SEEN.update(body=request.body, meta=dict(request.META), path=request.path, url=request.build_absolute_uri())
    return HttpResponse(b"taken", status=202, headers={"X-C": "1"})


def stream(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(iter([b"x"]), status=500)


urlpatterns = [path("stream", stream), re_path(".*", take)]


def make(target: str = "/hooks?a=1", headers: Headers = HEADERS, body: bytes = b'{"a":\xff}') -> SentRequest:
    return SentRequest(method="POST", target=target, headers=headers, body=body)


@pytest.fixture(autouse=True)
def urls() -> Any:
    from django.test import override_settings

    with override_settings(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"]):
        yield


def test_body_and_headers_arrive_as_they_are() -> None:
    response = django_client.send(Client(), make())
    meta = SEEN["meta"]
    assert response.status_code == 202
    assert (SEEN["body"], meta["HTTP_X_A"], meta["HTTP_X_B"]) == (b'{"a":\xff}', "1,2", "caf\xe9")
    assert (meta["CONTENT_TYPE"], meta["CONTENT_LENGTH"], meta["QUERY_STRING"]) == ("application/json", "7", "a=1")


async def test_asynchronously_too() -> None:
    response = await django_async_client.send(AsyncClient(), make())
    meta = SEEN["meta"]
    assert response.status_code == 202
    assert (SEEN["body"], meta["HTTP_X_A"], meta["HTTP_X_B"]) == (b'{"a":\xff}', "1,2", "caf\xe9")
    assert (meta["CONTENT_TYPE"], meta["CONTENT_LENGTH"], meta["QUERY_STRING"]) == ("application/json", "7", "a=1")


@pytest.mark.parametrize("target", ["//evil/x", "/a%2Fb", "/caf%C3%A9", "/"])
async def test_a_target_is_no_url(target: str) -> None:
    seen = []
    django_client.send(Client(), make(target))
    seen.append(SEEN["path"])
    await django_async_client.send(AsyncClient(), make(target))
    seen.append(SEEN["path"])
    assert seen == [{"/a%2Fb": "/a/b", "/caf%C3%A9": "/café"}.get(target, target)] * 2


async def test_headers_of_the_client_stay() -> None:
    django_client.send(Client(headers={"X-Tenant": "t"}), make())
    assert SEEN["meta"]["HTTP_X_TENANT"] == "t"
    await django_async_client.send(AsyncClient(headers={"X-Tenant": "u", "X-B": "other"}), make())
    assert (SEEN["meta"]["HTTP_X_TENANT"], SEEN["meta"]["HTTP_X_B"]) == ("u", "caf\xe9")


async def test_the_base_is_what_the_application_sees() -> None:
    for client in (Client(), Client(headers={"Host": "shop.example"})):
        django_client.send(client, make("/a"))
        assert SEEN["url"] == django_client.base(client) + "/a"
    await django_async_client.send(AsyncClient(), make("/a"))
    assert SEEN["url"] == django_async_client.base(AsyncClient()) + "/a"


def test_a_factory_gives_a_request_for_a_view() -> None:
    request = django_client.send(RequestFactory(), make())
    assert request.body == b'{"a":\xff}'
    assert take(request).status_code == 202
    assert django_client.answer(request) is None
    later = django_async_client.send(AsyncRequestFactory(), make())
    assert (later.body, later.headers["X-A"]) == (b'{"a":\xff}', "1,2")


def test_a_response_becomes_an_answer() -> None:
    answer = django_client.answer(django_client.send(Client(), make()))
    assert answer is not None
    assert (answer.status, answer.reason, answer.body) == (202, "Accepted", b"taken")
    assert ("X-C", "1") in answer.headers


def test_a_stream_is_not_read_for_an_answer() -> None:
    answer = django_client.answer(django_client.send(Client(), make("/stream")))
    assert answer is not None
    assert (answer.status, answer.body) == (500, b"")
