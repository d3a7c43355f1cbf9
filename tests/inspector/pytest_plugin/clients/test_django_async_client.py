"""`test_django_client.py` sends everything through both clients; here is what only the asynchronous one can."""

from __future__ import annotations

from django.conf import settings

if not settings.configured:
    settings.configure(SECRET_KEY="only for tests", ALLOWED_HOSTS=["*"])

from django.test import AsyncRequestFactory

from hookscope.model.capture import SentRequest
from hookscope.pytest_plugin.clients import django_async_client


def test_repeats_stay_apart_and_a_host_of_the_test_is_alone() -> None:
    headers = (("Host", "shop.example"), ("X-A", "1"), ("X-A", "2"))
    sent = SentRequest(method="POST", target="/", headers=headers, body=b"")
    request = django_async_client.send(AsyncRequestFactory(), sent)
    assert [pair for pair in request.scope["headers"] if pair[0] != b"cookie"] == [
        (b"host", b"shop.example"),
        (b"x-a", b"1"),
        (b"x-a", b"2"),
    ]


def test_a_request_without_a_host_gets_the_one_that_its_base_names() -> None:
    request = django_async_client.send(
        AsyncRequestFactory(), SentRequest(method="POST", target="/", headers=(), body=b"")
    )
    assert (b"host", b"testserver") in request.scope["headers"]
    assert django_async_client.base(AsyncRequestFactory()) == "http://testserver"
