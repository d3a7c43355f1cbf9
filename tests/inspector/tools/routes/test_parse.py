"""Routes as they are written; a wrong one says where."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hookscope.model.pace import Pace
from hookscope.tools.filters.arrival import ArrivalFilter
from hookscope.tools.routes.parse import KEYS, paced, parse_routes, read_routes, tables_of
from hookscope_relay.errors import InputError


def place(index: int, key: str) -> str:
    return f"x.toml:{index}:{key}"


@pytest.mark.parametrize(
    ("text", "name", "match", "url"),
    [
        ("path:/stripe -> 3000/webhooks", "stripe", "path:/stripe", "http://localhost:3000/webhooks"),
        ("pay = path:/stripe method:POST->4000", "pay", "path:/stripe method:POST", "http://localhost:4000"),
        ("-> 3000", "all", "", "http://localhost:3000"),
        ("header:x-a=b -> 3000", "x-a-b", "header:x-a=b", "http://localhost:3000"),
        ('body:"a -> b" -> [::1]:3000', "a", 'body:"a -> b"', "http://[::1]:3000"),
    ],
)
def test_a_line_is_a_filter_an_arrow_and_a_handler(text: str, name: str, match: str, url: str) -> None:
    (rule,) = parse_routes([text])
    assert (rule.name, rule.match, rule.handler.url) == (name, match, url)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["path:/x 3000"], "--route 'path:/x 3000': there is no ->"),
        (["pth:/x -> 3000"], "there is no filter key 'pth'"),
        (["status:500 -> 3000"], "status: is known only once"),
        (["path:/x -> "], "the handler is empty"),
        (["a=path:/x -> 1", "a=path:/y -> 2"], "there is a route a already"),
    ],
)
def test_a_wrong_line_is_named(texts: list[str], said: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_routes(texts)
    assert said in str(caught.value) and str(caught.value).startswith("--route ")


def test_a_table_says_everything() -> None:
    table = {
        "name": "pay",
        "match": "path:/stripe",
        "handler": "3000/in",
        "answer": True,
        "strip_prefix": "/stripe",
        "host": "shop.test",
        "set-header": ["X-Env: dev", "X-B: c:d"],
        "timeout": "10s",
        "only-path": "/in",
        "only-method": "POST",
        "rate": "90/min",
        "concurrency": 2,
        "retry": 5,
    }
    (rule,) = read_routes([table], place)
    assert (rule.name, rule.answers, rule.strip_prefix, rule.host) == ("pay", True, "/stripe", "shop.test")
    assert (rule.set_headers, rule.timeout_s) == ((("X-Env", "dev"), ("X-B", "c:d")), 10.0)
    assert (rule.only_path, rule.only_methods, rule.pace) == ("/in", ("POST",), Pace(1.5, 2, 5))
    assert {key.replace("_", "-") for key in table} | {"path"} == set(KEYS)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"handlr": "3000"}, "x.toml:0:handlr: a route has no key 'handlr'; did you mean handler?"),
        ({"match": "path:/x"}, "x.toml:0:: the route has no handler"),
        ({"handler": "3000:4"}, "x.toml:0:handler: handler: the handler '3000:4'"),
        ({"handler": 3000, "match": "is:failed"}, "x.toml:0:match: match: is: is known only once"),
        ({"handler": 3000, "match": 5}, "x.toml:0:match: match: '5' is no text"),
        ({"handler": 3000, "answer": "yes"}, "x.toml:0:answer: answer: 'yes' is neither true nor false"),
        ({"handler": 3000, "set-header": "Hookscope-Origin: x"}, "is hookscope's own to say"),
        ({"handler": 3000, "set-header": "hookscope_origin: x"}, "is hookscope's own to say"),
        ({"handler": 3000, "set-header": "Host: x"}, "belongs to the connection; give it as host"),
        ({"handler": 3000, "set-header": "A: b\r\nC: d"}, "is no header"),
        ({"handler": 3000, "set-header": "no colon"}, "is not a header"),
        ({"handler": 3000, "rate": "fast"}, "x.toml:0:rate: rate: 'fast' is no rate"),
        ({"handler": 3000, "concurrency": 0}, "x.toml:0:concurrency"),
        ({"handler": 3000, "retry": True}, "x.toml:0:retry"),
        ({"handler": 3000, "timeout": "-1"}, "x.toml:0:timeout"),
        ({"handler": 3000, "strip-prefix": "stripe"}, "is no path such as /stripe"),
        ({"handler": 3000, "path": "/a?b"}, "is no path such as /webhooks"),
        ({"handler": 3000, "path": "/a", "strip-prefix": "/b"}, "exclude each other"),
        ({"handler": 3000, "name": "a b"}, "is no name of letters"),
        ({"handler": 3000, "name": "handler"}, "stands for the handler that takes the rest"),
    ],
)
def test_a_wrong_table_says_where(table: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_routes([table], place)
    assert said in str(caught.value)


def test_two_routes_of_one_name_are_refused() -> None:
    with pytest.raises(InputError, match=r"x\.toml:1:name: the name 'a' is taken"):
        read_routes([{"name": "a", "handler": 1}, {"name": "a", "handler": 2}], place)


def test_a_pace_for_all_is_that_of_routes_without_one() -> None:
    rules = [
        replace(one, pace=Pace(1.0) if one.handler.port == 1 else one.pace) for one in parse_routes(["-> 1", "-> 2"])
    ]
    assert [rule.pace for rule in paced(rules, Pace(5.0, 2, 1))] == [Pace(1.0, 2, 1), Pace(5.0, 2, 1)]


def test_tables_of_routes_are_read_to_the_same_routes() -> None:
    whole = {
        "name": "pay",
        "match": "path:/stripe type:push",
        "handler": "http://127.0.0.1:3000/in",
        "answer": True,
        "strip-prefix": "/stripe",
        "host": "shop.test",
        "set-header": ["X-Env: dev", "X-Empty: "],
        "timeout": "2.5s",
        "only-path": "/in",
        "only-method": ["POST"],
    }
    rules = read_routes([whole, {"handler": "4000", "path": "/hooks"}], lambda *_: "")
    again = read_routes(tables_of(rules), lambda *_: "")
    # What tests a delivery is made anew from the same words.
    assert [replace(rule, filter=ArrivalFilter()) for rule in again] == [
        replace(rule, filter=ArrivalFilter()) for rule in rules
    ]


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("retry", 1000, "'1000' is too much; give one from 0 to 100"),
        ("concurrency", 0, "'0' is too little; give one from 1 to 100000"),
        ("timeout", "2h", "'2h' is too much; give one from 0.001s to 3600s"),
        ("timeout", "soon", "'soon' is no duration such as 3, 500ms or 2m; see docs/routes.md"),
    ],
)
def test_a_number_out_of_its_bounds_names_them(key: str, value: Any, says: str) -> None:
    with pytest.raises(InputError) as caught:
        KEYS[key](value)
    assert str(caught.value) == says
