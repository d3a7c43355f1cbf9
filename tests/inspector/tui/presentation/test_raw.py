from __future__ import annotations

from factories import make_delivery
from hookscope.model.capture import Attempt, Capture
from hookscope.tui.presentation.raw import raw_document
from hookscope_relay.delivery import Answer


def test_request_and_answer_stand_as_on_the_wire() -> None:
    answer = Answer(status=200, reason="OK", headers=(("X-A", ""),), body=b"\xff\x00")
    attempt = Attempt(number=1, origin="live", handler_url="", started_at=0.0, answer=answer)
    text = raw_document(Capture(delivery=make_delivery(body=b'{"a":  1}')), attempt).text(100)
    for part in ("POST /webhooks/notion HTTP/1.1", "X-Odd: café", '{"a":  1}', "HTTP/1.1 200 OK", "X-A: ", "ff 00"):
        assert part in text


def test_without_an_answer_there_is_the_request_alone() -> None:
    assert "Answer" not in raw_document(Capture(delivery=make_delivery()), None).text()


def test_an_empty_target_is_the_root() -> None:
    assert "POST / HTTP/1.1" in raw_document(Capture(delivery=make_delivery(target="")), None).text()
