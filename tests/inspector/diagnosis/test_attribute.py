from __future__ import annotations

from collections.abc import Callable

import pytest

from hookscope.diagnosis.attribute import likeliest, narrowed
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readings import Reading
from hookscope.model.capture import Failure


def test_without_an_attempt_there_is_no_reading(make_case: Callable[..., Case]) -> None:
    assert likeliest(make_case()) is None


def test_a_failure_is_read_from_the_failure(make_case: Callable[..., Case]) -> None:
    reading = likeliest(make_case(failure=Failure(kind="refused")))
    assert reading is not None
    assert reading.evidence[0].place == "failure"


def test_our_own_answers_are_certain(make_case: Callable[..., Case]) -> None:
    reading = likeliest(make_case(502, b"CSRF verification failed", answered_by="tunnel"))
    assert reading is not None
    assert (reading.confidence, reading.product) == (1.0, "hookscope")


def test_every_status_has_a_reading(make_case: Callable[..., Case]) -> None:
    for status in range(100, 1000):
        reading = likeliest(make_case(status))
        assert reading is not None
        assert reading.evidence


def test_a_products_own_page_beats_the_status(make_case: Callable[..., Case]) -> None:
    reading = likeliest(make_case(403, b"<p>CSRF verification failed. Request aborted.</p>"))
    assert reading is not None
    assert (reading.cause, reading.product) == ("csrf", "Django")


def test_a_json_body_excludes_broken_json(make_case: Callable[..., Case]) -> None:
    reading = Reading(
        cause="app-exception",
        layer="handler",
        confidence=0.5,
        alternatives=("bad-json", "app-exception", "missing-field"),
    )
    assert narrowed(make_case(500), reading).alternatives == ("missing-field",)


def test_the_place_of_broken_json_is_evidence(make_case: Callable[..., Case]) -> None:
    reading = Reading(cause="bad-json", layer="handler", confidence=0.5)
    assert narrowed(make_case(500, sent=b'{"a": }'), reading).evidence[-1].start == 6


def test_a_failure_without_a_name_is_the_parsers_while_the_body_is_broken(make_case: Callable[..., Case]) -> None:
    page = b"<title>Server Error</title>"
    broken, named = make_case(500, page, sent=b"{"), make_case(500, b"KeyError: 'x'", sent=b"{")
    assert (likeliest(broken) and likeliest(broken).cause, likeliest(named) and likeliest(named).cause) == (
        "bad-json",
        "missing-field",
    )


UNSIGNED: list[tuple[int, bytes, str, tuple[str, ...]]] = [
    (401, b"", "signature-missing", ("auth-required", "bearer-missing")),
    (403, b"", "signature-missing", ("permission-denied", "ip-denied", "auth-required")),
    (403, b"Forbidden", "signature-missing", ("permission-denied", "ip-denied", "auth-required")),
    (403, b'{"statusCode":403,"message":"Forbidden"}', "signature-missing", ("permission-denied",)),
    (401, b"Unauthorized: your plan has no webhooks", "signature-missing", ("auth-required",)),
    (401, b"invalid signature", "signature-rejected", ()),
]


@pytest.mark.parametrize(("status", "body", "cause", "among"), UNSIGNED)
def test_a_bare_refusal_of_an_unsigned_delivery_is_for_that(
    make_case: Callable[..., Case], status: int, body: bytes, cause: str, among: tuple[str, ...]
) -> None:
    reading = likeliest(make_case(status, body, provider="notion"))
    assert reading is not None
    assert reading.cause == cause
    assert set(among) <= set(reading.alternatives)


def test_a_frameworks_own_sentence_is_read_by_what_the_delivery_lacks(make_case: Callable[..., Case]) -> None:
    page = (
        b"<title>403 Forbidden</title><p>You don't have the permission to access the requested resource. It is either"
    )
    page += b" read-protected or not readable by the server.</p>"
    for values, cause in (({"provider": "notion"}, "signature-missing"), ({}, "signature-rejected")):
        reading = likeliest(make_case(403, page, (("Content-Type", "text/html"),), **values))
        assert reading is not None
        assert reading.cause == cause


@pytest.mark.parametrize(
    ("status", "body", "headers", "alternative"),
    [
        (404, b'{"message":"Path /hook not found"}', (), "trailing-slash-mismatch"),
        (
            404,
            b'{"error":"404 - Resource Not Found"}',
            (("Content-Type", "application/json"),),
            "trailing-slash-mismatch",
        ),
        (405, b"<p>This resource allows GET, HEAD, OPTIONS</p>", (), "static-post"),
        (405, b"", (("Allow", "GET, HEAD"),), "static-post"),
    ],
)
def test_a_router_cannot_tell_these_apart(
    make_case: Callable[..., Case], status: int, body: bytes, headers: tuple[tuple[str, str], ...], alternative: str
) -> None:
    reading = likeliest(make_case(status, body, headers))
    assert reading is not None
    assert alternative in reading.alternatives


def test_a_405_that_takes_put_serves_no_files(make_case: Callable[..., Case]) -> None:
    reading = likeliest(make_case(405, b"", (("Allow", "GET, PUT"),)))
    assert reading is not None
    assert "static-post" not in reading.alternatives
