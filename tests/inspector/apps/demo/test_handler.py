from __future__ import annotations

import json
from collections.abc import Iterator
from http.client import HTTPConnection, RemoteDisconnected
from urllib.parse import urlsplit

import pytest

from hookscope.apps.demo import handler
from hookscope.apps.demo.script import SCENES, body_of, signature_of

BODY = body_of(SCENES[0], 1)
PLAIN = b'{"a":1}'


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(handler, "SLOW_S", 0.0)
    url, stop = handler.start_handler()
    yield url
    stop()


def post(url: str, path: str, body: bytes, signature: str) -> tuple[int, dict[str, str], bytes]:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        connection.request("POST", path, body, {"X-Notion-Signature": signature})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("path", "body", "is_right", "status"),
    [
        ("/correct", BODY, True, 200),
        ("/correct?a=b", BODY, True, 200),
        ("/correct", BODY, False, 401),
        ("/slash", BODY, True, 301),
        ("/slash/", BODY, True, 200),
        ("/login-required", BODY, True, 302),
        ("/csrf", BODY, True, 403),
        ("/reserialised", BODY, True, 401),
        ("/reserialised", PLAIN, True, 200),
        ("/slow", BODY, True, 200),
        ("/slow", BODY, False, 401),
        ("/elsewhere", BODY, True, 404),
    ],
)
def test_a_route_answers_as_its_fault_says(url: str, path: str, body: bytes, is_right: bool, status: int) -> None:
    assert post(url, path, body, signature_of(body, is_right))[0] == status


@pytest.mark.parametrize(("path", "place"), [("/slash", "/slash/"), ("/login-required", "/login?next=/login-required")])
def test_a_redirect_says_where_to(url: str, path: str, place: str) -> None:
    assert post(url, path, BODY, signature_of(BODY))[1]["Location"] == place


def test_the_csrf_page_is_the_framework_s(url: str) -> None:
    assert b"CSRF verification failed" in post(url, "/csrf", BODY, "")[2]


def test_a_crash_closes_the_connection_without_an_answer(url: str) -> None:
    with pytest.raises(RemoteDisconnected):
        post(url, "/crash", BODY, signature_of(BODY))


def test_a_missing_signature_is_refused(url: str) -> None:
    status, _, said = post(url, "/correct", BODY, "")
    assert (status, json.loads(said)) == (401, {"error": "invalid signature"})
