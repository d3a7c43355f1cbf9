from __future__ import annotations

from collections.abc import Callable

import pytest

from hookscope.diagnosis.attribute import likeliest
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readers import our_answers
from hookscope_relay.made_answers import PROBLEMS, build_answer, build_problem

NEVER_SENT_TO_SENDERS = {slug for slug in PROBLEMS if slug.startswith("claim-")} | {
    "access-token",
    "key-superseded",
    "version",
}


@pytest.mark.parametrize("slug", sorted(set(PROBLEMS) - NEVER_SENT_TO_SENDERS))
@pytest.mark.parametrize("by", ["relay", "inspector"])
def test_every_problem_is_known_for_certain(make_case: Callable[..., Case], slug: str, by: str) -> None:
    answer = build_problem(slug, by)  # type: ignore[arg-type]
    case = make_case(answer.status, answer.body, answer.headers)
    assert likeliest(case) is not None
    assert (likeliest(case).cause, likeliest(case).confidence) == (our_answers.CAUSES[slug][0], 1.0)
    assert likeliest(case).layer == ("relay" if by == "relay" else "tunnel")


def test_our_own_success_is_ok(make_case: Callable[..., Case]) -> None:
    answer = build_answer(200, "inspector")
    case = make_case(200, answer.body, answer.headers)
    assert likeliest(case) is not None
    assert (likeliest(case).cause, likeliest(case).layer) == ("ok", "tunnel")


def test_a_handlers_answer_is_not_ours(make_case: Callable[..., Case]) -> None:
    case = make_case(502, b'{"type": "urn:hookscope:problem:handler-refused"}')
    assert case.answer is not None
    assert our_answers.read(case, case.answer) is None


def test_the_evidence_is_header_and_problem_type(make_case: Callable[..., Case]) -> None:
    answer = build_problem("handler-refused", "inspector")
    case = make_case(answer.status, answer.body, answer.headers)
    assert likeliest(case) is not None
    places = {fact.place: answer.body[fact.start : fact.end] for fact in likeliest(case).evidence}
    assert "answer.headers.Hookscope-Answered-By" in places
    assert places["answer.body"] == b"urn:hookscope:problem:handler-refused"
