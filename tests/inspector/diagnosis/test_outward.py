from __future__ import annotations

import json

import pytest

from factories import make_delivery
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.engine import diagnose
from hookscope.diagnosis.outward import call_findings, call_of
from hookscope.model.capture import Attempt
from hookscope_relay.delivery import Answer

REFUSED = json.dumps({"object": "error", "status": 403, "code": "restricted_resource", "message": "no"}).encode()
GOOD = ("Authorization", "Bearer ntn_" + "4f" * 23)
VERSION = ("Notion-Version", "2022-06-28")


def case(url: str, *headers: tuple[str, str], answer: Answer | None = None) -> Case:
    delivery = make_delivery(url=url, target="/" + url.split("/", 3)[3], headers=headers)
    attempt = Attempt(number=1, origin="fixture", handler_url=url, started_at=0.0, answer=answer) if answer else None
    return Case(delivery=delivery, attempt=attempt)


def test_a_recorded_call_is_judged_as_a_call() -> None:
    found = diagnose(case("https://api.notion.com/v1/comments", GOOD, VERSION, answer=Answer(status=403, body=REFUSED)))
    assert [(one.code, one.layer) for one in found] == [("api.capability-missing", "provider-api")]
    assert "handler" not in found[0].title


def test_a_call_that_was_accepted_has_no_findings() -> None:
    assert (
        diagnose(case("https://api.notion.com/v1/users/me", GOOD, VERSION, answer=Answer(status=200, body=b"{}"))) == ()
    )


@pytest.mark.parametrize(
    ("headers", "causes"),
    [
        ((GOOD, VERSION), []),
        ((("Authorization", "Bearer $NOTION_TOKEN"), VERSION), ["token-malformed"]),
        ((VERSION,), ["token-missing"]),
        ((GOOD,), ["version-header"]),
    ],
)
def test_what_will_be_refused_is_said_before_it_is(headers: tuple[tuple[str, str], ...], causes: list[str]) -> None:
    found = call_findings(case("https://api.notion.com/v1/users/me", *headers))
    assert found is not None
    assert [one.cause for one in found] == causes


def test_rules_on_calls_can_be_silenced() -> None:
    one = case("https://api.notion.com/v1/users/me", VERSION)
    for code in ("api.token-missing", "api", "api.*"):
        assert diagnose(one, (code,)) == ()


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/hook",
        "https://hook.eu1.make.com/x",
        "https://hooks.slack.com/services/T/B/x",
        "https://notion.com/x",
    ],
)
def test_a_delivery_is_none(url: str) -> None:
    assert call_of(case(url)) is None
    assert call_findings(case(url)) is None
