"""Who answers, who gets a copy, and which route was the nearest."""

from __future__ import annotations

import pytest

from factories import make_delivery
from hookscope.model.verdict import Recognition
from hookscope.tools.routes.choose import choose, nearest, why_none
from hookscope.tools.routes.parse import parse_routes, read_routes

NOTION = Recognition(provider="notion", event_type="page.created")


@pytest.mark.parametrize(
    ("routes", "answering", "copies"),
    [
        (["a=path:/webhooks -> 1", "b=path:/other -> 2"], "a", []),
        (["a=path:/other -> 1", "b=provider:notion -> 2"], "b", []),
        (["a=path:/webhooks -> 1", "b=type:page.* -> 2", "c= -> 3"], "a", ["b", "c"]),
        (["a=path:/other -> 1"], None, []),
        ([], None, []),
    ],
)
def test_the_first_that_matches_answers(routes: list[str], answering: str | None, copies: list[str]) -> None:
    chosen = choose(parse_routes(routes), make_delivery(), NOTION)
    assert (chosen.answering and chosen.answering.name) == answering
    assert [rule.name for rule in chosen.copies] == copies


def test_a_route_that_is_said_to_answer_does() -> None:
    tables = [
        {"name": name, "handler": "3000", **more} for name, more in (("a", {}), ("b", {"answer": True}), ("c", {}))
    ]
    chosen = choose(read_routes(tables, lambda index, key: ""), make_delivery(), NOTION)
    assert chosen.answering is not None
    assert (chosen.answering.name, [rule.name for rule in chosen.copies]) == ("b", ["a", "c"])


@pytest.mark.parametrize(
    ("routes", "target", "name", "failing"),
    [
        (["a=path:/github -> 1", "b=path:/stripe -> 2"], "/strip", "b", ["path:/stripe"]),
        (["a=path:/x method:GET -> 1", "b=path:/y -> 2"], "/z", "b", ["path:/y"]),
        (["a=path:/z method:GET -> 1", "b=path:/y method:GET -> 2"], "/z", "a", ["method:GET"]),
        (["a=not path:/z -> 1"], "/z", "a", ["not path:/z"]),
    ],
)
def test_the_nearest_is_the_one_that_fails_least(routes: list[str], target: str, name: str, failing: list[str]) -> None:
    near = nearest(parse_routes(routes), make_delivery(target=target), NOTION)
    assert near is not None
    assert (near.rule.name, [term.text for term in near.failing]) == (name, failing)


def test_the_caller_learns_the_name_and_not_what_is_looked_for() -> None:
    rules = parse_routes(["a=path:/secret-place header:x-token=s3cret -> 1"])
    near = nearest(rules, make_delivery(), NOTION)
    assert near is not None
    assert near.outward == "The nearest route is a, which goes by the path and a header."
    assert "s3cret" in why_none(rules, make_delivery(), NOTION)
    assert why_none((), make_delivery(), NOTION) == "No route takes it."
