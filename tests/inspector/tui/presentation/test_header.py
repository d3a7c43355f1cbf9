from __future__ import annotations

from dataclasses import replace

import pytest

from hookscope.model.events import ConnectionChanged
from hookscope.tui.engine.state import Session
from hookscope.tui.presentation.header import render_connection, render_handler, render_header, render_sparkline

SESSION = Session(
    url="https://relay.example/abcdefghijklmnopqrst", handler="http://localhost:3000", connection="connected"
)
WATCHING = ConnectionChanged(at=0, state="connected", role="watching", answerer="ada\x1b[@laptop", why="first")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"connection": "connecting"}, "◌ connecting"),
        ({"connection": "connected", "role": "answering"}, "● connected, answering"),
        ({"connection": "connected", "role": "watching"}, "● watching: another session answers"),
        ({"role": "watching", "told": WATCHING}, "● watching: ada␛[@laptop answers"),
        (
            {"connection": "waiting", "retry_at": 103.2, "reason": "refused"},
            "○ no connection, next try in 3 s: refused",
        ),
        ({"connection": "waiting", "reason": "it does not answer"}, "○ it does not answer"),
        ({"connection": "waiting"}, "○ no connection"),
        ({"connection": "refused", "reason": "wrong token"}, "✗ refused: wrong token"),
        ({"connection": "stopped"}, "■ stopped"),
    ],
)
def test_each_state_of_the_connection_has_words(changes: dict[str, object], text: str) -> None:
    assert render_connection(replace(SESSION, **changes), 100.0)[0] == text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"handler": ""}, "○ no handler, capture only"),
        ({"role": "watching", "told": WATCHING}, "○ handler not asked: http://localhost:3000"),
        (
            {"role": "watching", "told": replace(WATCHING, copies=True), "reachable": True},
            "● handler gets copies: http://localhost:3000",
        ),
        ({}, "◌ handler http://localhost:3000"),
        ({"reachable": True}, "● handler answers: http://localhost:3000"),
        ({"reachable": False}, "✗ handler not reachable: http://localhost:3000"),
    ],
)
def test_each_state_of_the_handler_has_words(changes: dict[str, object], text: str) -> None:
    assert render_handler(replace(SESSION, **changes))[0] == text  # type: ignore[arg-type]


@pytest.mark.parametrize("width", [20, 40, 80, 140])
def test_both_lines_are_as_wide_as_the_screen(width: int) -> None:
    for shown in render_header(replace(SESSION, paused=True), 0.0, width):
        assert shown.width == width


def test_the_whole_url_is_seen_at_80_columns() -> None:
    assert SESSION.url in render_header(SESSION, 0.0, 80)[0].plain


def test_the_highest_bar_is_full_and_nothing_is_no_bar() -> None:
    assert render_sparkline((0, 1, 4, 8)) == " ▁▄█"
    assert render_sparkline((0, 0)) == "  "


def test_the_bars_are_there_where_the_url_leaves_room() -> None:
    busy = replace(SESSION, arrivals=(0,) * 23 + (4,))
    assert "█ 4/min" in render_header(busy, 0.0, 80)[0].plain
    assert "█" not in render_header(busy, 0.0, 60)[0].plain


@pytest.mark.parametrize(("why", "offered"), [("first", True), ("asked", False)])
def test_who_watches_reads_how_to_take_over(why: str, offered: bool) -> None:
    told = replace(WATCHING, why=why)
    row = render_header(replace(SESSION, role="watching", told=told), 0.0, 80)[1]
    shown = "".join(text for text, _ in row.spans)
    assert ("O takes over" in shown) is offered


@pytest.mark.parametrize(("width", "said"), [(100, "12 deliveries"), (70, "")])
def test_the_count_is_left_out_rather_than_cut(width: int, said: str) -> None:
    shown = render_header(replace(SESSION, reachable=True, captured=12), 0.0, width)[1].plain
    assert shown.strip() == f"● connected, answering  ● handler answers: http://localhost:3000  {said}".strip()


def test_a_narrow_screen_names_the_handler_without_its_scheme() -> None:
    shown = render_header(replace(SESSION, reachable=True), 0.0, 60)[1].plain
    assert shown.strip() == "● connected, answering  ● handler answers: localhost:3000"
