from __future__ import annotations

from hookscope.tui.presentation.dialog import menu, yes_or_no


def test_a_question_says_what_is_at_stake_and_its_keys() -> None:
    text = yes_or_no("Clear \x1b[2Jthe list?", "All go.", "delete them", "keep them").text()
    assert text == "Clear ␛[2Jthe list?\n\nAll go.\n\ny delete them    n keep them"


def test_a_menu_has_a_row_for_each_key() -> None:
    text = menu("Copy as", [("c", "curl", "a command"), ("p", "python", "a script")]).text()
    assert "c  curl    a command\np  python  a script" in text
