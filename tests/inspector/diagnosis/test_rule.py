from __future__ import annotations

from collections.abc import Callable, Iterator

from hookscope.diagnosis.attribute import likeliest
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.rule import explains, watches
from hookscope.model.finding import Finding


@explains("csrf.refused", "csrf", "{who} refused {method} {path} with {status}", examples=("one",))
def refused(case: Case, reading: Reading) -> str:
    """A first sentence.

    More.
    """
    return "the rule's own hint"


@watches("order.none", "out-of-order", examples=("one",))
def nothing(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """Never finds anything."""
    yield from ()


def look(case: Case) -> list[Finding]:
    return list(refused.look(case, likeliest(case)))


def test_a_rule_is_documented_by_its_docstring() -> None:
    assert (refused.code, refused.family, refused.summary) == ("csrf.refused", "csrf", "A first sentence.")
    assert refused.outcome
    assert not nothing.outcome


def test_an_explaining_rule_speaks_for_its_cause_only(make_case: Callable[..., Case]) -> None:
    assert [finding.title for finding in look(make_case(419))] == ["Your framework refused POST /hook with 419"]
    assert not list(look(make_case(404)))


def test_the_readings_hint_comes_before_the_rules(make_case: Callable[..., Case]) -> None:
    assert "Laravel" in next(iter(look(make_case(419)))).hint


def test_braces_in_a_path_do_no_harm(make_case: Callable[..., Case]) -> None:
    assert "{host}" in next(iter(look(make_case(419, target="/{host}{0}%s")))).title
