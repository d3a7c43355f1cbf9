import json

import pytest

from hookscope_relay.answers import ANSWERED_BY, PROBLEM_TYPE, PROBLEMS, build_answer, build_problem, framed, phrase
from hookscope_relay.delivery import Answer, header

# The contract's table: a slug's status never changes.
CONTRACT = {
    404: "unknown-endpoint",
    503: "not-listening inspector-stopping relay-busy store-unavailable",
    504: "deadline-passed handler-timeout",
    502: "handler-refused handler-reset handler-closed handler-bad-response handler-dns handler-tls answer-too-large",
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
    501: "not-implemented",
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


FRAMED = [
    (
        "a right length stays as spelt",
        "POST",
        200,
        (("content-length", "2"), ("A", "1")),
        b"ok",
        (("content-length", "2"), ("A", "1")),
    ),
    (
        "chunked becomes a length in its place",
        "POST",
        200,
        (("A", "1"), ("Transfer-Encoding", "chunked"), ("B", "2")),
        b"ok",
        (("A", "1"), ("Content-Length", "2"), ("B", "2")),
    ),
    ("no length gets one last", "POST", 200, (("A", "1"),), b"ok", (("A", "1"), ("Content-Length", "2"))),
    ("a wrong length is corrected", "POST", 200, (("Content-Length", "9"),), b"ok", (("Content-Length", "2"),)),
    (
        "both framings become one",
        "POST",
        200,
        (("Content-Length", "2"), ("Transfer-Encoding", "chunked")),
        b"ok",
        (("Content-Length", "2"),),
    ),
    (
        "hop-by-hop is dropped",
        "POST",
        200,
        (("Connection", "close, X-Hop"), ("X-Hop", "1"), ("Content-Length", "0")),
        b"",
        (("Content-Length", "0"),),
    ),
    (
        "ours cannot be forged",
        "POST",
        200,
        (("hookscope-answered-by", "x"), ("Content-Length", "0")),
        b"",
        (("Content-Length", "0"),),
    ),
    ("HEAD keeps its length", "HEAD", 200, (("Content-Length", "99"),), b"", (("Content-Length", "99"),)),
    (
        "304 keeps its length",
        "GET",
        304,
        (("Content-Length", "99"), ("ETag", "x")),
        b"",
        (("Content-Length", "99"), ("ETag", "x")),
    ),
    ("204 gets none", "POST", 204, (("A", "1"),), b"", (("A", "1"),)),
    (
        "repeats stay",
        "POST",
        401,
        (("Set-Cookie", "a"), ("Set-Cookie", "b"), ("Content-Length", "0")),
        b"",
        (("Set-Cookie", "a"), ("Set-Cookie", "b"), ("Content-Length", "0")),
    ),
]


@pytest.mark.parametrize(
    ("method", "status", "headers", "body", "expected"), [row[1:] for row in FRAMED], ids=[row[0] for row in FRAMED]
)
def test_an_answer_is_framed_so_that_it_ends_where_it_says(method, status, headers, body, expected):
    answer = framed(Answer(status=status, headers=headers, body=body), method)
    assert answer.headers == expected
    assert answer.body == (b"" if method == "HEAD" or status in {204, 304} else body)
