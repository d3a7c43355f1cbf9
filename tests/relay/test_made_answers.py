import json

import pytest

from hookscope_relay.delivery import Answer, Headers, header
from hookscope_relay.made_answers import (
    ANSWERED_BY,
    PROBLEM_TYPE,
    PROBLEMS,
    build_answer,
    build_problem,
    framed,
    phrase,
)

# The contract's table: a slug's status never changes.
CONTRACT = {
    404: "unknown-endpoint no-route",
    503: "not-listening inspector-stopping relay-busy store-unavailable",
    504: "deadline-passed handler-timeout",
    502: "handler-refused handler-reset handler-closed handler-bad-response handler-dns handler-tls answer-too-large"
    " transform-failed",
    400: "malformed",
    421: "host-not-served",
    403: "browser-refused access-token key-superseded",
    408: "too-slow",
    413: "body-too-large",
    414: "target-too-long",
    431: "headers-too-large",
    429: "rate-limited",
    401: "claim-malformed claim-key claim-signature claim-clock claim-replayed claim-origin",
    426: "version",
    501: "not-implemented upgrade-refused",
}


@pytest.mark.parametrize(("status", "slugs"), CONTRACT.items())
def test_each_problem_has_the_contract_s_status(status, slugs):
    for slug in slugs.split():
        answer = build_problem(slug, "relay")
        body = json.loads(answer.body)
        assert (answer.status, body["status"], body["type"]) == (status, status, PROBLEM_TYPE + slug)
        assert header(answer.headers, "content-type") == "application/problem+json"
        assert header(answer.headers, ANSWERED_BY) == "relay"


def test_the_table_holds_no_problem_beyond_the_contract():
    assert set(PROBLEMS) == {slug for slugs in CONTRACT.values() for slug in slugs.split()}


def test_an_answer_without_a_body_has_no_content_type():
    assert build_answer(204, "inspector").headers == ((ANSWERED_BY, "inspector"),)


@pytest.mark.parametrize(("status", "words"), [(200, "OK"), (599, ""), (418, "I'm a Teapot")])
def test_a_status_has_its_standard_phrase(status, words):
    assert phrase(status) == words


@pytest.mark.parametrize(
    ("status", "method", "headers", "body", "kept"),
    [
        (200, "POST", (("content-length", "2"), ("A", "1")), b"ok", (("content-length", "2"), ("A", "1"))),
        (200, "POST", (("A", "1"), ("Transfer-Encoding", "chunked"), ("B", "2")), b"ok", (("A", "1"), ("Content-Length", "2"), ("B", "2"))),
        (200, "POST", (("Transfer-Encoding", "chunked"), ("Trailer", "X")), b"", (("Content-Length", "0"),)),
        (200, "POST", (("A", "1"), ("Connection", "close")), b"ok", (("A", "1"), ("Content-Length", "2"))),
        (200, "POST", (), b"", (("Content-Length", "0"),)),
        (200, "POST", (("Content-Length", "7"),), b"ok", (("Content-Length", "2"),)),
        (200, "HEAD", (("Content-Length", "7"),), b"", (("Content-Length", "7"),)),
        (200, "HEAD", (("A", "1"),), b"", (("A", "1"),)),
        (200, "HEAD", (("Transfer-Encoding", "chunked"), ("A", "1")), b"", (("A", "1"),)),
        (204, "POST", (("A", "1"),), b"", (("A", "1"),)),
        (204, "POST", (("Content-Length", "0"),), b"", (("Content-Length", "0"),)),
        (304, "GET", (("Content-Length", "7"),), b"", (("Content-Length", "7"),)),
        (200, "GET", (("Set-Cookie", "a"), ("set-cookie", "b"), ("Content-Length", "0")), b"", (("Set-Cookie", "a"), ("set-cookie", "b"), ("Content-Length", "0"))),
        (200, "GET", (("Hookscope-Answered-By", "relay"), ("hookscope-seq", "1"), ("Content-Length", "0")), b"", (("Content-Length", "0"),)),
        (200, "GET", (("Connection", "X-Hop"), ("X-Hop", "1"), ("Keep-Alive", "5"), ("Upgrade", "h2c"), ("Content-Length", "0")), b"", (("Content-Length", "0"),)),
        (200, "GET", (("X", "\xff"), ("Date", "x"), ("Content-Encoding", "gzip"), ("Content-Length", "1")), b"\x1f", (("X", "\xff"), ("Date", "x"), ("Content-Encoding", "gzip"), ("Content-Length", "1"))),
    ],
)  # fmt: skip
def test_the_sender_gets_the_handler_s_headers_and_a_right_length(
    status: int, method: str, headers: Headers, body: bytes, kept: Headers
) -> None:
    answer = Answer(status=status, reason="As It Was", headers=headers, body=body)
    assert framed(answer, method) == Answer(status=status, reason="As It Was", headers=kept, body=body)
