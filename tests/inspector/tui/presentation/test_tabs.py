from __future__ import annotations

import pytest

from factories import make_delivery
from hookscope.model.capture import Capture
from hookscope.model.summary import Summary
from hookscope.tui.presentation.tabs import (
    PAIR,
    PAIR_WIDTH,
    TABS,
    Detail,
    Tab,
    build_tab,
    default_tab,
    render_tabs,
    render_title,
    tab_at,
    tabs_shown,
)


def summary(**changes: object) -> Summary:
    values: dict[str, object] = {"number": 4, "id": "a", "received_at": 0.0, "method": "POST", "target": "/x"}
    return Summary(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_shows_a_capture_without_attempts(tab: str) -> None:
    assert build_tab(tab, Detail(number=1, capture=Capture(delivery=make_delivery()))).text()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "tab"),
    [
        ({"status": 200}, "request"),
        ({}, "request"),
        ({"status": 301}, "findings"),
        ({"status": 500}, "findings"),
        ({"failure": "refused"}, "findings"),
        ({"status": 200, "severity": "warning"}, "findings"),
        ({"status": 200, "api": "403"}, "timeline"),
        ({"status": 500, "api": "403"}, "findings"),
    ],
)
def test_what_failed_opens_on_its_findings(changes: dict[str, object], tab: str) -> None:
    assert default_tab(summary(**changes)) == tab


def test_the_chosen_tab_stands_in_brackets() -> None:
    assert "[2 Request]" in render_tabs("request", 0, 80).plain
    assert "1 Findings (3)" in render_tabs("request", 3, 80).plain


def test_short_of_room_the_others_are_numbers() -> None:
    text = render_tabs("raw", 0, 24).plain
    assert "[5 Raw]" in text
    assert "Request" not in text


@pytest.mark.parametrize("width", [24, 80])
def test_a_click_finds_the_tab_under_it(width: int) -> None:
    text = render_tabs("answer", 1, width).plain
    for index, tab in enumerate(TABS, 1):
        assert tab_at("answer", 1, width, text.index(str(index)) if tab != "findings" else 1) == tab
    assert tab_at("answer", 1, 200, 199) is None


def test_the_title_says_which_delivery_and_what_came_of_it() -> None:
    assert render_title(summary(attempts=1, status=403, elapsed_ms=12.0), 60).plain.split() == [
        "#4",
        "POST",
        "/x",
        "✗",
        "403",
        "12",
        "ms",
    ]
    assert "no delivery" in render_title(None, 60).plain
    assert "✓ 200 ▸ api 403" in render_title(summary(attempts=1, status=200, api="403"), 60).plain


def bright(chosen: Tab, width: int) -> list[str]:
    return [text.strip() for text, role in render_tabs(chosen, 0, width).spans if role == "title"]


def test_where_there_is_room_request_and_answer_are_shown_together() -> None:
    assert tabs_shown("answer", PAIR_WIDTH) == PAIR
    assert tabs_shown("answer", PAIR_WIDTH - 1) == ("answer",)
    assert tabs_shown("raw", 400) == ("raw",)
    assert bright("request", PAIR_WIDTH) == ["[2 Request]", "3 Answer"]
    assert bright("request", PAIR_WIDTH - 1) == ["[2 Request]"]
