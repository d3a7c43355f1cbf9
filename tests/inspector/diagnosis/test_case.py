from __future__ import annotations

from collections.abc import Callable

import pytest

from factories import NOW, make_delivery
from hookscope.diagnosis.case import Case
from hookscope.model.capture import Attempt, SentRequest
from hookscope.model.verdict import Recognition
from hookscope_relay.delivery import Answer


def test_a_case_needs_a_delivery_only() -> None:
    case = Case(delivery=make_delivery())
    assert (case.answer, case.failure, case.url, case.sender) == (None, None, "", "")


def test_the_views_are_made_once(make_case: Callable[..., Case]) -> None:
    case = make_case(200)
    assert case.request is case.request
    assert case.answer is case.answer
    assert case.request is case.request


@pytest.mark.parametrize(
    ("base", "told", "host", "local"),
    [
        ("http://127.0.0.1:3000", "", "127.0.0.1:3000", True),
        ("http://127.0.0.1:3000", "relay.example", "relay.example", False),
        ("http://tunnel.example", "", "tunnel.example", False),
    ],
)
def test_the_host_is_what_the_handler_saw(
    make_case: Callable[..., Case], base: str, told: str, host: str, local: bool
) -> None:
    case = make_case(200, base=base, host_sent=told)
    assert (case.host, case.local) == (host, local)


def test_a_recorded_request_tells_the_host() -> None:
    sent = SentRequest(method="POST", target="/x", headers=(("Host", "app.example"),), body=b"")
    attempt = Attempt(
        number=1,
        origin="live",
        handler_url="http://127.0.0.1/x",
        started_at=NOW,
        request=sent,
        answer=Answer(status=200),
    )
    assert Case(delivery=make_delivery(), attempt=attempt).host == "app.example"


def test_the_sender_is_the_recognised_provider() -> None:
    case = Case(delivery=make_delivery(), provider="GitHub", recognition=Recognition(provider="stripe"))
    assert case.sender == "stripe"
    assert Case(delivery=make_delivery(), provider="GitHub").sender == "github"
