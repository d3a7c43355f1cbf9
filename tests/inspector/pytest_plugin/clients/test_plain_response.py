from __future__ import annotations

import pytest

from hookscope.pytest_plugin.clients.plain_response import PlainResponse, answer
from hookscope_relay.delivery import Answer

RESPONSE = PlainResponse(status_code=201, reason="Created", headers=(("X-A", "1"), ("x-a", "2")), body=b'{"a":1}')


def test_it_reads_like_a_response() -> None:
    assert (RESPONSE.status_code, RESPONSE.text, RESPONSE.json()) == (201, '{"a":1}', {"a": 1})
    assert (RESPONSE.header("X-a"), RESPONSE.header("x-b")) == ("1", "")


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert PlainResponse(status_code=200, body=b"\xff").text == "\ufffd"
    with pytest.raises(ValueError):
        PlainResponse(status_code=200, body=b"\xff").json()


def test_it_is_an_answer() -> None:
    assert answer(RESPONSE) == Answer(status=201, reason="Created", headers=RESPONSE.headers, body=RESPONSE.body)
