"""Which path would have been right, and the URL to register for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from factories import make_delivery
from hookscope.diagnosis.better_path import advice, better_path, registered_url
from hookscope.diagnosis.case import Case, Earlier
from hookscope.diagnosis.engine import diagnose


def accepted(number: int, target: str, status: int = 200) -> Earlier:
    return Earlier(number=number, target=target, status=status, handler_url="http://127.0.0.1:3000")


RECENT = (accepted(1, "/webhooks/notion?x=1"), accepted(2, "/log"), accepted(3, "/webhooks/notio", 404))


@pytest.mark.parametrize(
    ("cause", "target", "values", "path"),
    [
        ("trailing-slash-redirect", "/hook", {"headers": (("Location", "/hook/"),)}, "/hook/"),
        ("trailing-slash-redirect", "/hook", {"headers": (("Location", "http://x/hook/"),)}, "/hook/"),
        ("moved-redirect", "/hook", {"headers": (("Location", "/v2/hook"),)}, "/v2/hook"),
        ("moved-redirect", "/hook", {"headers": (("Location", "http://elsewhere/v2/hook"),)}, None),
        (
            "moved-redirect",
            "/hook",
            {"headers": (("Location", "/api/v2"),), "base": "http://127.0.0.1:3000/api"},
            "/v2",
        ),
        ("moved-redirect", "/hook", {"headers": (("Location", "/v2"),), "base": "http://127.0.0.1:3000/api"}, None),
        ("moved-redirect", "/hook", {"headers": (("Location", "http://[broken"),)}, None),
        ("moved-redirect", "/hook", {}, None),
        ("trailing-slash-redirect", "/hook", {"headers": (("Location", "/hook"),)}, None),
        ("trailing-slash-mismatch", "/hook/", {}, "/hook"),
        ("trailing-slash-mismatch", "/hook", {}, "/hook/"),
        ("not-found", "//hook", {}, "/hook"),
        ("not-found", "/webhooks/notio", {"recent": RECENT}, "/webhooks/notion"),
        ("not-found", "/Webhooks/Notion", {"recent": RECENT}, "/webhooks/notion"),
        ("not-found", "/other", {"recent": RECENT}, None),
        ("not-found", "/", {"recent": RECENT}, "/log"),
        ("not-found", "", {"recent": RECENT}, "/log"),
        ("not-found", "/", {"recent": RECENT, "method": "GET"}, None),
        ("csrf", "//hook", {}, None),
    ],
)
def test_the_better_path(
    make_case: Callable[..., Case], cause: str, target: str, values: dict[str, object], path: str | None
) -> None:
    better = better_path(make_case(404, target=target, **values), cause)
    assert (better.path if better else None) == path


@pytest.mark.parametrize(
    ("url", "target", "registered"),
    [
        ("https://relay.example/abc/hook", "/hook", "https://relay.example/abc/hook/"),
        ("https://relay.example/abc/hook?a=1", "/hook?a=1", "https://relay.example/abc/hook/"),
        ("https://relay.example/abc", "", "https://relay.example/abc/hook/"),
        ("https://abc.relay.example/hook", "/hook", "https://abc.relay.example/hook/"),
        ("https://relay.example/abc/else", "/hook", ""),
        ("", "/hook", ""),
    ],
)
def test_the_url_to_register(url: str, target: str, registered: str) -> None:
    assert registered_url(make_delivery(url=url, target=target), "/hook/") == registered


def test_a_finding_says_which_url_to_register_and_why(make_case: Callable[..., Case]) -> None:
    delivery = make_delivery(target="/webhooks/notio", url="https://relay.example/abc/webhooks/notio", headers=())
    case = make_case(404, b"Cannot POST /webhooks/notio", delivery=delivery, target=delivery.target, recent=RECENT)
    first, *_ = diagnose(case)
    assert first.path == "/webhooks/notion"
    assert first.hint.endswith("URL to register: https://relay.example/abc/webhooks/notion")
    assert "#1 was accepted at /webhooks/notion" in [fact.text for fact in first.evidence]


def test_without_the_senders_url_the_path_is_named(make_case: Callable[..., Case]) -> None:
    case = make_case(404, target="//hook")
    better = better_path(case, "not-found")
    assert better is not None
    assert advice(case, better) == "Path to register: /hook"
