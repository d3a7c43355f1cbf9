from __future__ import annotations

import time

import pytest

from hookscope.tui.canvas.text_block import MAX_LINES, SMALL, TextBlock
from hookscope.tui.presentation.markup import colouring_of


def plain(body: bytes, width: int = 10) -> list[str]:
    return [row.plain for row in TextBlock(body).rows(width)]


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        (b"", []),
        (b"a\nb", ["a", "b"]),
        (b"a\n", ["a"]),
        (b"\n\na", ["", "", "a"]),
        (b"0123456789abc\nx", ["0123456789", "abc", "x"]),
        (b"a\tb", ["a   b"]),
        (b"a\r\nb", ["a␍", "b"]),
        (b"\x1b[0m\xff", ["␛[0m⟨0xFF⟩"]),
    ],
)
def test_lines_are_cut_into_rows(body: bytes, rows: list[str]) -> None:
    assert "".join(plain(body)) == "".join(rows)


def test_wide_characters_never_overflow_a_row() -> None:
    shown = TextBlock("日本語".encode() * 20).rows(11)
    assert max(row.width for row in shown) <= 11
    assert "".join(row.plain for row in shown) == "日本語" * 20


@pytest.mark.parametrize("text", ["Café Lumière — “quoted” … ", "Привет, мир. "])
def test_letters_of_one_cell_fill_the_row_whatever_their_alphabet(text: str) -> None:
    shown = TextBlock((text * 20).encode()).rows(40)
    assert {row.width for row in shown[:-1]} == {40}


@pytest.mark.parametrize("width", [10, 11, 40])
def test_a_picture_in_a_line_costs_no_more_than_its_own_cells(width: int) -> None:
    text = "abc 🎉 déf " * 30
    shown = TextBlock(text.encode()).rows(width)
    assert "".join(row.plain for row in shown) == text
    assert all(width - 1 <= row.width <= width for row in shown[:-1])


def test_a_long_line_of_wide_characters_is_cut_without_measuring_it() -> None:
    started = time.process_time()
    shown = TextBlock("日本語".encode() * 2_000_000).rows(100)
    assert shown[len(shown) // 2].width == 100
    assert time.process_time() - started < 1.0


def test_a_slice_is_a_list_of_rows_and_there_is_none_beyond_the_last() -> None:
    shown = TextBlock(b"a\nb\nc").rows(10)
    assert [row.plain for row in shown[1:]] == ["b", "c"]
    with pytest.raises(IndexError):
        shown[3]


def test_twenty_five_megabytes_open_at_once() -> None:
    body = b'{"key":"' + b"x" * 25_000_000 + b'"}'
    started = time.perf_counter()
    shown = TextBlock(body).rows(100)
    assert shown[len(shown) // 2].plain == "x" * 100
    assert time.perf_counter() - started < 1.0


def test_a_large_body_keeps_its_control_characters_inert() -> None:
    shown = TextBlock(b"\x1b" * (SMALL + 1)).rows(10)
    assert shown[5].plain == "␛" * len(shown[5].plain)


def test_a_body_of_nothing_but_line_ends_is_one_run() -> None:
    shown = TextBlock(b"\n" * (MAX_LINES + SMALL)).rows(10)
    assert len(shown) < MAX_LINES
    assert shown[0].plain == "␊" * 10


def test_a_coloured_line_has_roles_and_the_same_text() -> None:
    shown = TextBlock(b"<a href='x'>text</a>\n", colouring_of("html")).rows(8)
    assert "".join(row.plain for row in shown) == "<a href='x'>text</a>"
    assert {"key", "string"} <= {role for row in shown for _, role in row.spans}
