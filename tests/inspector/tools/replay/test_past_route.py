"""The route that a capture took, by what its attempt says was sent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from factories import make_delivery
from hookscope.forward.request import build_request
from hookscope.model.capture import Attempt, Capture
from hookscope.model.handler import parse_handler
from hookscope.tools.replay.past_route import past_rule
from hookscope.tools.routes.parse import read_routes
from hookscope_relay.delivery import Answer

DELIVERY = make_delivery(target="/stripe/x?y=1")
ORIGIN = parse_handler("127.0.0.1:3000")
ANSWER = Answer(status=500, reason="")


def took(table: dict[str, object], **changes: object) -> Capture:
    (rule,) = read_routes([{"name": "pay", "handler": "127.0.0.1:3000", **table}], lambda *_: "")
    sent = rule.rewrite(DELIVERY)
    found = rule.where(DELIVERY, sent, "")
    handler = replace(rule.handler, host_header=rule.host) if rule.host else rule.handler
    request = build_request(sent, handler, origin="live", target=found.target)
    attempt = Attempt(
        number=1,
        origin="live",
        handler_url=rule.handler.origin + found.target,
        started_at=1.0,
        answer=ANSWER,
        request=request,
        route="pay",
    )
    return Capture(delivery=DELIVERY, attempts=(replace(attempt, **changes),))  # type: ignore[arg-type]


TABLES: dict[str, tuple[dict[str, object], str, str]] = {
    "a prefix cut off": ({"strip-prefix": "/stripe"}, "/x?y=1", "/stripe/z"),
    "a prefix cut off, the handler's path before": (
        {"strip-prefix": "/stripe", "handler": "127.0.0.1:3000/in"},
        "/in/x?y=1",
        "/stripe/z",
    ),
    "another path": ({"path": "/hooks"}, "/hooks?y=1", "/stripe/x"),
    "headers and a host": (
        {"strip-prefix": "/stripe", "host": "shop.test", "set-header": "X-Env: dev"},
        "/x?y=1",
        "/stripe",
    ),
}


@pytest.mark.parametrize(("table", "target", "other"), TABLES.values(), ids=TABLES)
def test_what_is_sent_again_is_rewritten_as_it_was(table: dict[str, object], target: str, other: str) -> None:
    capture = took(table)
    rule = past_rule(capture, ORIGIN)
    sent = rule.rewrite(DELIVERY)
    assert (rule.name, rule.where(DELIVERY, sent, "").target) == ("pay", target)
    assert rule.host == table.get("host", "")
    assert rule.set_headers == ((("X-Env", "dev"),) if "set-header" in table else ())


def test_a_path_that_is_tried_is_rewritten_alike() -> None:
    rule = past_rule(took({"strip-prefix": "/stripe", "handler": "127.0.0.1:3000/in"}), ORIGIN)
    tried = replace(DELIVERY, target="/stripe/x/")
    assert rule.where(tried, rule.rewrite(tried), "").target == "/in/x/"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"route": ""}, id="no-route"),
        pytest.param({"request": None}, id="nothing-rewritten"),
        pytest.param(
            {"request": build_request(replace(DELIVERY, body=b"{}"), ORIGIN, origin="live")}, id="transformed"
        ),
    ],
)
def test_what_was_not_rewritten_by_a_route_goes_as_it_is(changes: dict[str, object]) -> None:
    handler = replace(ORIGIN, path="/in")
    rule = past_rule(took({"strip-prefix": "/stripe"}, **changes), handler)
    assert (rule.name, rule.handler, rule.rewrite(DELIVERY)) == ("", handler, DELIVERY)


def test_what_went_to_another_place_than_was_sent_is_put_below_the_handler() -> None:
    elsewhere = took({"strip-prefix": "/stripe"}, handler_url="http://elsewhere.test/x")
    rule = past_rule(elsewhere, parse_handler("127.0.0.1:3000/in"))
    assert (rule.strip_prefix, rule.handler.path) == ("", "/in")
