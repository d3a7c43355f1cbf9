from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace

import pytest

from hookscope.model.call import Call
from hookscope.pytest_plugin.play import PlayedApi
from hookscope_relay.delivery import Answer

CALL = Call(
    api="notion",
    base="https://api.notion.com",
    method="GET",
    target="/v1/pages/x?y=1",
    started_at=0.0,
    answer=Answer(status=429, headers=(("Retry-After", "1"),), body=b"{}"),
)


@pytest.fixture
def played() -> Iterator[PlayedApi]:
    opened = PlayedApi([CALL, replace(CALL, answer=Answer(status=200, body=b'{"object":"page"}'))])
    yield opened
    opened.close()


def ask(url: str, body: bytes | None = None) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=body), timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get("Retry-After") or error.read().decode()


def test_answers_come_in_their_order_and_the_last_one_stays(played: PlayedApi) -> None:
    url = played.url("notion") + "/v1/pages/x?y=1"
    assert [ask(url) for _ in range(3)] == [(429, "1"), (200, '{"object":"page"}'), (200, '{"object":"page"}')]
    assert len(played.asked) == 3
    assert played.unknown == []


def test_what_was_not_recorded_is_told(played: PlayedApi) -> None:
    status, text = ask(played.url("notion") + "/v1/comments", json.dumps({"a": 1}).encode())
    assert (status, "no answer of notion to POST /v1/comments was recorded" in text) == (501, True)
    assert [(one.method, one.target, one.body) for one in played.unknown] == [("POST", "/v1/comments", b'{"a": 1}')]


def test_clients_are_pointed_there(played: PlayedApi) -> None:
    assert played.variables["NOTION_BASE_URL"] == played.url("notion")
