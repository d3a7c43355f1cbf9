from __future__ import annotations

import pytest

from hookscope.model.capture import Attempt, Failure, Origin, counts
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
