from __future__ import annotations

import pytest

from hookscope.console.explanations import REMEMBERED, Explanations
from hookscope.model.capture import Origin
from hookscope.model.events import Attempted, Diagnosed
from hookscope.model.finding import Finding


def found(attempt: int, code: str = "a.b", *, of: str = "01", copy: str = "") -> Diagnosed:
    finding = Finding(code=code, severity="error", cause="c", layer="transport", title="t", hint="h")
    return Diagnosed(at=0, id=of, number=7, attempt=attempt, verdict=None, findings=(finding,), copy=copy)


def tried(origin: Origin) -> Attempted:
    return Attempted(
        at=0, id="01", number=7, method="POST", target="/", attempt=2, origin=origin, elapsed_ms=1.0, failure="refused"
    )


@pytest.mark.parametrize(
    ("second", "origin", "is_same"),
    [
        (found(2), "live", True),
        (found(2), "replay", False),
        (found(2, "c.d"), "live", False),
        (found(2, of="02"), "live", False),
        (found(2, copy="audit"), "live", False),
        (found(1), "live", False),
    ],
)
def test_only_a_further_try_with_the_same_outcome_says_nothing_new(
    second: Diagnosed, origin: Origin, is_same: bool
) -> None:
    explanations = Explanations()
    assert not explanations.is_same(found(1))
    explanations.begin(tried(origin))
    assert explanations.is_same(second) is is_same


def test_the_oldest_are_let_go() -> None:
    explanations = Explanations()
    for index in range(REMEMBERED + 1):
        explanations.is_same(found(1, of=str(index)))
    assert not explanations.is_same(found(2, of="0"))
    assert explanations.is_same(found(2, of=str(REMEMBERED)))
