from __future__ import annotations

from dataclasses import replace

import pytest

from hookscope.model.summary import Summary
from hookscope.tui.presentation.rows import column_widths, render_heading, render_missing, render_row

ROW = Summary(
    number=7,
    id="a",
    received_at=0.0,
    method="POST",
    target="/webhooks/notion/events?x=1",
    provider="notion",
    event_type="page.created",
    attempts=2,
    status=403,
    elapsed_ms=12.0,
    severity="error",
    title="The CSRF protection refused it",
    marked=True,
)


@pytest.mark.parametrize("width", [20, 40, 58, 62, 80, 100, 140, 200])
def test_a_row_is_never_wider_than_the_list(width: int) -> None:
    for row in (render_row(ROW, width), render_heading(width)):
        assert row.width <= max(width, 21)


def test_a_wide_row_says_everything() -> None:
    text = render_row(ROW, 160).plain
    for part in (
        "✗ 403",
        "POST",
        "/webhooks/notion/events?x=1",
        "notion page.created",
        "12 ms",
        "★",
        "×2",
        "✗ The CSRF",
    ):
        assert part in text


def test_a_narrow_row_keeps_outcome_and_path() -> None:
    text = render_row(ROW, 40).plain
    assert "✗ 403" in text
    assert "x=1" in text


def test_a_refused_call_stands_beside_the_answer() -> None:
    row = replace(ROW, status=200, severity="", title="", api="403", api_title="Notion refuses the call")
    assert "✓ 200▸403" in render_row(row, 40).plain
    assert "▸ api 403 Notion refuses the call" in render_row(row, 160).plain


def test_where_there_is_no_room_for_methods_only_another_one_is_named() -> None:
    assert "POST" not in render_row(ROW, 60).plain
    assert " PUT /" in render_row(replace(ROW, method="PUT"), 60).plain
    assert "POST" in render_row(ROW, 100).plain


def test_the_chosen_row_has_a_sign_of_its_own() -> None:
    assert render_row(ROW, 80, chosen=True).plain.startswith("›")
    assert render_row(ROW, 80).plain.startswith(" ")


def test_a_sender_cannot_write_beyond_its_row() -> None:
    hostile = Summary(number=1, id="a", received_at=0, method="P\x1b[2J", target="/\n\u202e[red]", provider="\x07")
    text = render_row(hostile, 100).plain
    assert text.replace("␛", "").isprintable()
    assert "[red]" in text


def test_columns_appear_with_room() -> None:
    titles = [[column.title for column, _ in column_widths(width)] for width in (36, 60, 120)]
    assert titles[0] == ["outcome", "path"]
    assert "event" in titles[1]
    assert "finding" in titles[2]


def test_a_deleted_capture_is_said_to_be_gone() -> None:
    assert render_missing(9).plain.strip() == "#9 is gone"


def test_beside_the_detail_a_row_still_says_how_long_it_took_and_how_bad_it_is() -> None:
    text = render_row(ROW, 73).plain
    assert "12 ms" in text
    assert "×2" in text
    assert text.rstrip().endswith("✗")
    assert not render_row(replace(ROW, severity="info", status=200), 73).plain.rstrip().endswith("i")


def test_a_long_event_type_keeps_its_end() -> None:
    assert "updated" in render_row(replace(ROW, event_type="page.properties_updated"), 73).plain


def test_a_very_long_path_keeps_its_end_and_says_nothing_else() -> None:
    text = render_row(replace(ROW, target="/" + "very-long-" * 100 + "end?q=1"), 73).plain
    assert "d?q=1" in text
    assert "characters" not in text


def test_a_refusal_that_was_passed_on_is_told_of_before_what_the_answer_looks_like() -> None:
    row = replace(ROW, status=403, severity="error", api="403", api_title="Notion refuses the call")
    assert "▸ api 403 Notion refuses the call" in render_row(row, 160).plain
