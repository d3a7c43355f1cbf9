from __future__ import annotations

import gzip
import zlib

import pytest

from factories import make_delivery
from hookscope.diagnosis.body_bytes import READ_BYTES
from hookscope.diagnosis.views import AnswerView, RequestView
from hookscope_relay.delivery import Answer, Headers

JSON: Headers = (("Content-Type", "application/json"),)


def request(body: bytes, headers: Headers = JSON) -> RequestView:
    return RequestView(make_delivery(body=body, headers=headers))


def answer(body: bytes, *headers: tuple[str, str], status: int = 400) -> AnswerView:
    return AnswerView(Answer(status=status, headers=headers, body=body))


@pytest.mark.parametrize(
    ("body", "headers", "state"),
    [
        (b'{"a":1}', JSON, "json"),
        (b'{"a":1}', (), "json"),
        (b'{"a":', JSON, "broken"),
        (b"[1,", (), "broken"),
        (b'{"a":"\xff"}', JSON, "broken"),
        (b"[" * 100_000, JSON, "broken"),
        (b"  ", JSON, "empty"),
        (b"a=b", (), "other"),
        (b"\x1f\x8b", (*JSON, ("Content-Encoding", "gzip")), "other"),
        (b'{"a":', (*JSON, ("Content-Length", "500")), "partial"),
        (b'{"a":"' + b"x" * 2_000_000 + b'"}', JSON, "json"),
        (b'{"a":"' + b"x" * 2_000_000, JSON, "broken"),
    ],
)
def test_the_state_of_a_body(body: bytes, headers: Headers, state: str) -> None:
    assert request(body, headers).state == state


def test_a_large_body_is_checked_for_form_only() -> None:
    assert request(b'{"a":"' + b"x" * 2_000_000 + b'"}').json is None


@pytest.mark.parametrize(("body", "at"), [(b'{"a": }', 6), ('{"é": }'.encode(), 7), (b'{"a":"\xff"}', 6), (b"{", 1)])
def test_the_error_names_the_byte(body: bytes, at: int) -> None:
    assert request(body).json_error[1] == at


def test_chunk_framing_that_an_importer_left_is_taken_off() -> None:
    view = request(b'7\r\n{"a":1}\r\n0\r\n\r\n', (*JSON, ("Transfer-Encoding", "chunked")))
    assert (view.body, view.state) == (b'{"a":1}', "json")


def test_the_size_is_what_was_announced() -> None:
    assert request(b"{}", (("Content-Length", "3000008"),)).size == 3000008
    assert request(b"{}", (("Content-Length", "9" * 40),)).size == 2


@pytest.mark.parametrize(
    ("value", "charset"), [('text/x; charset="UTF-8"', "utf-8"), ("text/x", ""), ("x; CHARSET=latin-9", "latin-9")]
)
def test_the_charset_is_read(value: str, charset: str) -> None:
    assert request(b"", (("Content-Type", value),)).charset == charset


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"error":"invalid signature"}', "invalid signature"),
        (b'{"error":{"code":"X","message":"no"}}', "no · X"),
        (b'{"errors":[{"field":"a","message":"is required"}]}', "is required"),
        (b'{"message":{"tenant":"Tenant cannot be blank"}}', "Tenant cannot be blank"),
        (b"<html><head><title>404 Not Found</title></head><body><h1>Nope</h1></body></html>", "404 Not Found Nope"),
        (b"plain &amp; words\n", "plain & words"),
        (b'<?xml version="1.0"?><error><title>403 Forbidden</title></error>', "403 Forbidden"),
        ("Größe".encode(), "Größe"),
        (b"", ""),
        (b"{broken", "{broken"),
    ],
)
def test_what_an_answer_says_in_words(body: bytes, message: str) -> None:
    assert answer(body).message == message


@pytest.mark.parametrize(
    ("body", "coding"), [(gzip.compress(b"hello", mtime=0), "gzip"), (zlib.compress(b"hello"), "deflate")]
)
def test_packed_answers_are_unpacked(body: bytes, coding: str) -> None:
    assert answer(body, ("Content-Encoding", coding)).text == "hello"


def test_packed_answers_are_bounded_and_never_raise() -> None:
    assert len(answer(gzip.compress(bytes(10_000_000)), ("Content-Encoding", "gzip")).body) <= READ_BYTES
    assert answer(b"\x1f\x8bnonsense", ("Content-Encoding", "gzip")).body == b""
    assert answer(b"x", ("Content-Encoding", "br")).body == b""


def test_a_position_in_the_text_is_a_byte_offset() -> None:
    view = answer("é\r\nNot FOUND".encode())
    assert view.low.index("not found") == view.answer.body.index(b"Not FOUND")


def test_headers_are_found_in_any_case_and_keep_their_spelling() -> None:
    view = answer(b"", ("X-Powered-By", "Express"))
    assert (view.get("x-powered-by"), view.spelt("x-powered-by")) == ("Express", "X-Powered-By")
