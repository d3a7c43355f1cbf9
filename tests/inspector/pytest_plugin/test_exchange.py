from __future__ import annotations

from typing import Any

from hookscope.model.capture import SentRequest
from hookscope.pytest_plugin.exchange import Exchange
from hookscope.pytest_plugin.prepare import Prepared
from hookscope_relay.delivery import Answer
from plugin_projects.making import make_capture


def make(response: Any, read: Any) -> Exchange:
    delivery = make_capture().delivery
    return Exchange(
        client="Client",
        words="",
        prepared=Prepared(delivery, "", True),
        request=SentRequest(method="POST", target="/", headers=(), body=b""),
        url="http://testserver/",
        started_at=0.0,
        response=response,
        read=read,
    )


def closed(response: Any) -> Answer:
    raise ValueError("I/O operation on closed file")


def test_an_answer_is_read_when_it_is_asked_for() -> None:
    assert make("ok", lambda response: Answer(status=200, reason=response)).answer == Answer(status=200, reason="ok")


def test_without_a_response_there_is_no_answer() -> None:
    assert make(None, closed).answer is None


def test_a_response_that_cannot_be_read_any_more_is_no_answer() -> None:
    assert make("closed", closed).answer is None
