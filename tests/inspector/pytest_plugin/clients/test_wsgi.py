from __future__ import annotations

import sys
from typing import Any
from wsgiref.validate import validator

import pytest

from hookscope.model.capture import SentRequest
from hookscope.pytest_plugin.clients import wsgi

REQUEST = SentRequest(
    method="POST",
    target="/a%20b?c=1",
    headers=(("Content-Type", "application/json"), ("X-A", "1"), ("X-A", "2")),
    body=b'{"a":\xff}',
)


def test_an_application_is_called_by_the_rules() -> None:
    seen: dict[str, Any] = {}

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.update(environ, body=environ["wsgi.input"].read(len(REQUEST.body)))
        start_response("201 Created", [("Content-Type", "text/plain"), ("X-B", "1"), ("X-B", "2")])
        return [b"ta", b"ken"]

    response = wsgi.send(validator(application), REQUEST)
    assert (seen["body"], seen["PATH_INFO"], seen["HTTP_X_A"]) == (REQUEST.body, "/a b", "1,2")
    assert (response.status_code, response.reason, response.body) == (201, "Created", b"taken")
    assert response.headers[1:] == (("X-B", "1"), ("X-B", "2"))
    assert f"{seen['wsgi.url_scheme']}://{seen['HTTP_HOST']}" == wsgi.base(application)


def test_what_is_written_comes_before_what_is_returned() -> None:
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        write = start_response("200 OK", [])
        write(b"a")
        return [b"b"]

    assert wsgi.send(application, REQUEST).body == b"ab"


def test_a_response_may_start_late_and_is_closed() -> None:
    closed = []

    class Chunks:
        def __init__(self, start_response: Any) -> None:
            self.start_response = start_response

        def __iter__(self) -> Any:
            self.start_response("204 No Content", [])
            yield b""

        def close(self) -> None:
            closed.append(True)

    assert wsgi.send(lambda environ, start_response: Chunks(start_response), REQUEST).status_code == 204
    assert closed == [True]


def test_an_error_page_takes_the_place_of_what_was_begun() -> None:
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        try:
            raise ValueError
        except ValueError:
            import sys

            start_response("500 Oops", [], sys.exc_info())
        return [b"sorry"]

    assert wsgi.send(application, REQUEST).status_code == 500


def test_an_application_that_answers_nothing_is_a_mistake() -> None:
    with pytest.raises(AssertionError, match="did not call start_response"):
        wsgi.send(lambda environ, start_response: [], REQUEST)


def test_an_error_after_the_first_byte_is_the_applications_own() -> None:
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])(b"a")
        try:
            raise ValueError("late")
        except ValueError:
            start_response("500 Oops", [], sys.exc_info())
        return []

    with pytest.raises(ValueError, match="late"):
        wsgi.send(application, REQUEST)
