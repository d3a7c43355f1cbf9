from __future__ import annotations

from dataclasses import replace

import pytest

from factories import make_delivery
from hookscope.model.capture import Attempt, Capture
from hookscope.model.summary import Summary
from hookscope.tui.presentation.tabs import (
    PAIR,
    PAIR_WIDTH,
    TABS,
    Detail,
    Tab,
    TabMarks,
    build_tab,
    default_tab,
    marks_of,
    render_tabs,
    render_title,
    tab_at,
    tabs_shown,
)
from hookscope_relay.delivery import Answer


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
    assert "[2 Request]" in render_tabs("request", TabMarks(), 80).plain
    assert "1 Findings (3)" in render_tabs("request", TabMarks(3), 80).plain


@pytest.mark.parametrize(
    ("width", "text"),
    [
        (60, "[1 Findings (2)] 2 Request• 3 Answer  4 Timeline  5 Raw "),
        (48, "[1 Findings (2)] 2 Req• 3 Ans  4 Time  5 Raw "),
        (40, "[1 Findings (2)] 2• 3  4  5 "),
    ],
)
def test_the_names_are_as_long_as_there_is_room_for(width: int, text: str) -> None:
    marks = TabMarks(2, frozenset({"request"}))
    assert render_tabs("findings", marks, width).plain == text.ljust(width)


def test_short_of_room_the_others_are_numbers() -> None:
    text = render_tabs("raw", TabMarks(), 24).plain
    assert "[5 Raw]" in text
    assert "Request" not in text


@pytest.mark.parametrize("width", [24, 80])
def test_a_click_finds_the_tab_under_it(width: int) -> None:
    text = render_tabs("answer", TabMarks(1), width).plain
    for index, tab in enumerate(TABS, 1):
        assert tab_at("answer", TabMarks(1), width, text.index(str(index)) if tab != "findings" else 1) == tab
    assert tab_at("answer", TabMarks(1), 200, 199) is None


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


ANSWERED = Attempt(
    number=1, origin="live", handler_url="http://x", started_at=1.0, answer=Answer(status=200, body=b"ok")
)


@pytest.mark.parametrize(
    ("body", "attempts", "filled"),
    [
        (b"", (), set()),
        (b"{}", (), {"request"}),
        (b"{}", (ANSWERED,), {"request", "answer"}),
        (b"", (replace(ANSWERED, answer=None), ANSWERED), {"answer", "timeline"}),
    ],
)
def test_a_dot_marks_what_holds_a_body_or_more_than_one_attempt(
    body: bytes, attempts: tuple[Attempt, ...], filled: set[str]
) -> None:
    capture = Capture(delivery=make_delivery(body=body), attempts=attempts)
    shown = Detail(number=1, capture=capture, attempt=attempts[-1] if attempts else None)
    assert marks_of(shown).filled == filled
    assert marks_of(None) == TabMarks()


def bright(chosen: Tab, width: int) -> list[str]:
    return [text.strip() for text, role in render_tabs(chosen, TabMarks(), width).spans if role == "title"]


def test_where_there_is_room_request_and_answer_are_shown_together() -> None:
    assert tabs_shown("answer", PAIR_WIDTH) == PAIR
    assert tabs_shown("answer", PAIR_WIDTH - 1) == ("answer",)
    assert tabs_shown("raw", 400) == ("raw",)
    assert bright("request", PAIR_WIDTH) == ["[2 Request]", "3 Answer"]
    assert bright("request", PAIR_WIDTH - 1) == ["[2 Request]"]
