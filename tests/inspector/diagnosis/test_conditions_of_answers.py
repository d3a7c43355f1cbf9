from __future__ import annotations

from collections.abc import Callable

import pytest

from hookscope.diagnosis import conditions_of_answers
from hookscope.diagnosis.case import Case
from hookscope_relay.delivery import Headers

DATED: Headers = (("Date", "Sat, 21 Nov 2026 00:00:00 GMT"),)


@pytest.mark.parametrize(
    ("name", "body", "headers", "expected"),
    [
        ("empty_answer", b"", DATED, True),
        ("empty_answer", b" \r\n", DATED, True),
        ("empty_answer", b"no", DATED, False),
        ("bare_answer", b"", (("Connection", "close"),), True),
        ("bare_answer", b"", DATED, False),
        ("bare_answer", b"", (("Server", "x"),), False),
        ("bare_answer", b"no", (), False),
        ("bare_lower_case", b"", (("content-length", "0"), ("date", "x")), True),
        ("bare_lower_case", b"", (("Content-Length", "0"), ("date", "x")), False),
        ("bare_lower_case", b"", (("content-length", "0"),), False),
        ("names_no_exception", b"Internal Server Error", (), True),
        ("names_no_exception", b"TypeError: x is undefined", (), False),
        ("names_no_exception", b"Traceback (most recent call last)", (), False),
        ("sets_csrf_cookie", b"", (("Set-Cookie", "_csrf=x"),), True),
        ("sets_csrf_cookie", b"", (("Set-Cookie", "XSRF-TOKEN=x"),), True),
        ("sets_csrf_cookie", b"", (("Set-Cookie", "session=x"),), False),
        ("retry_after", b"", (("Retry-After", "60"),), True),
        ("retry_after", b"", (), False),
        ("empty_of_known_length", b"", (("Content-Length", "0"),), True),
        ("empty_of_known_length", b"", (("Transfer-Encoding", "chunked"),), False),
        ("status_repeated", b'{"statusCode":503,"message":"Service Unavailable"}', (), True),
        ("status_repeated", b'{"status":"503","message":"the queue is full"}', (), False),
        ("status_repeated", b'{"message":"Service Unavailable"}', (), False),
        ("status_repeated", b"503 Service Unavailable", (), False),
    ],
)
def test_the_form_of_an_answer_is_told(
    make_case: Callable[..., Case], name: str, body: bytes, headers: Headers, expected: bool
) -> None:
    assert getattr(conditions_of_answers, name)(make_case(503, body, headers)) is expected


@pytest.mark.parametrize(
    "name", ["empty_answer", "bare_answer", "bare_lower_case", "sets_csrf_cookie", "retry_after", "status_repeated"]
)
def test_no_answer_has_no_form(make_case: Callable[..., Case], name: str) -> None:
    assert getattr(conditions_of_answers, name)(make_case()) is False
