from __future__ import annotations

import pytest
from rich.cells import cell_len

from hookscope.tui.canvas.line import Line, crop, crop_middle, fit, line, pad, said, said_ends, wrap


def test_a_bare_text_has_the_plain_role_and_empty_parts_are_left_out() -> None:
    assert line("a", ("b", "ok"), "").spans == (("a", ""), ("b", "ok"))


@pytest.mark.parametrize(
    ("text", "width", "cut"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("日本語", 4, "日…"),
        ("abc", 0, ""),
        ("", 2, ""),
        ("e\u0301e\u0301", 2, "e\u0301e\u0301"),
    ],
)
def test_a_cut_text_ends_in_an_ellipsis_and_fits(text: str, width: int, cut: str) -> None:
    assert crop(text, width) == cut


@pytest.mark.parametrize("text", ["abc", "abcdefghijkl", "日本語日本語日本語", ""])
@pytest.mark.parametrize("right", [False, True])
def test_a_padded_text_has_exactly_the_cells(text: str, right: bool) -> None:
    assert cell_len(pad(text, 7, right)) == 7


def test_a_path_that_is_too_long_keeps_its_end() -> None:
    assert crop_middle("/webhooks/notion/events", 13) == "/webho…events"


def test_a_fitted_line_is_as_wide_as_asked() -> None:
    for width in range(1, 12):
        assert fit(line("ab", ("日本語", "ok"), "cd"), width).width == width


def test_a_line_that_fits_is_one_row() -> None:
    value = line("abc")
    assert wrap(value, 3) == [value]


def test_words_are_kept_whole_and_rows_after_the_first_are_indented() -> None:
    rows = wrap(line("one two three", indent=2), 8)
    assert [row.plain for row in rows] == ["one two ", "  three"]


def test_hard_text_breaks_anywhere_and_loses_nothing() -> None:
    rows = wrap(line("key: ", ("日本語" * 5, "string"), hard=True), 7)
    assert "".join(row.plain for row in rows) == "key: " + "日本語" * 5
    assert max(row.width for row in rows) <= 7


def test_roles_survive_wrapping() -> None:
    rows = wrap(line(("aaaa", "ok"), ("bbbb", "bad"), hard=True), 6)
    assert rows[0].spans == (("aaaa", "ok"), ("bb", "bad"))
    assert rows[1].spans == (("bb", "bad"),)


def test_what_a_sender_wrote_is_inert_and_bounded() -> None:
    assert said("a\x1b[31mb\n") == "a␛[31mb␊"
    assert said("x" * 50, 10) == "xxxxxxxxxx… (50 characters)"


def test_an_empty_line_has_no_width() -> None:
    assert Line().width == 0


def test_of_a_long_text_both_ends_are_shown() -> None:
    assert said_ends("a" * 300 + "\x1b" + "b" * 300, 3) == "aaa…bbb"
    assert said_ends("short\x1b") == "short␛"
