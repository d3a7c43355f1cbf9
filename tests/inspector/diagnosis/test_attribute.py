from __future__ import annotations

from collections.abc import Callable

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
