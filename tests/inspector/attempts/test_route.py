"""What a sender is told in the handler's place, and where at the handler a delivery goes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import get_args

import pytest

from factories import make_delivery
from hookscope.attempts.route import (
    PROBLEM_OF,
    MadeAnswer,
    Route,
    answer_without_handler,
    failure_answer,
    parse_respond,
    route,
)
from hookscope.model.capture import Failure, FailureKind
from hookscope.model.handler import parse_handler
from hookscope.model.senders import parse_senders
from hookscope.model.verdict import Recognition
from hookscope_relay.delivery import Answer, Delivery, header
from hookscope_relay.errors import InputError
from hookscope_relay.made_answers import PROBLEMS, build_answer


@pytest.mark.parametrize(
    ("text", "status", "body"),
    [
        ("200", 200, b""),
        ("204:", 204, b""),
        ("599:a:b", 599, b"a:b"),
        ("200:é", 200, "é".encode()),
        ("200:\udcff", 200, b"\xff"),
    ],
)
def test_a_made_answer(text: str, status: int, body: bytes) -> None:
    assert parse_respond(text) == MadeAnswer(build_answer(status, "inspector", body=body))


@pytest.mark.parametrize(
    "text", ["", "ok", ":x", "199", "600", "-200", "20 0", "²00", "200.0", "2" * 5000], ids=range(10)
)
def test_a_made_answer_begins_with_a_status(text: str) -> None:
    with pytest.raises(InputError, match="--respond"):
        parse_respond(text)


ID = "a" * 20

# handler, delivery's target, --only-path, target at the handler, why it is closed
ROUTES = [
    ("3000", "/a?b", "", "/a?b", ""),
    ("3000", "", "", "/", ""),
    ("3000/hooks", "", "", "/hooks", ""),
    ("3000/hooks", "/a", "", "/hooks/a", ""),
    ("3000/hooks", "/../admin", "", "/hooks/../admin", "climbs above /hooks"),
    ("3000/hooks", "/%2e%2e/admin", "", "/hooks/%2e%2e/admin", "climbs above /hooks"),
    ("3000", "/../admin", "", "/../admin", ""),
    ("3000", "/hooks/a", "/hooks", "/hooks/a", ""),
    ("3000", "/admin", "/hooks", "/admin", "outside of --only-path /hooks"),
    ("3000", "/hooks/../admin", "/hooks", "/hooks/../admin", "outside of --only-path /hooks"),
    ("3000", "/hooksy", "/hooks", "/hooksy", "outside of --only-path /hooks"),
]


@pytest.mark.parametrize(("handler", "target", "only", "at", "reason"), ROUTES)
def test_where_a_delivery_goes(handler: str, target: str, only: str, at: str, reason: str) -> None:
    found = route(make_delivery(target=target), parse_handler(handler), ID, only)
    assert found.target == at
    assert found.is_open is not bool(reason)
    assert reason in found.reason


@pytest.mark.parametrize(
    ("url", "target"),
    [(f"https://{ID}.relay.example/", "/hooks"), (f"https://relay.example/{ID}/", "/hooks/")],
)
def test_the_bare_slash_of_a_subdomain_is_an_empty_tail(url: str, target: str) -> None:
    assert route(make_delivery(target="/", url=url), parse_handler("3000/hooks"), ID) == Route(target)


class Knows:
    def __init__(self, answer: Answer | None) -> None:
        self.answer = answer

    def answer_handshake(self, delivery: Delivery, recognition: Recognition) -> Answer | None:
        return self.answer


def test_a_handshake_gets_what_it_asks_for() -> None:
    wanted = Answer(status=200, body=b"challenge")
    assert answer_without_handler(make_delivery(), Recognition(), Knows(wanted), parse_respond("500")).answer is wanted


def test_anything_else_gets_what_the_user_set() -> None:
    answer = answer_without_handler(make_delivery(), Recognition(), Knows(None), parse_respond("202:later")).answer
    assert (answer.status, answer.body) == (202, b"later")
    assert header(answer.headers, "Hookscope-Answered-By") == "inspector"


@pytest.mark.parametrize("kind", get_args(FailureKind))
def test_every_failure_is_a_problem_that_quotes_nothing(kind: FailureKind) -> None:
    answer = failure_answer(Failure(kind=kind, detail="sekret"))
    assert answer.status == PROBLEMS[PROBLEM_OF[kind]].status
    assert json.loads(answer.body)["type"] == f"urn:hookscope:problem:{PROBLEM_OF[kind]}"
    assert b"sekret" not in answer.body


@pytest.mark.parametrize(("remote", "is_open"), [("192.0.2.7", True), ("192.0.2.7:5000", True), ("203.0.113.9", False)])
def test_only_the_senders_that_were_allowed_come_through(remote: str, is_open: bool) -> None:
    made = replace(make_delivery(target="/hook"), remote=remote)
    where = route(made, parse_handler("3000"), "abc", only_from=parse_senders(["192.0.2.0/24"]))
    assert where.is_open is is_open
    assert where.reason == (
        "" if is_open else "The sender 203.0.113.9 is outside of --only-from 192.0.2.0/24: not forwarded."
    )
