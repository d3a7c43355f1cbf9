from __future__ import annotations

from typing import Any

import pytest

from factories import make_delivery
from hookscope.model.capture import Attempt, Capture, Failure, Origin, counts
from hookscope_relay.delivery import Answer


def test_an_attempt_cannot_have_an_answer_and_a_failure() -> None:
    with pytest.raises(ValueError, match="not both"):
        Attempt(
            number=1,
            origin="live",
            handler_url="",
            started_at=0,
            answer=Answer(status=200),
            failure=Failure(kind="reset"),
        )


@pytest.mark.parametrize(
    ("status", "is_accepted"), [(200, True), (299, True), (302, False), (500, False), (None, False)]
)
def test_only_2xx_accepts(status: int | None, is_accepted: bool) -> None:
    answer = None if status is None else Answer(status=status)
    assert Attempt(number=1, origin="probe", handler_url="", started_at=0, answer=answer).is_accepted is is_accepted


@pytest.mark.parametrize(
    ("origin", "path", "is_counted"),
    [
        ("live", "/a", True),
        ("backlog", "/b", True),
        ("replay", "/a", True),
        ("replay", "/b", False),
        ("probe", "/a", False),
    ],
)
def test_what_was_sent_elsewhere_or_to_try_something_out_is_an_experiment(
    origin: Origin, path: str, is_counted: bool
) -> None:
    attempt = Attempt(number=1, origin=origin, handler_url=f"http://h{path}?x", started_at=0)
    assert counts(attempt, before="http://h/a") is is_counted


def attempt(number: int, origin: Origin = "live", path: str = "/a", **more: Any) -> Attempt:
    return Attempt(number=number, origin=origin, handler_url=f"http://h{path}", started_at=0, **more)


def test_the_last_replay_without_a_change_is_the_outcome() -> None:
    moved, again = attempt(2, "replay", "/b"), attempt(3, "replay")
    capture = Capture(delivery=make_delivery(), attempts=(attempt(1), moved, again, attempt(4, "probe")))
    assert (capture.counted, capture.outcome) == ((attempt(1), again), again)
    assert Capture(delivery=make_delivery()).outcome is None


def test_a_copy_counts_only_where_it_is_all_there_is() -> None:
    copy = attempt(1, is_copy=True)
    assert Capture(delivery=make_delivery(), attempts=(copy,)).outcome is copy
    assert Capture(delivery=make_delivery(), attempts=(attempt(1, is_copy=True, route="audit"),)).outcome is None
    assert Capture(delivery=make_delivery(), attempts=(attempt(1), attempt(2, is_copy=True))).outcome == attempt(1)


def test_of_each_routes_copies_the_latest_is_shown() -> None:
    first, second, other = (
        attempt(number, is_copy=True, route=route) for number, route in ((1, "a"), (2, "a"), (3, "b"))
    )
    assert Capture(delivery=make_delivery(), attempts=(first, attempt(4), second, other)).copies == (second, other)


@pytest.mark.parametrize(
    ("route", "is_copy", "words"),
    [("", False, ""), ("", True, "a copy"), ("stripe", False, "by stripe"), ("audit", True, "copy to audit")],
)
def test_which_way_it_took_is_said(route: str, is_copy: bool, words: str) -> None:
    assert attempt(1, route=route, is_copy=is_copy).way == words
