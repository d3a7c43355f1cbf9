"""Who answers, who gets a copy, and which route was the nearest."""

from __future__ import annotations

from typing import Any

import pytest

from factories import make_delivery
from hookscope.model.verdict import Recognition
from hookscope.tools.routes.choose import choose, choose_by_head, nearest, why_all_whole, why_none, why_whole
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


HEADS: dict[str, tuple[list[str], bool, str | None]] = {
    "by the path": (["a=path:/other -> 1", "b=path:/webhooks -> 2"], True, "b"),
    "by a header, turned round": (["a=-header:x-foo method:POST -> 1"], True, "a"),
    "by the provider": (["a=provider:notion -> 1"], True, "a"),
    "not the provider": (["a=provider:stripe -> 1", "b= -> 2"], True, "b"),
    "the head rules out what asks for the body": (["a=path:/other body:x -> 1", "b= -> 2"], True, "b"),
    "the first may be it": (["a=path:/webhooks body:x -> 1", "b= -> 2"], False, None),
    "the type is in the body": (["a=type:page.created -> 1"], False, None),
    "what follows does not matter": (["a=path:/webhooks -> 1", "b=body:x -> 2"], True, "a"),
    "nothing takes it": (["a=path:/other -> 1"], True, None),
}


@pytest.mark.parametrize(("routes", "tells", "name"), HEADS.values(), ids=HEADS)
def test_the_head_of_a_request_may_tell_its_route(routes: list[str], tells: bool, name: str | None) -> None:
    told, rule = choose_by_head(parse_routes(routes), make_delivery(body=b""), NOTION)
    assert (told, rule and rule.name) == (tells, name)


def test_an_unknown_sender_and_a_later_route_that_answers_are_no_news_of_the_head() -> None:
    unknown = choose_by_head(parse_routes(["a=provider:notion -> 1"]), make_delivery(), Recognition())
    assert unknown == (False, None)
    tables: list[dict[str, Any]] = [
        {"name": "a", "handler": "3000"},
        {"name": "b", "handler": "3000", "match": "body:x", "answer": True},
    ]
    assert choose_by_head(read_routes(tables, lambda index, key: ""), make_delivery(), NOTION) == (False, None)


WHOLE: dict[str, tuple[list[dict[str, str]], bool, list[str]]] = {
    "none asks for the body": ([{"match": "path:/x"}], False, []),
    "one of them will do": ([{"match": "path:/x body:y"}, {"match": "path:/z"}], False, []),
    "the rest has a handler": ([{"match": "path:/x type:y"}], True, []),
    "what asks for the body only stands before all": (
        [{"match": "body:y"}, {"match": "path:/z"}],
        True,
        ["the route y goes by body:y, which only the whole of a request tells"],
    ),
    "a pace": ([{"match": "path:/x", "rate": "1/s"}], False, ["the route x has a pace, and what waits for its turn"]),
}


@pytest.mark.parametrize(("tables", "rest", "why"), WHOLE.values(), ids=WHOLE)
def test_routes_that_need_every_request_whole_are_named(
    tables: list[dict[str, str]], rest: bool, why: list[str]
) -> None:
    rules = read_routes([{"handler": "3000", **table} for table in tables], lambda index, key: "")
    found = why_all_whole(rules, rest)
    assert len(found) == len(why)
    assert all(one.startswith(words) for one, words in zip(found, why, strict=True))


def test_a_route_says_why_its_requests_come_whole() -> None:
    (rule,) = parse_routes(["a=path:/x type:b body:c -> 1"])
    assert why_whole(rule) == "goes by type:b, body:c, which only the whole of a request tells"
