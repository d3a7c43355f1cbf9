from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from hookscope.apps.init.dialogue import agreed, ask_line, ask_value, ask_values
from hookscope.model.handler import parse_handler


def answers(*lines: str) -> Callable[[str], str]:
    left = list(lines)
    return lambda question: left.pop(0)


@pytest.mark.parametrize(("line", "value"), [("", "8000"), ("-", ""), ("3000/a", "3000/a")])
def test_enter_takes_what_is_offered_and_a_dash_means_none(line: str, value: str) -> None:
    assert ask_value(answers(line), "Handler", "8000", parse_handler) == value


def test_an_answer_that_makes_no_sense_is_asked_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask_value(answers("99999", "3000"), "Handler", "", parse_handler) == "3000"
    assert "a port is a number" in capsys.readouterr().err


def test_several_are_separated_by_commas() -> None:
    assert ask_values(answers(" a , b,"), "Who", (), str) == ("a", "b")
    assert ask_values(answers(""), "Who", ("c", "d"), str) == ("c", "d")


@pytest.mark.parametrize(
    ("line", "offered", "says"), [("", True, True), ("", False, False), ("Y", False, True), ("no", True, False)]
)
def test_yes_or_no(line: str, offered: bool, says: bool) -> None:
    assert agreed(answers(line), "Write?", offered) is says


def test_nobody_there_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(KeyboardInterrupt):
        ask_line("Who? ")


def test_a_line_is_what_was_typed_without_the_space_around_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(" 3000 \nnext\n"))
    assert (ask_line("Which? "), ask_line("And? ")) == ("3000", "next")
