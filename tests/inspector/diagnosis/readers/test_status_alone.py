from __future__ import annotations

from collections.abc import Callable

import pytest

from hookscope.diagnosis.attribute import likeliest
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readers.status_alone import BY_STATUS, readings
from hookscope.diagnosis.registry import OUTCOMES
from hookscope_relay.delivery import Headers


def likeliest_of_words(make_case: Callable[..., Case]) -> float:
    reading = likeliest(make_case(401, b"invalid signature"))
    assert reading is not None
    return reading.confidence


def test_what_rests_on_a_status_alone_is_no_surer_than_a_page_and_says_what_else_it_may_be(
    make_case: Callable[..., Case],
) -> None:
    reading, page = likeliest(make_case(404, b"?")), likeliest(make_case(404, b"No route matches [POST]"))
    assert reading is not None and page is not None
    assert reading.confidence <= page.confidence < likeliest_of_words(make_case)
    assert reading.alternatives


@pytest.mark.parametrize(
    ("scheme", "cause"),
    [
        ("Basic realm=x", "basic-auth"),
        ("Digest x", "digest-auth"),
        ("Bearer", "bearer-missing"),
        ("Token", "token-missing"),
        ("Negotiate", "auth-required"),
        ("X", "auth-required"),
    ],
)
def test_www_authenticate_says_what_is_wanted(make_case: Callable[..., Case], scheme: str, cause: str) -> None:
    reading = likeliest(make_case(401, b"no", (("WWW-Authenticate", scheme),)))
    assert reading is not None
    assert reading.cause == cause


@pytest.mark.parametrize(
    ("challenge", "cause"),
    [
        ('Bearer error="invalid_token", error_description="The token expired"', "token-expired"),
        ('Bearer error="invalid_token"', "token-malformed"),
        ('Bearer error="insufficient_scope"', "guard-denied"),
    ],
)
def test_what_is_wrong_with_a_token_is_said_of_one_that_came(
    make_case: Callable[..., Case], challenge: str, cause: str
) -> None:
    headers = (("WWW-Authenticate", challenge),)
    came, missing = (
        make_case(401, b"", headers, sent_headers=(("Authorization", "Bearer x"),)),
        make_case(401, b"", headers),
    )
    assert likeliest(came) is not None and likeliest(came).cause == cause
    assert likeliest(missing) is not None and likeliest(missing).cause == "bearer-missing"


def test_a_status_that_says_nothing_more_has_alternatives(make_case: Callable[..., Case]) -> None:
    bare, told = likeliest(make_case(401, b"Unauthorized")), likeliest(make_case(401, b"go away"))
    assert bare is not None and "auth-required" in bare.alternatives
    assert told is not None and "auth-required" in told.alternatives


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 422, 500, 501, 503])
def test_nothing_is_said_of_a_status_alone_without_what_else_it_may_be(
    make_case: Callable[..., Case], status: int
) -> None:
    case = make_case(status, b"", method="PUT")
    assert case.answer is not None
    (reading,) = readings(case, case.answer)
    assert reading.alternatives


@pytest.mark.parametrize(
    ("status", "body", "headers", "cause", "layer"),
    [
        (501, b"", (), "method-not-allowed", "framework"),
        (501, b"<h1>501 Not Implemented</h1>", (("Content-Type", "text/html"),), "static-post", "reverse-proxy"),
        (
            501,
            b"<h1>501</h1>",
            (("Content-Type", "text/html"), ("Server", "Kestrel")),
            "method-not-allowed",
            "framework",
        ),
        (501, b'{"error":"this hook is a stub"}', (), "not-implemented", "handler"),
        (502, b"", (("Server", "SomeGateway/1"),), "upstream-down", "reverse-proxy"),
        (502, b'{"message":"Bad Gateway"}', (), "upstream-down", "reverse-proxy"),
        (503, b"<h1>503 Service Unavailable</h1>", (("Content-Type", "text/html"),), "upstream-down", "reverse-proxy"),
        (504, b"Gateway Timeout", (), "upstream-timeout", "reverse-proxy"),
        (502, b'{"error":"could not reach CRM"}', (), "app-exception", "handler"),
        (503, b'{"error":"our ledger is closed"}', (), "app-dependency-down", "handler"),
    ],
)
def test_statuses_of_methods_and_gateways_are_theirs_unless_the_application_speaks(
    make_case: Callable[..., Case], status: int, body: bytes, headers: Headers, cause: str, layer: str
) -> None:
    case = make_case(status, body, headers)
    assert case.answer is not None
    (reading,) = readings(case, case.answer)
    assert (reading.cause, reading.layer) == (cause, layer)


def test_every_cause_has_a_rule() -> None:
    assert {cause for cause, _ in BY_STATUS.values()} <= set(OUTCOMES)


def test_of_several_challenges_the_easiest_is_told(make_case: Callable[..., Case]) -> None:
    offered = (("WWW-Authenticate", 'Digest realm="hooks", nonce="1"'), ("WWW-Authenticate", 'Basic realm="hooks"'))
    reading = likeliest(make_case(401, headers=offered))
    assert reading is not None
    assert (reading.cause, reading.alternatives) == ("basic-auth", ("digest-auth",))
