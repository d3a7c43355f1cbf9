import json

import pytest

from hookscope_relay.delivery import Answer, Headers, header
from hookscope_relay.made_answers import (
    ANSWERED_BY,
    PROBLEM_TYPE,
    PROBLEMS,
    Framing,
    build_answer,
    build_problem,
    framed,
    interim,
    is_bodiless,
    phrase,
    streamed,
    switched,
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


def test_a_problem_says_in_detail_what_it_knows():
    assert json.loads(build_problem("malformed", "relay", detail="no Host").body)["detail"] == "no Host"


CHUNKED, LENGTH = ("Transfer-Encoding", "chunked"), ("Content-Length", "5")
OWN = (ANSWERED_BY, "someone")
STREAMS = {
    "a length": ((LENGTH,), False, (LENGTH,), Framing(length=5)),
    "a length twice": ((LENGTH, LENGTH), False, (LENGTH,), Framing(length=5)),
    "two lengths": ((LENGTH, ("Content-Length", "6")), False, (), Framing()),
    "a length that is none": ((("Content-Length", "+5"),), False, (), Framing()),
    "a length that no body has": ((("Content-Length", "9" * 40),), False, (), Framing()),
    "chunks": ((CHUNKED, ("Trailer", "X")), False, (CHUNKED, ("Trailer", "X")), Framing(is_chunked=True)),
    "chunks twice": ((CHUNKED, CHUNKED), False, (CHUNKED,), Framing(is_chunked=True)),
    "chunks and a length": ((CHUNKED, LENGTH), False, (CHUNKED,), Framing(is_chunked=True)),
    "chunks for an old connection": ((CHUNKED, ("Trailer", "X")), True, (), Framing()),
    "neither": ((("Date", "now"), OWN, ("Connection", "close")), False, (("Date", "now"),), Framing()),
}


@pytest.mark.parametrize(("headers", "old", "kept", "framing"), STREAMS.values(), ids=STREAMS)
def test_a_body_that_follows_has_one_framing(headers, old, kept, framing):
    head, found = streamed(Answer(status=200, headers=headers), old=old)
    assert (head.headers, found) == (kept, framing)
    assert found.keeps_connection is (found.is_chunked or found.length is not None)


def test_a_switch_keeps_what_it_switches_to():
    upgrade = (("Connection", "Upgrade"), ("Upgrade", "websocket"))
    assert switched(Answer(status=101, headers=(*upgrade, LENGTH, CHUNKED, OWN))).headers == upgrade


def test_an_interim_answer_is_no_end():
    link = ("Link", "</a.css>; rel=preload")
    assert interim(Answer(status=103, headers=(link, LENGTH, CHUNKED, OWN))).headers == (link,)


@pytest.mark.parametrize(
    ("status", "method", "bodiless"),
    [(200, "HEAD", True), (204, "POST", True), (304, "GET", True), (200, "GET", False)],
)
def test_some_answers_have_no_body_by_definition(status, method, bodiless):
    assert is_bodiless(Answer(status=status), method) is bodiless
