from __future__ import annotations

import base64
from typing import Any

import pytest

from factories import NOW
from hookscope.tools.imports.ngrok import read_ngrok

REQUEST = b"POST /hook HTTP/1.1\r\nHost: x.ngrok.app\r\nX-B: 1\r\nContent-Length: 3\r\n\r\n\xff\x00a"
ANSWER = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok"


def item(sent: bytes = REQUEST, answer: bytes = ANSWER, **changes: Any) -> dict[str, Any]:
    return {
        "uri": "/api/requests/http/548fb5c700000002",
        "id": "548fb5c700000002",
        "tunnel_name": "command_line",
        "remote_addr": "203.0.113.7",
        "start": "2026-10-05T16:55:34-07:00",
        "duration": 234000000,
        "request": {"method": "POST", "uri": "/hook", "raw": base64.b64encode(sent).decode()},
        "response": {"status": "201 Created", "status_code": 201, "raw": base64.b64encode(answer).decode()},
    } | changes


def test_the_list_is_read_oldest_first() -> None:
    older = item(REQUEST.replace(b"/hook", b"/old"))
    found = read_ngrok({"uri": "/api/requests/http", "requests": [item(), older]}, "a.json", NOW)
    assert [capture.delivery.target for capture in found.captures] == ["/old", "/hook"]
    delivery, (attempt,) = found.captures[1].delivery, found.captures[1].attempts
    assert (delivery.body, delivery.headers[1], delivery.remote) == (b"\xff\x00a", ("X-B", "1"), "203.0.113.7")
    assert delivery.received_at == 1791244534.0
    assert attempt.answer is not None
    assert (attempt.answer.status, attempt.answer.body, attempt.elapsed_ms) == (201, b"ok", 234.0)


def test_one_request_alone_is_read() -> None:
    assert len(read_ngrok(item(), "a.json", NOW).captures) == 1


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (item(REQUEST[:-1]), "requests[1].request.raw: the body has 2 of the 3 bytes"),
        (item(b'{"a":1}'), "line 1 is no request line"),
        (item(request={"raw": "*"}), "requests[1].request.raw is no valid base64"),
        (item(request=1), "requests[1].request must be a JSON object"),
        (item(start="soon"), "requests[1].start must be an ISO 8601 time"),
        (7, "requests[1] must be a JSON object"),
    ],
)
def test_a_bad_request_is_told_with_its_place_and_the_others_are_read(bad: Any, words: str) -> None:
    found = read_ngrok({"requests": [item(), bad]}, "a.json", NOW)
    assert len(found.captures) == 1
    assert words in str(found.problems[0])


@pytest.mark.parametrize("answer", [ANSWER[:-1], b"nonsense"])
def test_a_cut_off_answer_is_left_out_with_a_note(answer: bytes) -> None:
    found = read_ngrok(item(answer=answer), "a.json", NOW)
    assert found.captures[0].attempts == ()
    assert "the answer is left out" in found.notes[0]


@pytest.mark.parametrize("response", [None, {}, {"raw": ""}, 1])
def test_a_request_without_an_answer_has_no_attempt(response: Any) -> None:
    found = read_ngrok(item(response=response), "a.json", NOW)
    assert (found.captures[0].attempts, found.notes) == ((), ())
